"""The film's sound as data: tracks of pieces, each at its exact samples. Pure.

Whoever adds narration or music adds a track; all are mixed together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.mezzanine import Mezzanine

from stitcher.domain.timeline import Clip, Timeline

CLICK_SAMPLES = 240
"""5 ms: how fast sound goes and comes at a cut. Less can be heard as a click."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of a file in the film's sound. ``key`` names the object, ``skip`` samples into it.

    ``crossed`` says at its beginning and its end whether the fade overlaps another piece's.
    """

    key: str
    sha256: str
    skip: int
    first: int
    samples: int
    fade_in: int
    fade_out: int
    crossed: tuple[bool, bool] = (False, False)

    @property
    def end(self) -> int:
        """The sample of the film before which it ends."""
        return self.first + self.samples


@dataclass(frozen=True, slots=True)
class Track:
    """Pieces in the order of their beginnings. Two may overlap.

    ``gain_db`` is how much louder it is made; ``leads`` makes the ``ducked`` ones give way.
    """

    name: str
    pieces: tuple[Piece, ...]
    gain_db: float = 0.0
    leads: bool = False
    ducked: bool = False


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """All tracks of a film, mixed into ``samples`` samples per channel."""

    profile: Mezzanine
    tracks: tuple[Track, ...]
    samples: int


def clips(film: Timeline) -> Track:
    """The clips' own sound: where two shots overlap, theirs cross."""
    at = film.profile.samples
    pieces: list[Piece] = []
    for shot in film.shots:
        source = shot.cut.source
        if not isinstance(source, Clip):
            continue
        first, end = at(shot.first), at(shot.first + shot.frames)
        click = min(CLICK_SAMPLES, (end - first) // 2)
        lead = at(shot.first + shot.lead) - first
        trail = end - at(shot.first + shot.frames - shot.trail)
        video = source.video
        pieces.append(
            Piece(
                key=video.key,
                sha256=video.sha256,
                skip=at(shot.cut.start),
                first=first,
                samples=end - first,
                fade_in=lead or click,
                fade_out=trail or click,
                crossed=(lead > 0, trail > 0),
            )
        )
    return Track("clips", tuple(pieces))


def soundtrack(film: Timeline, further: Sequence[Track] = ()) -> Soundtrack:
    """What the film sounds like: its clips, and ``further`` tracks. Clips give way to a voice."""
    heard = clips(film)
    if any(track.leads for track in further):
        heard = replace(heard, ducked=True)
    return Soundtrack(film.profile, (heard, *further), film.profile.samples(film.frames))


def lanes(track: Track) -> tuple[tuple[Piece, ...], ...]:
    """The track as rows in which nothing overlaps."""
    found: list[list[Piece]] = []
    for piece in track.pieces:
        free = next((lane for lane in found if lane[-1].end <= piece.first), None)
        if free is None:
            found.append([piece])
        else:
            free.append(piece)
    return tuple(tuple(lane) for lane in found)
