"""Clips to the mezzanine profile: kept if they are one already, else encoded once."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ffmpeg
from contracts.mezzanine import CHANNELS, SAMPLE_RATE, Mezzanine
from runtime.ffmpeg import Ffmpeg, FfmpegError, OnFrame

from generator.adapters.probe import check_plays, probe, still
from generator.domain.clip import Probe, Unusable, check_length, check_size, misfits
from generator.domain.provider import OnShare

graph: Any = ffmpeg
"""The library has no types."""

POSTER_AT = 0.4
"""Where in a clip its poster is taken: by then the scene's words are on screen."""

MOST_BROKEN = "0.02"
"""The share of a clip's pictures that may be broken; ffmpeg's own limit is two thirds."""


def shares(on_share: OnShare, frames: int) -> OnFrame:
    """Tells shares of ``frames`` where frames are counted."""

    async def on_frame(frame: int) -> None:
        await on_share(min(1.0, frame / frames))

    return on_frame


def silence(profile: Mezzanine, frames: int) -> Any:
    """A silent sound of exactly the clip's length, as an ffmpeg-python stream."""
    source = f"anullsrc=r={SAMPLE_RATE}:cl=stereo"
    return graph.input(source, f="lavfi").audio.filter("atrim", end_sample=profile.samples(frames))


def output(
    streams: tuple[Any, Any], path: Path, profile: Mezzanine, frames: int, *, drawn: bool = False
) -> list[str]:
    """The arguments for ffmpeg that write a mezzanine of exactly ``frames`` frames.

    ``streams`` are the picture and the sound, as ffmpeg-python streams.
    """
    picture, sound = streams
    for name, settings in profile.picture_filters():
        picture = picture.filter(name, **settings)
    options = (
        profile.video_options(frames, drawn=drawn)
        | profile.audio_options()
        | profile.container_options()
        | {"frames:v": str(frames)}
    )
    args: list[str] = graph.output(picture, sound, str(path), **options).get_args()
    return args


def _normalising(
    source: Path, path: Path, profile: Mezzanine, frames: int, *, has_sound: bool
) -> list[str]:
    """Any clip: rate, then size filled and cropped, the last picture held if it is short."""
    taken = graph.input(str(source))
    picture = (
        taken.video.filter("fps", profile.fps)
        .filter(
            "scale", profile.width, profile.height, force_original_aspect_ratio="increase",
            flags="bicubic", out_color_matrix="bt709", out_range="tv",
        )
        .filter("crop", profile.width, profile.height)
        .filter("tpad", stop_mode="clone", stop_duration=1)
    )  # fmt: skip
    sound = silence(profile, frames)
    if has_sound:
        samples = profile.samples(frames)
        sound = (
            taken.audio.filter("aresample", SAMPLE_RATE)
            .filter("aformat", channel_layouts="stereo" if CHANNELS > 1 else "mono")
            .filter("apad", whole_len=samples)
            .filter("atrim", end_sample=samples)
        )
    return output((picture, sound), path, profile, frames)


@dataclass(frozen=True, slots=True)
class FfmpegMezzanine:
    """Implements the ``MezzanineMaker`` port."""

    ffmpeg: Ffmpeg
    _parameter_sets: dict[Mezzanine, bytes] = field(default_factory=dict[Mezzanine, bytes])

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        """The clip as a mezzanine: ``source`` itself, or a new file in ``folder``.

        Raises ``Unusable`` for a file that is empty, broken, too short or of another size class;
        its detail has the end of what ffmpeg said.
        """
        found = await asyncio.to_thread(probe, source)
        if not await self._misfits(found, folder, profile, frames):
            await asyncio.to_thread(check_plays, source)
            return source
        check_length(found, profile, frames)
        check_size(found, profile)
        path = folder / "mezzanine.mp4"
        has_sound = found.sound is not None
        # The encode decodes every picture anyway, so it is what tells a broken file.
        told = ("-max_error_rate", MOST_BROKEN)
        args = [*told, *_normalising(source, path, profile, frames, has_sound=has_sound)]
        try:
            await self.ffmpeg.run(args, on_frame=shares(on_share, frames))
        except FfmpegError as error:
            raise _refused(error.tail) from error
        made = await asyncio.to_thread(probe, path)
        if wrong := await self._misfits(made, folder, profile, frames):
            raise _refused(f"after encoding: {', '.join(wrong)}")
        return path

    async def poster(self, clip: Path, frames: int, fps: int) -> bytes:
        """A JPEG of the mezzanine, whose rate is ``fps``."""
        return await asyncio.to_thread(still, clip, int(frames * POSTER_AT), fps)

    async def _misfits(
        self, found: Probe, folder: Path, profile: Mezzanine, frames: int
    ) -> list[str]:
        if profile not in self._parameter_sets:
            self._parameter_sets[profile] = await self._reference(folder, profile)
        return misfits(found, profile, frames, self._parameter_sets[profile])

    async def _reference(self, folder: Path, profile: Mezzanine) -> bytes:
        """The parameter sets this profile gives, from a clip of one frame."""
        path = folder / "reference.mp4"
        size = f"{profile.width}x{profile.height}"
        source = f"color=c=gray:s={size}:r={profile.fps}"
        picture = graph.input(source, f="lavfi").video
        await self.ffmpeg.run(output((picture, silence(profile, 1)), path, profile, 1))
        return (await asyncio.to_thread(probe, path)).parameter_sets


def _refused(detail: str) -> Unusable:
    return Unusable("The provider sent a clip that cannot be used", detail=detail[-2_000:])
