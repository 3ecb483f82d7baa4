"""Sound as it is cut for writing down, and what was heard in its pieces."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from contracts.documents import Segment, Transcript
from contracts.errors import ErrorCode, Rejected

from transcriber.domain.cues import tidy
from transcriber.domain.transcripts import transcript

SAMPLE_RATE = 16_000
SAMPLE_BYTES = 2
NO_SPEECH = (
    "There is no speech in this sound. Upload another recording, or its words as captions or text."
)
_CENT_FRACTION = Decimal("0.000001")
_FAR = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a sound. Seconds from its beginning."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound on this machine's disk: bare samples, 16 kHz mono, 16 bit, little endian."""

    path: Path
    seconds: float
    silences: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said in a piece. Seconds from the beginning of the piece."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in a piece; ``language`` is BCP 47 where the server says one."""

    utterances: tuple[Utterance, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PieceKey:
    """What makes two pieces the same: their samples, and what was asked of whom."""

    sha256: str
    model: str
    language: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece that has been heard. ``mine`` says that this row of work paid for it."""

    heard: Heard
    cost_usd: Decimal
    mine: bool


class Intent(StrEnum):
    """Whether a piece may be sent: yes; no, it is known; another is at it; too many got lost."""

    GRANTED = "granted"
    KNOWN = "known"
    BUSY = "busy"
    SPENT = "spent"


class PausedError(Exception):
    """Not done yet, and no failed try: look again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"look again in {seconds:.0f} s")
        self.seconds = seconds


def silences_in(report: str, seconds: float) -> tuple[Stretch, ...]:
    """The silences that ffmpeg's ``silencedetect`` wrote down for a sound of this length."""
    found: list[Stretch] = []
    start: float | None = None
    for mark in re.finditer(r"silence_(start|end)=(-?[\d.]+)", report):
        at = min(max(float(mark[2]), 0.0), seconds)
        if mark[1] == "start":
            start = at
        elif start is not None:
            found.append(Stretch(start, at))
            start = None
    if start is not None and start < seconds:
        found.append(Stretch(start, seconds))
    return tuple(found)


def cut(seconds: float, silences: Sequence[Stretch], longest: float) -> list[Stretch]:
    """The whole sound in pieces of at most ``longest`` seconds, cut in silences where there are.

    Of the silences in the second half of a piece the longest is taken, else the latest before.
    """
    middles = [(silence.start + silence.end) / 2 for silence in silences]
    pieces: list[Stretch] = []
    at = 0.0
    while seconds - at > longest:
        low = bisect_left(middles, at + longest * _FAR)
        high = bisect_left(middles, at + longest)
        if low < high:
            best = max(range(low, high), key=lambda n: (silences[n].seconds, n))
            end = middles[best]
        elif low > 0 and middles[low - 1] > at + 1:
            end = middles[low - 1]
        else:
            end = at + longest
        # On the grid of samples, so that equal sound gives equal pieces.
        end = round(end * SAMPLE_RATE) / SAMPLE_RATE
        pieces.append(Stretch(at, end))
        at = end
    return [*pieces, Stretch(at, seconds)] if seconds > at else pieces


def price(seconds: float, usd_per_minute: Decimal) -> Decimal:
    """What a piece costs, US dollars."""
    return (Decimal(str(seconds)) / 60 * usd_per_minute).quantize(_CENT_FRACTION)


def written_down(
    pieces: Iterable[tuple[Stretch, Heard]], asked: str | None, origin: str = "speech"
) -> Transcript:
    """The transcript of heard pieces. Raises ``Rejected(TRANSCRIPT_MISSING)`` without words."""
    heard = list(pieces)
    segments = [segment for piece, said in heard for segment in _segments(piece, said)]
    if not segments:
        raise Rejected(ErrorCode.TRANSCRIPT_MISSING, NO_SPEECH)
    languages = [said.language for _, said in heard if said.language]
    spoken = max(set(languages), key=lambda name: (languages.count(name), name), default=None)
    return transcript(segments, asked or spoken, origin)


def _segments(piece: Stretch, heard: Heard) -> Iterator[Segment]:
    for said in heard.utterances:
        if text := tidy(said.text):
            start = piece.start + min(max(said.start, 0.0), piece.seconds)
            end = piece.start + min(max(said.end, said.start, 0.0), piece.seconds)
            yield Segment(start=round(start, 3), end=round(max(start, end), 3), text=text)
