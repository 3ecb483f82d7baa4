"""Reads plain text and Markdown as paragraphs of what is to be said."""

import re
from collections.abc import Iterator
from html import unescape

from transcriber.domain.cues import tidy

_LINE_BREAK = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*")
_RULE = re.compile(r"\s{0,3}(?:[-*_=]\s*){3,}")
_BLOCK_MARK = re.compile(r"^\s{0,8}(?:>\s?|[-*+]\s+|\d{1,3}[.)]\s+)")
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]\([^()]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\([^()]{0,2000}\)")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,20}(?:\s[^<>]{0,500})?/?>")
_EMPHASIS = re.compile(r"(?<![\w*_])([*_]{1,3})(?=\S)([^*_\n]{1,2000}?)(?<=\S)\1(?![\w*_])")
_TITLE_LENGTH = 120
_LONGEST_HEADING = 500


def read_prose(text: str, *, markdown: bool) -> tuple[str | None, list[str]]:
    """The title, if the text names one, and its paragraphs with their line breaks."""
    if not markdown:
        return None, list(_paragraphs(_LINE_BREAK.split(text)))
    lines = _without_front_matter(_LINE_BREAK.split(_without_comments(text)))
    title: str | None = None
    kept: list[str] = []
    fenced = False
    for line in lines:
        if not line or line.isspace():
            kept.append("")
        elif _FENCE.match(line):
            fenced = not fenced
        elif len(line) <= _LONGEST_HEADING and (heading := _HEADING.fullmatch(line)):
            title = title or _inline(heading[1])[:_TITLE_LENGTH].strip() or None
            kept.append("")
        elif not fenced:
            kept.append("" if _RULE.fullmatch(line) else _inline(_BLOCK_MARK.sub("", line)))
    return title, list(_paragraphs(kept))


def _without_comments(text: str) -> str:
    kept, at = list[str](), 0
    while (opened := text.find("<!--", at)) >= 0 and (closed := text.find("-->", opened)) >= 0:
        kept.append(text[at:opened])
        at = closed + len("-->")
    return "".join([*kept, text[at:]])


def _paragraphs(lines: list[str]) -> Iterator[str]:
    held: list[str] = []
    for line in [*lines, ""]:
        if words := tidy(line.replace("\ufeff", "")):
            held.append(words)
        elif held:
            yield "\n".join(held)
            held = []


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines[0].strip() == "---":
        for at, line in enumerate(lines[1:60], start=1):
            if line.strip() in {"---", "..."}:
                return lines[at + 1 :]
    return lines


def _inline(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", text)).replace("`", "")
    return unescape(_EMPHASIS.sub(r"\2", _TAG.sub("", text)))
