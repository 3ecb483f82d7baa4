"""Music as files: beds of our own, and what users uploaded."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from contracts.mezzanine import SAMPLE_RATE
from contracts.music import check_length

from stitcher.adapters import synthesis, uploads
from stitcher.adapters.uploads import seconds_of
from stitcher.domain import music
from stitcher.domain.beds import BEDS, VERSION


@dataclass(frozen=True, slots=True)
class SynthesisedBeds:
    """Implements the ``Beds`` port. What it writes is WAV: stereo, 16 bits, the film's rate."""

    version: int = VERSION

    def samples(self, name: str) -> int | None:
        """How long a bed is until it begins again, per channel; ``None`` if there is none."""
        score = BEDS.get(name)
        return None if score is None else synthesis.length(score)

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file: once, and its beginning again as far as music falls."""
        await asyncio.to_thread(synthesis.write, BEDS[name], path, music.FALL)

    async def measure(self, upload: Path) -> int:
        """The samples per channel of an uploaded file at the film's rate.

        Raises ``Rejected(INVALID_INPUT)`` if it cannot be a bed.
        """
        return await asyncio.to_thread(_measured, upload)

    async def prepare(self, upload: Path, own: int, samples: int, path: Path) -> None:
        """An uploaded file that has ``own`` samples as a bed: its first ``samples``."""
        await asyncio.to_thread(uploads.prepare, upload, own, samples, path)


def _measured(upload: Path) -> int:
    seconds = seconds_of(upload)
    check_length(upload.stat().st_size, seconds)
    return round((seconds or 0) * SAMPLE_RATE)
