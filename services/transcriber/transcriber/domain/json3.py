"""Reads the captions YouTube's own player is given, as a JSON text: ``.json3``."""

import json
from collections.abc import Iterator, Sequence
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
        Cue(cue.start, max(cue.start, min(cue.end, after.start)), cue.text)
        for cue, after in pairwise(cues)
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
        words = tidy("".join(_parts(fields.get("segs"))))
        if words:
            yield Cue(start, round(start + _seconds(fields.get("dDurationMs")), 3), words)


def _parts(segments: Any) -> Iterator[str]:
    for segment in segments if isinstance(segments, list) else ():  # pyright: ignore[reportUnknownVariableType]
        text: Any = segment.get("utf8") if isinstance(segment, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(text, str):
            # JSON can spell halves of characters, which nothing can store.
            yield text.encode("utf-8", "ignore").decode().replace("\x00", "")


def _seconds(millis: Any) -> float:
    """Seconds of a number of milliseconds; 0 for anything that is none."""
    if isinstance(millis, bool) or not isinstance(millis, int | float) or not millis > 0:
        return 0.0
    return round(float(min(millis, _LATEST)) / 1000, 3)
