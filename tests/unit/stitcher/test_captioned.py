"""Captions on a film's segments: what is drawn on, and what stays a copy."""

from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.captioned import Drawn, captioned
from stitcher.domain.segments import Copy, Segment, shots
from stitcher.domain.timeline import Timeline

from tests.unit.stitcher.test_segments import shown, timelines, wanted


def drawing(*cues: tuple[int, int]) -> Drawn:
    """Cues from one frame to before another; what is drawn says which and when."""

    def drawn(first: int, end: int) -> str | None:
        seen = [(a - first, b - first) for a, b in cues if a < end and b > first]
        return str(seen) if seen else None

    return drawn


def placed(found: tuple[tuple[Segment, str | None], ...]) -> list[tuple[int, Segment, str | None]]:
    """Each segment with its first frame in the film."""
    first, rows = 0, list[tuple[int, Segment, str | None]]()
    for one, captions in found:
        rows.append((first, one, captions))
        first += one.frames
    return rows


@given(timelines(), st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120)), max_size=6))
def test_every_frame_stays_and_captions_are_drawn_on_those_that_have_any(
    film: Timeline, wishes: list[tuple[int, int]]
) -> None:
    drawn = drawing(*((first, first + length) for first, length in wishes))
    found = captioned(film, drawn)
    assert [frame for one, _ in found for frame in shown(one)] == wanted(film)
    for first, one, captions in placed(found):
        assert captions == drawn(first, first + one.frames)
        if isinstance(one, Copy):
            clip = film.shots[one.span.shot].cut.frames
            marks = {*film.profile.keyframes(clip), clip}
            assert {one.span.start, one.span.end} <= marks, "a copy is whole groups of pictures"


@given(timelines())
def test_without_captions_nothing_is_parted(film: Timeline) -> None:
    assert captioned(film, drawing()) == captioned(film, None)


@given(timelines(), st.integers(0, 900))
def test_one_caption_is_drawn_on_no_group_that_it_does_not_touch(film: Timeline, at: int) -> None:
    for first, one, captions in placed(captioned(film, drawing((at, at + 1)))):
        if isinstance(one, Copy) and captions is not None:
            keys = film.profile.keyframes(film.shots[one.span.shot].cut.frames)
            inside = [key for key in keys if one.span.start < key < one.span.end]
            assert inside == [], "a group of its own"
            assert first <= at < first + one.frames


@given(timelines())
def test_what_shows_certain_shots_is_as_in_the_whole_film(film: Timeline) -> None:
    drawn = drawing((0, 40), (90, 200))
    whole = captioned(film, drawn)
    for showing in {shots(one) for one, _ in whole}:
        found = captioned(film, drawn, [showing])
        assert found == tuple(pair for pair in whole if shots(pair[0]) == showing)
