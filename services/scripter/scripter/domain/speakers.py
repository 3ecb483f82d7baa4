"""Finds who speaks: ``>>`` and dashes for a change, ``NAME:`` and WebVTT voices for a name."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripter.domain.cleaning import Spoken

NAME_LIMIT = 80

_MARK = re.compile(
    r"(?:>>+|\u00bb)\s*|[-\u2013\u2014\u2022](?:\s+|(?=[A-Z\u00c0-\u00de\"\u201c\u00bf\u00a1]))"
)
_INNER_MARK = re.compile(r"(?<=\S)\s+(?=>>)")
_LABEL = re.compile(
    r"\[?([^\W\d_][\w.'\u2019&-]{0,24}(?:\s[\w.'\u2019&#-]{1,24}){0,3})"
    r"(?:\s*[(\[][^()\[\]]{0,40}[)\]])?\]?(?::(?=\s|$)|\uff1a)\s*"
)
# As plays are printed: "ALGERNON. Did you hear?", "LADY BRACKNELL [sitting down]. Good afternoon."
_PRINTED = re.compile(
    r"([A-Z\u00c0-\u00de][A-Z\u00c0-\u00de'\u2019-]{2,24}(?:\s[A-Z\u00c0-\u00de'\u2019-]{2,24}){0,3})"
    r"(?:,?\s*[(\[][^()\[\]]{0,80}[)\]])?\.(?=\s|$)\s*"
)
_DIRECTION = re.compile(r"\s*\[[^\[\]]{1,200}\]\s*")
_LEAST_CAST = 2
_NARRATORS = frozenset(
    {
        "narrator", "narration", "narr", "voiceover", "voice-over", "voice over", "vo", "v.o.",
        "erz\u00e4hler", "erz\u00e4hlerin", "narrador", "narradora", "narrateur", "narratrice",
        "\u65c1\u767d", "\u30ca\u30ec\u30fc\u30b7\u30e7\u30f3", "\u30ca\u30ec\u30fc\u30bf\u30fc",
    }
)  # fmt: skip
_NO_NAMES = frozenset(
    {
        "note", "notes", "warning", "caution", "example", "tip", "hint", "question", "answer",
        "remember", "important", "summary", "conclusion", "introduction", "intro", "outro", "title",
        "chapter", "part", "section", "step", "scene", "act", "episode", "time", "date", "place",
        "ps", "p.s.", "fact", "rule", "result", "problem", "solution", "spoiler", "update", "edit",
        "http", "https", "subject", "re", "todo", "ingredients", "first", "second", "third",
        "and", "but", "so", "then", "because", "today", "tomorrow", "yesterday", "translation",
        "subtitles", "subtitles by", "captions by", "credits", "cut to", "fade in", "fade out",
    }
)  # fmt: skip
_INITIALS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one piece. ``anew`` means somebody else spoke before."""

    text: str
    start: float | None
    end: float | None
    speaker: str | None
    anew: bool


def turns(spoken: Sequence[Spoken], *, timed: bool) -> list[Turn]:
    """Lines with their speakers; a narrator has no name.

    A caption's label holds until the next mark, a text's label until its paragraph ends.
    """
    names = _Names(spoken, printed=not timed)
    found: list[Turn] = []
    labelled: str | None = None
    anew = True
    for stretch in spoken:
        if stretch.speaker is not None or not timed:
            labelled, anew = None, anew or not timed
        for text, start, end in _timed_lines(stretch):
            label, rest, marked = names.read(text)
            if marked:
                labelled, anew = names.shown(label) if label else None, True
            if rest:
                voiced = labelled is None and stretch.speaker is not None
                speaker = names.shown(stretch.speaker or "") if voiced else labelled
                found.append(Turn(rest, start, end, speaker, anew))
                anew = False
    return found


def _timed_lines(stretch: Spoken) -> Iterable[tuple[str, float | None, float | None]]:
    """A stretch's lines, each with its share of the time by length."""
    lines = _INNER_MARK.sub("\n", stretch.text).split("\n")
    if stretch.start is None or stretch.end is None:
        yield from ((line, None, None) for line in lines)
        return
    total = sum(len(line) for line in lines) or 1
    said = 0
    for line in lines:
        begun = stretch.start + (stretch.end - stretch.start) * said / total
        said += len(line)
        yield line, begun, stretch.start + (stretch.end - stretch.start) * said / total


class _Names:
    """Which labels of this text are names, and how they are written."""

    def __init__(self, spoken: Sequence[Spoken], *, printed: bool) -> None:
        lines = [line for stretch in spoken for line in stretch.text.split("\n")]
        self._repeated = _repeated(lines, _LABEL)
        self._shown: dict[str, str] = {}
        # Two people who speak twice each: a play, not a heading or an acronym.
        self._printed = _repeated(lines, _PRINTED) if printed else set[str]()
        self._is_printed = len(self._printed) >= _LEAST_CAST

    def read(self, line: str) -> tuple[str | None, str, bool]:
        """Label, what is said, and whether a mark says that the speaker changes."""
        mark = _MARK.match(line)
        text = line[mark.end() :] if mark else line
        found = _LABEL.match(text)
        if found and self._is_name(found[1]):
            return found[1], text[found.end() :].strip(), True
        found = _PRINTED.match(text) if self._is_printed else None
        if found and found[1].casefold() in self._printed:
            return found[1], _DIRECTION.sub(" ", text[found.end() :]).strip(), True
        if self._is_printed:
            text = _DIRECTION.sub(" ", text)
        return None, text.strip(), mark is not None

    def shown(self, name: str) -> str | None:
        """The name as shown: one spelling throughout, no shouting; ``None`` for a narrator."""
        tidy = " ".join(name.split())[:NAME_LIMIT].strip()
        key = tidy.casefold()
        if not tidy or key in _NARRATORS:
            return None
        calm = tidy.title() if tidy.isupper() and len(tidy) > _INITIALS else tidy
        return self._shown.setdefault(key, calm)

    def _is_name(self, label: str) -> bool:
        key = label.casefold()
        if key in _NARRATORS:
            return True
        if key in _NO_NAMES or key.split()[0] in _NO_NAMES:
            return False
        return label.isupper() or (key in self._repeated and _is_titled(label))


def _repeated(lines: Iterable[str], pattern: re.Pattern[str]) -> set[str]:
    """The labels that stand before more than one line, in lower case."""
    labels: Counter[str] = Counter()
    for line in lines:
        mark = _MARK.match(line)
        if found := pattern.match(line, mark.end() if mark else 0):
            labels[found[1].casefold()] += 1
    return {label for label, times in labels.items() if times > 1}


def _is_titled(label: str) -> bool:
    """Every word starts in upper case, or the script has no case."""
    return all(not word[0].islower() for word in label.split())
