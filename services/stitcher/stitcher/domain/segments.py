"""The plan: a timeline as stretches to copy and stretches to encode, frame by frame. Pure.

A clip may be copied from one of its keyframes to before another, or to its end. What lies between
that and a transition is encoded with the transition, as one window. Windows stand before, between
and after the shots: window ``n`` lies before shot ``n``, and most are empty.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing, Transition

from stitcher.domain.timeline import Card, Coming, Source, Timeline

ENCODING = 2
"""Raised whenever equal segments would come out otherwise than before."""
ALIKE = 0.01
"""Shapes that differ by less than this share are the same: nobody sees so little cut off."""


@dataclass(frozen=True, slots=True)
class Span:
    """Frames ``start`` to before ``end`` of a shot's source."""

    shot: int
    start: int
    end: int

    @property
    def frames(self) -> int:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Copy:
    """Packets of a clip, as they are."""

    span: Span

    @property
    def frames(self) -> int:
        """Its length in the film."""
        return self.span.frames


@dataclass(frozen=True, slots=True)
class Still:
    """A card that is held, encoded."""

    span: Span

    @property
    def frames(self) -> int:
        """Its length in the film."""
        return self.span.frames


@dataclass(frozen=True, slots=True)
class Blend:
    """Two spans of equal length, shown as one."""

    kind: Transition
    left: Span
    right: Span


@dataclass(frozen=True, slots=True)
class Window:
    """What is encoded at a joint: the end of a shot, both, the beginning of the next."""

    head: Span | None
    blend: Blend | None
    tail: Span | None

    @property
    def frames(self) -> int:
        """Its length in the film."""
        spans = (self.head, self.blend and self.blend.left, self.tail)
        return sum(span.frames for span in spans if span is not None)


Segment: TypeAlias = Copy | Still | Window


@dataclass(frozen=True, slots=True)
class Footage:
    """A shot's file: a mezzanine, or, ``still``, one picture."""

    path: Path
    still: bool = False


def plan(film: Timeline) -> tuple[Segment, ...]:
    """The segments of a film, in order. Their lengths add up to the film's."""
    found: list[Segment | None] = [window(film, 0)]
    for number in range(len(film.shots)):
        found += [_body(film, number), window(film, number + 1)]
    return tuple(segment for segment in found if segment is not None)


def window(film: Timeline, number: int) -> Window | None:
    """What has to be encoded before shot ``number`` (after the last: its number plus one)."""
    head = _edges(film, number - 1)[1] if number else None
    tail = _edges(film, number)[0] if number < len(film.shots) else None
    blend = _blend(film, number) if 0 < number < len(film.shots) else None
    return Window(head, blend, tail) if head or blend or tail else None


def _blend(film: Timeline, number: int) -> Blend | None:
    joint = film.joints[number - 1]
    if not joint.frames:
        return None
    left, right = film.shots[number - 1].cut, film.shots[number].cut
    return Blend(
        joint.kind,
        Span(number - 1, left.end - joint.frames, left.end),
        Span(number, right.start, right.start + joint.frames),
    )


def _body(film: Timeline, number: int) -> Copy | Still | None:
    start, end = _middle(film, number)
    if start >= end:
        return None
    span = Span(number, start, end)
    return Still(span) if isinstance(film.shots[number].cut.source, Card) else Copy(span)


def _own(film: Timeline, number: int) -> tuple[int, int]:
    shot = film.shots[number]
    return shot.cut.start + shot.lead, shot.cut.end - shot.trail


def _middle(film: Timeline, number: int) -> tuple[int, int]:
    """What of a shot needs no window: all of a card, of a clip what lies between keyframes."""
    start, end = _own(film, number)
    cut = film.shots[number].cut
    if isinstance(cut.source, Card):
        return start, end
    marks = [n for n in (*film.profile.keyframes(cut.frames), cut.frames) if start <= n <= end]
    return (marks[0], marks[-1]) if marks else (end, end)


def _edges(film: Timeline, number: int) -> tuple[Span | None, Span | None]:
    """What lies before and after the middle. Without a middle all of it comes after."""
    start, end = _own(film, number)
    first, last = _middle(film, number)
    if first >= last:
        first = last = start
    spans = Span(number, start, first), Span(number, last, end)
    return spans[0] if spans[0].frames else None, spans[1] if spans[1].frames else None


def encoded(segment: Segment) -> Window | Still:
    """The same stretch, to be encoded in any case."""
    return Window(segment.span, None, None) if isinstance(segment, Copy) else segment


def fingerprint(film: Timeline, segment: Window | Still, captions: str | None = None) -> str:
    """A name for what a segment looks like: sha256 over all that goes into it.

    Where it stands in the film does not, so a film that is cut anew finds what has not changed.
    """
    seen = sorted(shots(segment))
    place = {shot: number for number, shot in enumerate(seen)}
    body = {
        "encoding": ENCODING,
        "options": film.profile.window_options(),
        "profile": asdict(film.profile),
        "sources": [_seen(film, n) for n in seen],
        "spans": [(place[span.shot], span.start, span.end) for span in spans(segment)],
        "parts": _shape(segment),
    }
    return digest(body if captions is None else [body, captions])


def fitted(profile: Mezzanine, source: Source, frames: int, framing: Framing) -> str:
    """A name for a source that was brought into the profile, framed like that."""
    body = {
        "encoding": ENCODING,
        "options": profile.video_options(frames),
        "profile": asdict(profile),
        "source": [*_named(source, frames), *_frame(framing)],
    }
    return digest(body)


def framed(profile: Mezzanine, source: Source, wished: Framing) -> Framing:
    """What of the wished framing can be seen of this source: nothing, if its shape is the film's.

    A crop takes off either the sides or top and bottom, so one half of its focus has no meaning.
    """
    if isinstance(source, Card | Coming):
        return Framing()
    own, film = source.width * profile.height, source.height * profile.width
    if abs(own - film) <= ALIKE * film:
        return Framing()
    if wished.fit is Fit.BLUR:
        return Framing(fit=Fit.BLUR)
    if own > film:
        return Framing(focus_x=wished.focus_x)
    return Framing(focus_y=wished.focus_y)


def digest(body: object) -> str:
    """The sha256 of a value's JSON."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def spans(segment: Segment) -> Sequence[Span]:
    """Every stretch that goes into a segment."""
    if not isinstance(segment, Window):
        return (segment.span,)
    blended = (segment.blend.left, segment.blend.right) if segment.blend else ()
    found = (segment.head, *blended, segment.tail)
    return tuple(span for span in found if span is not None)


def shots(segment: Segment) -> frozenset[int]:
    """Every shot that is seen in a segment."""
    return frozenset(span.shot for span in spans(segment))


def _shape(segment: Window | Still) -> list[str]:
    if isinstance(segment, Still):
        return ["still"]
    parts = [
        "head" if segment.head else None,
        segment.blend.kind.value if segment.blend else None,
        "tail" if segment.tail else None,
    ]
    return [part for part in parts if part]


def _seen(film: Timeline, number: int) -> list[str | int | float]:
    """A shot's source as it is seen: what frames it is part of it."""
    cut = film.shots[number].cut
    framing = framed(film.profile, cut.source, film.framing)
    return [*_named(cut.source, cut.frames), *_frame(framing)]


def _frame(framing: Framing) -> list[str | float]:
    return [framing.fit.value, framing.focus_x, framing.focus_y]


def _named(source: Source, frames: int) -> list[str | int]:
    if isinstance(source, Coming):
        raise TypeError("what is still to come cannot be seen yet")
    if isinstance(source, Card):
        return ["card", source.picture.sha256]
    return ["clip", source.video.sha256, frames]
