"""The clips the video stand-in delivers: drawn once per shape and colour, signed per job."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
from contracts.mezzanine import SAMPLE_RATE, Mezzanine

__all__ = ["Clips", "Shape"]

COLOURS = ("steelblue", "indianred", "seagreen", "goldenrod")
"""Scenes that follow each other differ to the eye; more colours would cost an encode each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size in pixels, rate in frames per second, length in frames."""

    width: int
    height: int
    fps: int
    frames: int


@dataclass(slots=True)
class Clips:
    """Real MP4s. ``foreign`` ones have another rate and no sound, as strangers' clips do.

    Those that are not foreign are in the mezzanine profile already, so that a trial of thousands of
    scenes spends its time on scenes and not on encoding.
    """

    folder: Path
    foreign: bool = False
    _made: dict[tuple[Shape, str], asyncio.Task[bytes]] = field(
        default_factory=dict[tuple[Shape, str], asyncio.Task[bytes]]
    )
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def clip(self, shape: Shape, number: int, signature: str) -> bytes:
        """A clip of a shape, in the colour of ``number``; no two signatures give equal bytes."""
        colour = COLOURS[number % len(COLOURS)]
        key = (shape, colour)
        if key not in self._made:
            self._made[key] = asyncio.create_task(self._draw(shape, colour))
        return await asyncio.shield(self._made[key]) + _free(signature)

    async def _draw(self, shape: Shape, colour: str) -> bytes:
        name = f"{shape.width}x{shape.height}-{shape.fps}-{shape.frames}-{colour}.mp4"
        path = self.folder / name
        args = (_foreign if self.foreign else _mezzanine)(shape, colour)
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                imageio_ffmpeg.get_ffmpeg_exe(),
                *("-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
                *args,
                str(path),
            )
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
        if code:
            raise RuntimeError(f"ffmpeg ended with {code}")
        return await asyncio.to_thread(path.read_bytes)


def _mezzanine(shape: Shape, colour: str) -> list[str]:
    profile = Mezzanine(shape.width, shape.height, shape.fps)
    filters = ",".join(
        name + "=" + ":".join(f"{option}={value}" for option, value in options.items())
        for name, options in profile.picture_filters()
    )
    chosen = (
        profile.video_options(shape.frames, drawn=True)
        | profile.audio_options()
        | profile.container_options()
        | {"frames:v": str(shape.frames), "vf": filters}
    )
    sound = f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={profile.samples(shape.frames)}"
    return [*_drawn(shape, colour, shape.fps), "-f", "lavfi", "-i", sound, *_flags(chosen)]


def _foreign(shape: Shape, colour: str) -> list[str]:
    rate = 25 if shape.fps != 25 else 24  # noqa: PLR2004
    frames = -(-shape.frames * rate // shape.fps)
    return [*_drawn(shape, colour, rate), "-frames:v", str(frames), "-c:v", "libx264", "-an"]


def _drawn(shape: Shape, colour: str, rate: int) -> Sequence[str]:
    """A plain picture with a bar that crosses it, so that it moves."""
    size = f"{shape.width}x{shape.height}"
    length = shape.frames / shape.fps
    graph = (
        f"color=c={colour}:s={size}:r={rate}[ground];color=c=white:s=16x16:r={rate}[box];"
        f"[ground][box]overlay=x='(W-w)*t/{length:.3f}':y='(H-h)/2'"
    )
    return "-f", "lavfi", "-i", graph


def _flags(options: dict[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in (f"-{name}", value)]


def _free(text: str) -> bytes:
    """An MP4 box that players skip."""
    data = text.encode()
    return struct.pack(">I", 8 + len(data)) + b"free" + data
