"""A video's sound through yt-dlp, if its operator has installed it and named its command."""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from contracts.errors import ErrorCode, Rejected, Transient

_TAIL = 4_096
_SOUND = "sound"
_BLOCKED = ("not a bot", "http error 403", "http error 429", "too many requests", "timed out")
_GONE = (
    "private video",
    "video unavailable",
    "has been removed",
    "confirm your age",
    "members-only",
    "in your country",
)
_SILENT = "This video has no sound that can be fetched. Upload its captions, its text or its sound."


@dataclass(frozen=True, slots=True)
class YtDlpSounds:
    """Implements the ``VideoSounds`` port. ``timeout`` bounds a fetch, seconds."""

    command: str
    timeout: float
    max_seconds: float
    max_bytes: int
    proxy: str | None = None

    async def fetch(self, video_id: str, folder: Path) -> Path:
        """The best sound track as a file in ``folder``.

        Raises ``Rejected``: INVALID_SOURCE, TRANSCRIPT_MISSING (no sound, or more than allowed);
        ``Transient``: SOURCE_BLOCKED.
        """
        code, told = await self._run(self._arguments(video_id, folder))
        if code:
            _refuse(told)
        found = await asyncio.to_thread(self._found, folder)
        if found is None:
            raise Rejected(ErrorCode.TRANSCRIPT_MISSING, _SILENT)
        return found

    def _found(self, folder: Path) -> Path | None:
        made = [path for path in folder.glob(f"{_SOUND}.*") if path.suffix != ".part"]
        fits = len(made) == 1 and 0 < made[0].stat().st_size <= self.max_bytes
        return made[0] if fits else None

    def _arguments(self, video_id: str, folder: Path) -> list[str]:
        limits = [
            *("--match-filters", f"!is_live & duration<={self.max_seconds:.0f}"),
            *("--max-filesize", str(self.max_bytes)),
        ]
        way = ["--proxy", self.proxy] if self.proxy else []
        return [
            *("--ignore-config", "--no-playlist", "--no-progress", "--quiet", "--no-cache-dir"),
            *("--format", "bestaudio/best", "--retries", "2", "--socket-timeout", "20"),
            *limits,
            *way,
            *("--output", str(folder / f"{_SOUND}.%(ext)s")),
            *("--", f"https://www.youtube.com/watch?v={video_id}"),
        ]

    async def _run(self, arguments: list[str]) -> tuple[int, str]:
        """Exit code and the end of stderr. The process and its children are gone afterwards."""
        try:
            process = await asyncio.create_subprocess_exec(
                self.command,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Transient(ErrorCode.SOURCE_BLOCKED, detail=f"no command: {error}") from error
        tail = bytearray()
        try:
            async with asyncio.timeout(self.timeout):
                while process.stderr and (block := await process.stderr.read(_TAIL)):
                    tail += block
                    del tail[:-_TAIL]
                code = await process.wait()
        except TimeoutError as error:
            raise Transient(ErrorCode.SOURCE_BLOCKED, detail="the sound took too long") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        return code, tail.decode(errors="replace")


def _refuse(told: str) -> NoReturn:
    said = " ".join(told.lower().split())
    if not any(word in said for word in _BLOCKED) and any(word in said for word in _GONE):
        raise Rejected(
            ErrorCode.INVALID_SOURCE,
            "This video cannot be fetched. Use another, or upload its captions or its sound.",
            detail=said[-300:],
        )
    raise Transient(ErrorCode.SOURCE_BLOCKED, detail=said[-300:])
