"""Music as files: beds of our own, and what users uploaded."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from contracts.mezzanine import SAMPLE_RATE

from stitcher.adapters import synthesis
from stitcher.domain import music
from stitcher.domain.beds import BEDS, VERSION


@dataclass(frozen=True, slots=True)
class SynthesisedBeds:
    """Implements the ``Beds`` port."""

    version: int = VERSION

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file."""
        await asyncio.to_thread(synthesis.write, BEDS[name], path)

    def samples(self, name: str) -> int | None:
        """How long a bed is, per channel; ``None`` if there is none of this name."""
        score = BEDS.get(name)
        return None if score is None else synthesis.length(score)

    async def upload(self, path: Path) -> int:
        """Samples per channel of an uploaded file at the film's rate.

        Raises ``Rejected(INVALID_INPUT)`` if it cannot be a bed.
        """
        return await asyncio.to_thread(_checked, path)


def _checked(path: Path) -> int:
    seconds = seconds_of(path)
    music.check_upload(path.stat().st_size, seconds)
    return round((seconds or 0) * SAMPLE_RATE)


def seconds_of(path: Path) -> float | None:
    """How long a file sounds, by decoding it whole; ``None`` if no sound can be read."""
    samples = rate = 0
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                samples, rate = samples + frame.samples, frame.sample_rate
                if samples > (music.LONGEST_SECONDS + 1) * rate:
                    break
    except (av.error.FFmpegError, IndexError):
        # What can be heard of a damaged file is still music.
        pass
    return samples / rate if samples and rate else None
