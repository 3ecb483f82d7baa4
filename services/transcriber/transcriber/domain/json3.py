"""Reads the captions YouTube's own player is given, as a JSON text: ``.json3``."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from transcriber.domain.cues import Cue, tidy

_LATEST = 1_000_000_000  # milliseconds; longer than any video


def is_json3(text: str) -> bool:
    """Whether a text claims to be one."""
    return text[:4096].lstrip("\ufeff \t\r\n").startswith("{")


def read_json3(text: str) -> list[Cue]:
    """The cues with words in order of their start; none if the text is no such file.

    A cue ends where the next one begins, at the latest: lines of recognised speech overlap.
    """
    cues = sorted(_cues(_events(text)), key=lambda cue: cue.start)
    return [
        replace(cue, end=max(cue.start, min(cue.end, after.start))) for cue, after in pairwise(cues)
    ] + cues[-1:]


def _events(text: str) -> Sequence[Any]:
    try:
        said = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return ()
    events: Any = said.get("events") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return events if isinstance(events, list) else ()  # pyright: ignore[reportUnknownVariableType]


def _cues(events: Sequence[Any]) -> Iterator[Cue]:
    for event in events:
        if not isinstance(event, dict):
            continue
        fields: dict[str, Any] = event  # pyright: ignore[reportUnknownVariableType]
        start = _seconds(fields.get("tStartMs"))
        parts = list(_parts(fields.get("segs")))
        text = tidy("".join(part for _, part in parts))
        if text:
            end = round(start + _seconds(fields.get("dDurationMs")), 3)
            yield Cue(start, end, text, words=_words(start, parts))


def _words(start: float, parts: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """Parts with times of their own; a line in one part has none."""
    if not any(offset for offset, _ in parts):
        return ()
    found = ((round(start + offset, 3), tidy(part)) for offset, part in parts)
    return tuple((at, word) for at, word in found if word)


def _parts(segments: Any) -> Iterator[tuple[float, str]]:
    """Seconds after the line's start, and the text."""
    for segment in segments if isinstance(segments, list) else ():  # pyright: ignore[reportUnknownVariableType]
        fields: dict[str, Any] = segment if isinstance(segment, dict) else {}  # pyright: ignore[reportUnknownVariableType]
        text: Any = fields.get("utf8")
        if isinstance(text, str):
            # JSON can spell halves of characters, which nothing can store.
            written = text.encode("utf-8", "ignore").decode().replace("\x00", "")
            yield _seconds(fields.get("tOffsetMs")), written


def _seconds(millis: Any) -> float:
    """Seconds of a number of milliseconds; 0 for anything that is none."""
    if isinstance(millis, bool) or not isinstance(millis, int | float) or not millis > 0:
        return 0.0
    return round(float(min(millis, _LATEST)) / 1000, 3)
