"""The mezzanine encode beside plain ffmpeg with the same settings, on the same clip."""

import asyncio
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from runtime.ffmpeg import Ffmpeg, OnFrame, OnSeconds

_SOURCE = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=25")
_TONE = ("-f", "lavfi", "-i", "sine=440:r=44100")


@dataclass(frozen=True, slots=True)
class Encoding:
    """Medians in seconds of a clip of ``frames`` frames."""

    frames: int
    ours: float
    plain: float
    runs: int

    @property
    def ratio(self) -> float:
        return self.ours / self.plain


@dataclass(frozen=True, slots=True)
class Listening(Ffmpeg):
    """Remembers what ffmpeg is told."""

    said: list[Sequence[str]] = field(default_factory=list[Sequence[str]])

    async def run(
        self,
        args: Sequence[str],
        *,
        feed: AsyncIterator[bytes] | None = None,
        on_frame: OnFrame | None = None,
        on_seconds: OnSeconds | None = None,
    ) -> None:
        self.said.append(list(args))
        await Ffmpeg.run(self, args, feed=feed, on_frame=on_frame, on_seconds=on_seconds)


def _run(folder: Path, words: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(words, check=True, capture_output=True)


async def _unheard(_: float) -> None:
    """Nobody is told."""


async def encoding(folder: Path, frames: int, runs: int) -> Encoding:
    """Ours with its probes and checks, and the encode alone, in turn."""
    program, source = imageio_ffmpeg.get_ffmpeg_exe(), folder / "raw.mp4"
    length = ("-t", f"{frames / 30 + 0.2:.3f}")
    made = (program, "-y", "-loglevel", "error", *_SOURCE, *_TONE, *length, str(source))
    await asyncio.to_thread(_run, folder, made)
    said: list[Sequence[str]] = []
    ffmpeg = Listening(program, asyncio.Semaphore(1), 600, said)
    maker, profile = FfmpegMezzanine(ffmpeg), Mezzanine(1280, 720, 30)
    await maker.make(source, folder, profile, frames, _unheard)
    words = [*said[-1][:-1], str(folder / "plain.mp4")]
    plain = (program, "-hide_banner", "-nostdin", "-loglevel", "warning", "-y", *words)
    ours_took: list[float] = []
    plain_took: list[float] = []
    for _ in range(runs):
        begun = time.perf_counter()
        await maker.make(source, folder, profile, frames, _unheard)
        ours_took.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await asyncio.to_thread(_run, folder, plain)
        plain_took.append(time.perf_counter() - begun)
    both = (statistics.median(ours_took), statistics.median(plain_took))
    return Encoding(frames, *both, runs)
