"""How a line is broken into captions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.captions import CUE_LINES, CUE_WIDTH, cue_texts


def test_a_line_of_a_few_words_more_than_a_caption_is_cut_in_two_like_parts() -> None:
    line = "Mira: Who knocks at a bakery at midnight? I have nothing left but flour and patience."
    one, two = cue_texts(line)
    assert abs(len(one) - len(two)) < 12


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=14), min_size=1, max_size=120))
def test_captions_keep_every_word_within_their_rows(words: list[str]) -> None:
    cues = cue_texts(" ".join(words))
    assert " ".join(cues).split() == words
    for cue in cues:
        rows = cue.split("\n")
        assert len(rows) <= CUE_LINES
        assert all(len(row) <= CUE_WIDTH for row in rows)


@pytest.mark.parametrize("text", ["她站在台阶上" * 40, "x" * 500])
def test_text_without_spaces_fits_too(text: str) -> None:
    cues = cue_texts(text)
    assert "".join(cues).replace("\n", "") == text
    assert all(len(row) <= CUE_WIDTH for cue in cues for row in cue.split("\n"))


def test_no_text_is_no_caption() -> None:
    assert cue_texts("") == []
