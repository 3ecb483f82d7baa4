"""Reads the cues of WebVTT and SubRip texts, however broken, without losing what is said.

Ours because the libraries drop words: webvtt-py skips cues with comma times and cuts ``<3`` out of
a text, pysubs2 drops a last line that is a number and everything in braces. For well-formed files
the tests hold this reader against both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise

_TIME = r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,3})(?:[.,](\d{1,9}))?"
_TIMING = re.compile(rf"\s*(-?){_TIME}\s*-{{1,3}}>\s*(-?){_TIME}(?:\s.*)?", re.ASCII)
# What only looks like a timing is no speech: '00:01 --> ?', '-->'.
_BROKEN_TIMING = re.compile(
    r"[-\s>]+|\s*-?\d{1,4}:\d[\d:.,]{0,20}.{0,20}-{1,3}>.*|.*-{1,3}>\s*-?\d{1,4}:\d.*"
)
_BLANKS = re.compile(r"[ \t\v\f\x1c-\x1f\x85\xa0\u2028\u2029]+")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_TAG = re.compile(
    r"</?(?:c|i|b|u|s|v|em|strong|ruby|rt|lang|font|span)(?:[.\s][^<>]{0,300})?/?>"
    r"|<(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}>"
    r"|\{\\[^{}]{0,100}\}",
    re.IGNORECASE,
)
_WORD_TIME = re.compile(rf"<{_TIME}>", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]{1,9}([^<>]{1,200})>|</v>", re.IGNORECASE)
_LONGEST_TIMING = 200
_LANGUAGE = re.compile(r"language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cue:
    """One voice in one cue. Times in seconds; ``text`` keeps its line breaks.

    ``words`` are when a word begins and the word, for as many of them as that is known.
    """

    start: float
    end: float
    text: str
    voice: str | None = None
    words: tuple[tuple[float, str], ...] = ()


def read_cues(text: str) -> list[Cue]:
    """The cues with words in order of their start, none running into the next one's time."""
    cues = sorted(_cues(text), key=lambda cue: cue.start)
    return [_ended_by(cue, following) for cue, following in pairwise(cues)] + cues[-1:]


def is_captions(text: str) -> bool:
    """Whether a text reads as a caption file: by its header, or a timing on top."""
    lines = [line for line in _LINE_BREAK.split(text[:4096]) if line.strip()][:2]
    return _is_webvtt(text) or any(_TIMING.fullmatch(line) for line in lines)


def header(text: str) -> tuple[str | None, str | None]:
    """Title and language that a WebVTT header gives: ``WEBVTT - Title``, ``Language: en``."""
    lines = _LINE_BREAK.split(text.lstrip("\ufeff \t\r\n")[:4096])
    if not lines[0].startswith("WEBVTT"):
        return None, None
    title = lines[0].removeprefix("WEBVTT").strip(" \t-\u2013\u2014:")[:120].strip()
    for line in lines[1:]:
        if not line.strip():
            break
        if found := _LANGUAGE.fullmatch(line):
            return title or None, found[1]
    return title or None, None


def _is_webvtt(text: str) -> bool:
    return text[:4096].lstrip("\ufeff \t\r\n").startswith("WEBVTT")


def _ended_by(cue: Cue, following: Cue) -> Cue:
    if cue.start < following.start < cue.end:
        return replace(cue, end=following.start)
    return cue


def _cues(text: str) -> Iterator[Cue]:
    """Cues in file order. In WebVTT an empty line ends a cue, so that notes are not read out."""
    ends_at_gap = _is_webvtt(text)
    lines = _LINE_BREAK.split(text)
    timings = [
        (at, found)
        for at, line in enumerate(lines)
        if "->" in line and (found := _TIMING.fullmatch(line))
    ]
    for number, (at, found) in enumerate(timings, start=1):
        last = number == len(timings)
        stop = len(lines) if last else timings[number][0]
        payload = lines[at + 1 : stop]
        if ends_at_gap:
            payload = payload[: next((i for i, ln in enumerate(payload) if not ln), stop)]
        elif not last:
            payload = _without_counter(payload, number + 1)
        payload = [line for line in payload if not _is_broken_timing(line)]
        yield from _voices(_seconds(found.groups()[:5]), _seconds(found.groups()[5:]), payload)


def _is_broken_timing(line: str) -> bool:
    return "->" in line and len(line) <= _LONGEST_TIMING and bool(_BROKEN_TIMING.fullmatch(line))


def _without_counter(payload: Sequence[str], counter: int) -> Sequence[str]:
    """Drops the next cue's number: alone after a gap, or the number that is due."""
    if not payload or not _NUMBER.fullmatch(payload[-1].strip()):
        return payload
    alone = len(payload) == 1 or not payload[-2].strip()
    return payload[:-1] if alone or int(payload[-1]) == counter else payload


def _seconds(fields: Sequence[str | None]) -> float:
    sign, hours, minutes, seconds, fraction = fields
    if sign:  # tools that shift captions write these; they are over before the source begins
        return 0.0
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return round(whole + float(f"0.{fraction or 0}"), 3)


def _voices(start: float, end: float, payload: Sequence[str]) -> Iterator[Cue]:
    """A cue's voices, each with its share of the time by length of text."""
    written = "\n".join(payload)
    spoken = [(voice, text) for voice, text in _spans(written) if text]
    words = _timed_words(start, written) if len(spoken) == 1 else ()
    total = sum(len(text) for _, text in spoken)
    length, said = max(end - start, 0.0), 0
    for voice, text in spoken:
        begun = start + length * said / total
        said += len(text)
        yield Cue(round(begun, 3), round(start + length * said / total, 3), text, voice, words)


def _timed_words(start: float, payload: str) -> tuple[tuple[float, str], ...]:
    """Words by the times written between them, the first of their row at the cue's start."""
    marks = list(_WORD_TIME.finditer(payload))
    if not marks:
        return ()
    before = payload[: marks[0].start()].rpartition("\n")[2]
    found = [(start, _plain(before))]
    stops = [*(mark.start() for mark in marks[1:]), len(payload)]
    for mark, stop in zip(marks, stops, strict=True):
        found.append((_seconds((None, *mark.groups())), _plain(payload[mark.end() : stop])))
    return tuple((at, word) for at, word in found if word)


def _spans(payload: str) -> Iterator[tuple[str | None, str]]:
    at, voice = 0, None
    for mark in _VOICE.finditer(payload):
        yield voice, _plain(payload[at : mark.start()])
        named: str | None = mark[1]
        at, voice = mark.end(), _plain(named) or None if named else None
    yield voice, _plain(payload[at:])


def _plain(text: str) -> str:
    """Without tags, then with entities resolved once, as WebVTT has it; tidy lines."""
    return tidy(unescape(_TAG.sub("", text)))


def tidy(text: str) -> str:
    """Without empty lines and doubled blanks. Spaces and joiners of other scripts stay."""
    lines = (_BLANKS.sub(" ", line).strip(" ") for line in _LINE_BREAK.split(text))
    return "\n".join(line for line in lines if line and not line.isspace())
