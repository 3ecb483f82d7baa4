"""Sound as data: pieces at exact samples, in rows without overlap."""

from itertools import pairwise

from contracts.mezzanine import Mezzanine
from contracts.values import Transition
from hypothesis import given
from stitcher.domain.sound import CLICK_SAMPLES, clips, lanes, soundtrack
from stitcher.domain.timeline import Card, Joint, Timeline, lay

from tests.unit.stitcher.making import card, cut
from tests.unit.stitcher.test_segments import timelines

PROFILE = Mezzanine(320, 180, 30)


@given(timelines())
def test_every_clip_is_heard_exactly_as_long_as_it_is_seen(film: Timeline) -> None:
    seen = [shot for shot in film.shots if not isinstance(shot.cut.source, Card)]
    pieces = clips(film).pieces
    at = film.profile.samples
    assert [(p.first, p.end) for p in pieces] == [
        (at(s.first), at(s.first + s.frames)) for s in seen
    ]
    assert all(p.fade_in + p.fade_out <= p.samples for p in pieces)
    assert soundtrack(film).samples == at(film.frames)


@given(timelines())
def test_rows_hold_every_piece_and_nothing_overlaps(film: Timeline) -> None:
    rows = lanes(clips(film))
    assert len(rows) <= 2
    assert sorted(p.first for row in rows for p in row) == [p.first for p in clips(film).pieces]
    assert all(one.end <= two.first for row in rows for one, two in pairwise(row))


def test_sounds_cross_for_as_long_as_pictures_do() -> None:
    film = lay(PROFILE, [cut("a", 90), cut("b", 90)], [Joint(Transition.WIPE, 15)])
    one, two = clips(film).pieces
    assert (one.fade_in, one.fade_out) == (CLICK_SAMPLES, 24_000)
    assert (two.fade_in, two.fade_out) == (24_000, CLICK_SAMPLES)
    assert (one.crossed, two.crossed) == ((False, True), (True, False))
    assert one.end - two.first == 24_000


def test_what_is_cut_off_in_front_is_not_heard() -> None:
    (piece,) = clips(lay(PROFILE, [cut("a", 90, 30, 60)], [])).pieces
    assert (piece.skip, piece.samples) == (48_000, 48_000)


def test_a_card_is_silent() -> None:
    film = lay(PROFILE, [card("x", 30), cut("a", 30)], [Joint()])
    (piece,) = clips(film).pieces
    assert piece.first == 48_000
