"""Who speaks how."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.voices import VARIANTS, Order, chosen, language_names, local_voice, price

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=7)


@given(NAMES)
def test_a_cast_has_different_voices_and_none_is_the_narrators(cast: list[str]) -> None:
    voices = [chosen(name, cast, VARIANTS) for name in cast]
    assert len(set(voices)) == len(cast)
    assert chosen(None, cast, VARIANTS) == VARIANTS[0]
    assert VARIANTS[0] not in voices
    assert voices == [chosen(name, cast[::-1], VARIANTS) for name in cast]


def test_more_characters_than_voices_share_them() -> None:
    cast = [f"c{n}" for n in range(20)]
    assert {chosen(name, cast, ("a", "b", "c")) for name in cast} == {"b", "c"}
    assert chosen("x", cast, ("only",)) == "only"


@pytest.mark.parametrize(
    ("tag", "first"),
    [("en", "en-us"), ("en-GB", "en-gb"), ("zh-Hant-TW", "zh-hant-tw"), ("pt_BR", "pt-br"),
     ("iw", "he"), ("de", "de")],
)  # fmt: skip
def test_languages_are_asked_for_by_the_most_exact_name(tag: str, first: str) -> None:
    assert language_names(tag)[0] == first


def test_a_region_falls_back_on_its_language() -> None:
    assert language_names("zh-Hant-TW")[1:] == ("cmn", "zh-tw", "zh")
    assert language_names("de-AT")[-1] == "de"
    assert local_voice("f2", "fr-CA")[0] == ("fr-ca+f2", "fr+f2")


def test_a_line_is_named_for_what_it_sounds_like() -> None:
    line = Order("Hello.", "en", "f2", "m")
    assert line.name == Order("Hello.", "en", "f2", "m").name
    others = [Order("Hello!", "en", "f2", "m"), Order("Hello.", "de", "f2", "m"),
              Order("Hello.", "en", "f3", "m"), Order("Hello.", "en", "f2", "n")]  # fmt: skip
    assert len({line.name, *(other.name for other in others)}) == 5


def test_letters_cost() -> None:
    assert price("x" * 1_000, Decimal(15)) == Decimal("0.015")
