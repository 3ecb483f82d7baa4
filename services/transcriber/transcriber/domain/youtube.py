"""A YouTube video's caption tracks, and which one to take."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackName:
    """A track as listed. ``generated`` means made by YouTube's speech recognition."""

    language: str
    generated: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """A caption on the screen. Seconds; ``duration`` may run into the next snippet."""

    start: float
    duration: float
    text: str


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """One fetched track of a video."""

    video_id: str
    language: str
    generated: bool
    snippets: tuple[Snippet, ...]


def choose(tracks: Sequence[TrackName], asked: str | None) -> TrackName | None:
    """The language asked for, else the one spoken in the video, else the first listed.

    Recognised speech is in the spoken language. Tracks made by people win within a language.
    """
    by_people_first = sorted(tracks, key=lambda track: track.generated)
    spoken = next((track.language for track in tracks if track.generated), None)
    for wanted in filter(None, (asked, spoken)):
        exact = [t for t in by_people_first if t.language.lower() == wanted.lower()]
        related = [t for t in by_people_first if _family(t.language) == _family(wanted)]
        if exact or related:
            return (exact or related)[0]
    return by_people_first[0] if by_people_first else None


def _family(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()
