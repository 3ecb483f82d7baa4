"""Takes out sounds that mean nothing, such as "um", "äh" or "えーと".

Language by language, for a sound in one is a word in another: "um" is German for "in order to",
"er" for "he".
"""

# ruff: noqa: RUF001

import re

_SOUNDS: dict[str, str] = {
    "en": r"um+|u+h+|uh-huh|er+m*|ah+em|hm+|mm+-?hm+|mm+|uhm+",
    "de": r"ä+h+m*|hm+|ö+h+m*|e+hm+",
    "fr": r"euh+|heu+|hm+",
    "es": r"ehm+|eh{2,}|mmm+|este{3,}",
    "it": r"ehm+|mmm+|uhm+",
    "pt": r"hum{2,}|é{3,}|ahn+|hm+",
    "ru": r"э-?э+(?:-?э)*|э+м+|м-?м+|гм+",
}
_ANY = r"uhm+|umm+|u+hh+|hm{2,}|mmm+"
_UNSPACED: dict[str, str] = {
    "ja": r"(?:え[ー〜～]+っ?と?|あの[ー〜～]+"
    r"|ええと|う[ー〜～]+ん)[、，\u2026]?",
    "zh": r"(?:呃|嗯){1,5}[，、\u2026]{1,2}",
}
_WRITTEN_AS_ONE = {language: re.compile(sounds) for language, sounds in _UNSPACED.items()}
_FILLED = {
    language: re.compile(
        rf"(?<![^\s\"\u201c\u00ab(])((?:(?:{sounds})(?![\w'\u2019-])(?:,|\.{{3}}|\u2026)?\s*)+)(\w?)",
        re.IGNORECASE,
    )
    for language, sounds in (_SOUNDS | {"": _ANY}).items()
}
_BEFORE_MARK = re.compile(r"[ \t]+(?=[,.;:!?])|,(?=\s*[,.;:!?])|(?<=\S)[ \t]+$", re.MULTILINE)
_ALONE = re.compile(r"^[\s.,;:!?\u2026、。]*$")


def without_fillers(text: str, language: str) -> str:
    """The text without them; a sentence that began with one begins with a capital again."""
    family = language.casefold().split("-")[0]
    if family in _WRITTEN_AS_ONE:
        left = _WRITTEN_AS_ONE[family].sub("", text)
    else:
        left, count = _FILLED.get(family, _FILLED[""]).subn(_rest, text)
        left = _BEFORE_MARK.sub("", left) if count else text
        if count and text[:1].isalpha():
            left = left.lstrip(" .,;:!?\u2026")
    return "" if left != text and _ALONE.match(left) else left


def _rest(found: re.Match[str]) -> str:
    """What stays of fillers and the letter after them."""
    following: str = found[2]
    gap = "\n" if "\n" in found[1] else ""
    return gap + (following.upper() if found[1][:1].isupper() else following)
