"""A bed is as long as the film, whatever the music is."""

from itertools import pairwise

import pytest
from contracts import music
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.beds import BEDS
from stitcher.domain.music import CROSSED, ENOUGH, FALL, RISE, Music, bed, looped, prepared


@given(st.integers(1, 3_000_000), st.integers(1, 9_000_000))
def test_a_bed_covers_the_film_and_nothing_is_cut_hard(length: int, samples: int) -> None:
    length = max(length, samples // 200 + 1)
    pieces = bed(Music("music", "0" * 64, length), samples)
    assert pieces[0].first == 0
    assert samples - 3 * CROSSED <= pieces[-1].end <= samples
    assert all(0 < piece.samples <= length for piece in pieces)
    assert all(piece.fade_in + piece.fade_out <= piece.samples for piece in pieces)
    for one, two in pairwise(pieces):
        assert one.end - two.first == one.fade_out == two.fade_in
        assert (one.crossed[1], two.crossed[0]) == (True, True)


@given(st.integers(200_000, 3_000_000), st.integers(1, 9_000_000))
def test_a_loop_is_heard_to_the_last_sample_without_a_hole(length: int, samples: int) -> None:
    pieces = looped(Music("music", "0" * 64, length), samples)
    assert pieces[0].first == 0
    assert pieces[-1].end == samples
    # A piece begins with the file, so the one before has to end with what comes before that.
    assert all(two.first - one.first == one.samples == length for one, two in pairwise(pieces))
    assert all(piece.skip == 0 and piece.samples <= length + FALL for piece in pieces)
    assert not any(piece.fade_in for piece in pieces[1:])
    assert not any(piece.fade_out for piece in pieces[:-1])
    assert all(piece.fade_in + piece.fade_out <= piece.samples for piece in pieces)
    if samples >= 2 * FALL:
        assert (pieces[0].fade_in, pieces[-1].fade_out) == (RISE, FALL)


@given(st.integers(48_000, 7_000_000))
def test_a_short_upload_is_repeated_until_there_is_enough(own: int) -> None:
    assert (prepared(own) == own) == (own >= ENOUGH)
    assert prepared(own) >= ENOUGH


def test_longer_music_is_faded_out() -> None:
    (piece,) = bed(Music("music", "0" * 64, 9_000_000), 480_000)
    assert (piece.samples, piece.fade_out, piece.crossed) == (480_000, 144_000, (False, False))


def test_music_without_sound_is_no_bed() -> None:
    with pytest.raises(ValueError, match="no music"):
        looped(Music("music", "0" * 64, 0), 1)
    with pytest.raises(ValueError, match="no music"):
        bed(Music("music", "0" * 64, 0), 1)


def test_the_library_names_the_beds_there_are() -> None:
    assert {bed.name: bed.mood for bed in music.BEDS} == {n: s.about for n, s in BEDS.items()}


def test_every_bed_plays_tones_that_its_chords_have() -> None:
    for score in BEDS.values():
        assert max(score.arpeggio) < min(map(len, score.chords))
        assert score.about
