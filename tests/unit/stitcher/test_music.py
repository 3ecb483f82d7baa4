"""A bed is as long as the film, whatever the music is."""

from itertools import pairwise

import pytest
from contracts import music
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.beds import BEDS
from stitcher.domain.music import CROSSED, Music, bed


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


def test_longer_music_is_faded_out() -> None:
    (piece,) = bed(Music("music", "0" * 64, 9_000_000), 480_000)
    assert (piece.samples, piece.fade_out, piece.crossed) == (480_000, 144_000, (False, False))


def test_music_without_sound_is_no_bed() -> None:
    with pytest.raises(ValueError, match="no music"):
        bed(Music("music", "0" * 64, 0), 1)


def test_the_library_names_the_beds_there_are() -> None:
    assert {bed.name: bed.mood for bed in music.BEDS} == {n: s.about for n, s in BEDS.items()}


def test_every_bed_plays_tones_that_its_chords_have() -> None:
    for score in BEDS.values():
        assert max(score.arpeggio) < min(map(len, score.chords))
        assert score.about
