"""The plan: whatever the timeline, every frame of it is in exactly one segment."""

from collections.abc import Iterator
from itertools import chain

from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing, Transition
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.segments import (
    Copy,
    Segment,
    Span,
    Still,
    Window,
    fingerprint,
    framed,
    plan,
    window,
)
from stitcher.domain.timeline import Card, Cut, Joint, Timeline, lay

from tests.unit.stitcher.making import card, cut

PROFILE = Mezzanine(320, 180, 30)
KINDS = [kind for kind in Transition if kind is not Transition.CUT]
Frame = tuple[tuple[int, int], ...]
"""What is seen at one frame of the film: shots, and which frame of each."""


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    frames = draw(st.integers(1, 400))
    if draw(st.booleans()) and draw(st.booleans()):
        return card(draw(st.sampled_from("xyz")), frames)
    start = draw(st.just(0) | st.integers(0, frames - 1))
    return cut(
        draw(st.sampled_from("abc")),
        frames,
        start,
        draw(st.just(frames) | st.integers(start + 1, frames)),
    )


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    shots = draw(st.lists(cuts(), min_size=1, max_size=6))
    joint = st.builds(Joint, st.sampled_from(list(Transition)), st.integers(0, 30))
    joints = draw(st.lists(joint, min_size=len(shots) - 1, max_size=len(shots) - 1))
    profile = Mezzanine(320, 180, draw(st.sampled_from([24, 25, 30])))
    return lay(profile, shots, joints)


def wanted(film: Timeline) -> list[Frame]:
    """What the timeline says is seen, frame by frame, without any plan."""
    seen: list[list[tuple[int, int]]] = [[] for _ in range(film.frames)]
    for number, shot in enumerate(film.shots):
        for frame in range(shot.cut.start, shot.cut.end):
            seen[shot.first + frame - shot.cut.start].append((number, frame))
    return [tuple(frame) for frame in seen]


def frames(span: Span | None) -> list[tuple[int, int]]:
    return [] if span is None else [(span.shot, n) for n in range(span.start, span.end)]


def shown(segment: Segment) -> Iterator[Frame]:
    if not isinstance(segment, Window):
        yield from ((frame,) for frame in frames(segment.span))
        return
    yield from ((frame,) for frame in frames(segment.head))
    if segment.blend:
        yield from zip(frames(segment.blend.left), frames(segment.blend.right), strict=True)
    yield from ((frame,) for frame in frames(segment.tail))


@given(timelines())
def test_lengths_add_up_no_frame_is_lost_and_none_is_seen_twice(film: Timeline) -> None:
    planned = plan(film)
    assert sum(segment.frames for segment in planned) == film.frames
    assert list(chain.from_iterable(map(shown, planned))) == wanted(film)


@given(timelines())
def test_only_whole_groups_of_pictures_are_copied(film: Timeline) -> None:
    for segment in plan(film):
        assert segment.frames > 0
        if isinstance(segment, Copy):
            whole = film.shots[segment.span.shot].cut
            keys = film.profile.keyframes(whole.frames)
            assert segment.span.start in keys
            assert segment.span.end in (*keys, whole.frames)
            assert not isinstance(whole.source, Card)
        elif isinstance(segment, Still):
            assert isinstance(film.shots[segment.span.shot].cut.source, Card)


@given(st.lists(st.integers(90, 400), min_size=2, max_size=8), st.sampled_from([15, 30]))
def test_a_film_of_whole_clips_encodes_its_transitions_and_nothing_else(
    lengths: list[int], joint: int
) -> None:
    shots = [cut(str(n), length) for n, length in enumerate(lengths)]
    film = lay(PROFILE, shots, [Joint(Transition.FADE, joint)] * (len(shots) - 1))
    encoded = [s for s in plan(film) if not isinstance(s, Copy)]
    assert [segment.frames for segment in encoded] == [joint] * (len(shots) - 1)


def test_hard_cuts_encode_nothing() -> None:
    film = lay(PROFILE, [cut("a", 47), cut("b", 1), cut("c", 300)], [Joint(), Joint()])
    assert plan(film) == tuple(Copy(Span(n, 0, length)) for n, length in enumerate((47, 1, 300)))


def faded(*names: str, kind: Transition = Transition.FADE, frames: int = 15) -> Timeline:
    shots = [cut(name, 150) for name in names]
    return lay(PROFILE, shots, [Joint(kind, frames)] * (len(names) - 1))


def windows(film: Timeline) -> list[str]:
    return [fingerprint(film, s) for s in plan(film) if not isinstance(s, Copy)]


def test_another_scene_changes_its_two_windows_and_no_other() -> None:
    before, after = windows(faded(*"abcde")), windows(faded(*"abXde"))
    changed = [n for n, (one, two) in enumerate(zip(before, after, strict=True)) if one != two]
    assert changed == [1, 2]


def test_a_window_has_one_name_wherever_it_stands() -> None:
    assert windows(faded(*"cdab"))[0] == windows(faded(*"abcd"))[2]
    assert len(set(windows(faded(*"ababa")))) == 2


def test_everything_that_can_be_seen_is_in_the_name() -> None:
    films = [faded("a", "b"), faded("b", "a"), faded("a", "b", frames=14)]
    films += [faded("a", "b", kind=kind) for kind in KINDS[1:]]
    other = [Mezzanine(320, 180, 25), Mezzanine(180, 320, 30)]
    films += [lay(p, [cut("a", 150), cut("b", 150)], [Joint(Transition.FADE, 15)]) for p in other]
    trimmed = [cut("a", 150, 0, 140), cut("b", 150)]
    films.append(lay(PROFILE, trimmed, [Joint(Transition.FADE, 15)]))
    assert len({windows(film)[0] for film in films}) == len(films)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_framing_is_in_the_name_only_where_it_can_be_seen(x: float, y: float) -> None:
    """Clips here are square."""
    wide, tall, square = (Mezzanine(*size, 30) for size in ((640, 320), (320, 640), (640, 640)))
    source = cut("a", 30).source
    wish = Framing(focus_x=x, focus_y=y)
    assert framed(wide, source, wish) == Framing(focus_y=y)
    assert framed(tall, source, wish) == Framing(focus_x=x)
    assert framed(square, source, wish) == Framing()
    assert framed(square, source, Framing(fit=Fit.BLUR)) == Framing()
    blurred = Framing(fit=Fit.BLUR, focus_x=x, focus_y=y)
    assert framed(wide, source, blurred) == Framing(fit=Fit.BLUR)
    assert framed(wide, card("x", 30).source, blurred) == Framing()


def test_windows_of_another_framing_have_another_name() -> None:
    shots, joint = [cut("a", 150), cut("b", 150)], [Joint(Transition.FADE, 15)]
    wide = Mezzanine(640, 320, 30)
    wishes = (Framing(), Framing(focus_y=0.1), Framing(fit=Fit.BLUR), Framing(focus_x=0.1))
    names = [windows(lay(wide, shots, joint, wish))[0] for wish in wishes]
    assert len(set(names)) == 3
    assert names[3] == names[0], "no width is cut off"


def test_a_window_is_the_same_before_the_rest_of_the_film_is_there() -> None:
    whole, pair = faded(*"abcd"), faded("b", "c")
    early, late = window(pair, 1), window(whole, 2)
    assert early is not None
    assert late is not None
    assert fingerprint(pair, early) == fingerprint(whole, late)
