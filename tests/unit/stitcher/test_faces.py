"""Which of a machine's fonts a text is set in, on a fake set of fonts."""

from pathlib import Path

import pytest
from stitcher.domain.faces import Face, chosen, letters

HAN, HANGUL, LATIN = "\u8a69\u6708", "\uc2dc", "abc"
LETTERS = {
    "CJK": frozenset(HAN + HANGUL + LATIN),
    "Latin": frozenset(LATIN),
    "Korean": frozenset(HANGUL),
}


def face(family: str, style: str = "Bold", index: int = 0) -> Face:
    return Face(Path(f"/fonts/{family}-{style}.ttc"), index, family, style)


def covers(one: Face, text: str) -> bool:
    own = next(found for name, found in LETTERS.items() if name in one.family)
    return set(letters(text)) <= own


REGIONS = [face(f"Noto Sans CJK {region}", index=n) for n, region in enumerate(("JP", "KR", "SC"))]
FONTS = [
    face("Latin Sans"),
    face("Noto Serif CJK SC"),
    face("Noto Sans CJK SC", "Regular"),
    face("Noto Sans Mono CJK SC"),
    *REGIONS,
]


@pytest.mark.parametrize(
    ("language", "region"),
    [("zh", "SC"), ("zh-CN", "SC"), ("ja", "JP"), ("ko-KR", "KR"), ("en", "JP"), ("", "JP")],
)
def test_letters_have_the_shapes_of_their_language(language: str, region: str) -> None:
    found = chosen(HAN, language, FONTS, covers)
    assert found == face(f"Noto Sans CJK {region}", index=("JP", "KR", "SC").index(region))


def test_one_font_must_have_all_letters() -> None:
    assert chosen(HANGUL + LATIN, "ko", [face("Korean Sans"), face("Latin Sans")], covers) is None
    assert chosen(HANGUL + LATIN, "ko", FONTS, covers) == REGIONS[1]


def test_anything_is_better_than_nothing() -> None:
    odd = face("Noto Serif CJK JP", "Light Italic")
    assert chosen(HAN, "zh", [odd], covers) == odd


def test_no_font_is_no_face() -> None:
    assert chosen(HAN, "zh", [face("Latin Sans")], covers) is None
    assert chosen(HAN, "zh", [], covers) is None


def test_signs_are_no_letters() -> None:
    assert letters("b, a! \u2014 \U0001f680 a") == ["a", "b"]
