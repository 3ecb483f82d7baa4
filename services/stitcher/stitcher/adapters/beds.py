"""Music as files: beds of our own, and what users uploaded."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from contracts.mezzanine import SAMPLE_RATE
from contracts.music import LONGEST_SECONDS, ONE_FILE, check_length

from stitcher.adapters import synthesis
from stitcher.domain import music
from stitcher.domain.beds import BEDS, VERSION, Score


@dataclass(frozen=True, slots=True)
class SynthesisedBeds:
    """Implements the ``Beds`` port."""

    version: int = VERSION

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file, repeated until it is long enough: its end fits its beginning."""
        await asyncio.to_thread(synthesis.write, BEDS[name], path, _times(BEDS[name]))

    def samples(self, name: str) -> int | None:
        """How long that is, per channel; ``None`` if there is no bed of this name."""
        score = BEDS.get(name)
        return None if score is None else synthesis.length(score) * _times(score)

    async def upload(self, path: Path) -> tuple[Path, int]:
        """An uploaded file, ready to be played, and its samples per channel at the film's rate.

        Raises ``Rejected(INVALID_INPUT)`` if it cannot be a bed.
        """
        return await asyncio.to_thread(_ready, path)


def _times(score: Score) -> int:
    return -(-music.ENOUGH // synthesis.length(score))


def _ready(path: Path) -> tuple[Path, int]:
    """Short music is repeated, its ends crossed, so that it is opened a few times only."""
    seconds = seconds_of(path)
    check_length(path.stat().st_size, seconds)
    samples = round((seconds or 0) * SAMPLE_RATE)
    if samples >= music.ENOUGH:
        return path, samples
    made = path.with_name("music-repeated.wav")
    return made, synthesis.repeated(path, made, music.ENOUGH)


def seconds_of(path: Path) -> float | None:
    """How long a file sounds, by decoding it whole; ``None`` if no sound can be read."""
    samples = rate = 0
    try:
        with av.open(str(path), options=ONE_FILE) as container:
            for frame in container.decode(audio=0):
                samples, rate = samples + frame.samples, frame.sample_rate
                if samples > (LONGEST_SECONDS + 1) * rate:
                    break
    except (av.error.FFmpegError, IndexError, ValueError):
        # What can be heard of a damaged file is still music.
        pass
    return samples / rate if samples and rate else None
