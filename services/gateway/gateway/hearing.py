"""How long a file sounds, by decoding it: what a file says of itself is not believed."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.errors import ErrorCode, Rejected, Transient
from contracts.music import LONGEST_SECONDS, ONE_FILE
from runtime.ffmpeg import Ffmpeg, FfmpegError

_RATE: Final = 1_000
_SAMPLE_BYTES: Final = 2
_LARGEST_BLOCK: Final = 64 * 1024 * 1024
"""Bytes that ffmpeg may ask for at once: a header that lies about sizes gets no memory."""


@dataclass(frozen=True, slots=True)
class FfmpegHearing:
    """Decodes in a child process, bounded in time and memory by ``ffmpeg`` and these options."""

    ffmpeg: Ffmpeg

    async def seconds(self, path: Path) -> float | None:
        """How long its first track of sound is heard; ``None`` if there is none to be heard.

        Just over the limit for anything longer. Raises ``Rejected(INVALID_INPUT)`` for what takes
        too long to decode, ``Transient(STORAGE_FAILED)`` when the disk is full.
        """
        with tempfile.TemporaryDirectory(prefix="music-") as folder:
            samples = Path(folder) / "samples.s16"
            try:
                await self.ffmpeg.run(_decoding(path, samples))
            except FfmpegError as error:
                if "No space left" in error.tail:
                    detail = error.tail[-300:]
                    raise Transient(ErrorCode.STORAGE_FAILED, detail=detail) from error
                if error.reason.startswith("took over"):
                    raise Rejected(
                        ErrorCode.INVALID_INPUT,
                        "This music takes too long to read. Save it as MP3 and upload that.",
                    ) from error
                return None
            if not samples.exists():
                return None
            return samples.stat().st_size / (_RATE * _SAMPLE_BYTES) or None


def _decoding(path: Path, samples: Path) -> list[str]:
    """Few samples are enough to count seconds by."""
    options = [part for name, value in ONE_FILE.items() for part in (f"-{name}", value)]
    until = ["-t", f"{LONGEST_SECONDS + 1:.0f}"]
    plain = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "1", "-ar", str(_RATE)]
    bounds = ["-max_alloc", str(_LARGEST_BLOCK), "-threads", "1"]
    return [*bounds, *options, *until, "-i", f"file:{path}", *plain, "-f", "s16le", str(samples)]
