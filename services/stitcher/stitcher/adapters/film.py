"""One film from many clips: copied packets, one pass of sound, strangers encoded first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ffmpeg
from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from runtime.ffmpeg import Ffmpeg, FfmpegError

from stitcher.adapters.segments import Segment, failed, join, read, verify

graph: Any = ffmpeg
"""The library has no types."""


@dataclass(frozen=True, slots=True)
class FfmpegFilm:
    """Implements the ``FilmMaker`` port."""

    ffmpeg: Ffmpeg
    _parameter_sets: dict[Mezzanine, bytes] = field(default_factory=dict[Mezzanine, bytes])

    async def make(
        self, clips: Sequence[tuple[Path, int]], folder: Path, profile: Mezzanine
    ) -> Path:
        """A film of ``clips``, each a file and its exact number of frames, in ``folder``.

        Raises ``Rejected(STITCH_FAILED)`` with the end of ffmpeg's log.
        """
        try:
            segments = [await asyncio.to_thread(read, path) for path, _ in clips]
            sound = folder / "sound.m4a"
            lengths = [frames for _, frames in clips]
            await self.ffmpeg.run(_sounding(segments, lengths, sound, profile))
            wanted = await self._reference(folder, profile)
            fitting = [
                await self._fitted(segment, frames, folder / f"fitted-{n}.mp4", profile, wanted)
                for n, (segment, frames) in enumerate(zip(segments, lengths, strict=True))
            ]
        except FfmpegError as error:
            raise failed(f"{error.reason}: {error.tail}") from error
        film = folder / "film.mp4"
        await asyncio.to_thread(join, fitting, sound, film, profile)
        await asyncio.to_thread(verify, film, profile, sum(lengths))
        return film

    async def _fitted(
        self, segment: Segment, frames: int, path: Path, profile: Mezzanine, wanted: bytes
    ) -> Segment:
        """The segment itself if it fits the profile, else its picture encoded anew."""
        if segment.fits(profile, frames, wanted):
            return segment
        await self.ffmpeg.run(_normalising(segment.path, path, profile, frames))
        made = await asyncio.to_thread(read, path)
        if not made.fits(profile, frames, wanted):
            raise failed(f"{segment.path.name} does not fit after encoding: {made.frames} frames")
        return made

    async def _reference(self, folder: Path, profile: Mezzanine) -> bytes:
        """The parameter sets that the profile gives, from a clip of one frame."""
        if profile not in self._parameter_sets:
            path = folder / "reference.mp4"
            source = f"color=c=gray:s={profile.width}x{profile.height}:r={profile.fps}"
            picture = graph.input(source, f="lavfi").video
            await self.ffmpeg.run(_encoding(picture, path, profile, 1))
            made = await asyncio.to_thread(read, path)
            self._parameter_sets[profile] = made.parameter_sets
        return self._parameter_sets[profile]


def _encoding(picture: Any, path: Path, profile: Mezzanine, frames: int) -> list[str]:
    for name, settings in profile.picture_filters():
        picture = picture.filter(name, **settings)
    options = profile.video_options(frames) | profile.container_options()
    args: list[str] = graph.output(
        picture, str(path), **options, **{"frames:v": str(frames)}
    ).get_args()
    return args


def _normalising(source: Path, path: Path, profile: Mezzanine, frames: int) -> list[str]:
    """Any picture: rate, then size filled and cropped, the last frame held if it is short."""
    picture = (
        graph.input(str(source))
        .video.filter("fps", profile.fps)
        .filter(
            "scale",
            profile.width,
            profile.height,
            force_original_aspect_ratio="increase",
            flags="bicubic",
            out_color_matrix="bt709",
            out_range="tv",
        )
        .filter("crop", profile.width, profile.height)
        .filter("tpad", stop_mode="clone", stop=frames)
    )
    return _encoding(picture, path, profile, frames)


def _sounding(
    segments: Sequence[Segment], lengths: Sequence[int], path: Path, profile: Mezzanine
) -> list[str]:
    """Every clip's sound cut or padded to its pictures, in a row, encoded once."""
    sounds: list[Any] = []
    first = 0
    for segment, frames in zip(segments, lengths, strict=True):
        samples = profile.samples(first + frames) - profile.samples(first)
        first += frames
        if segment.has_sound:
            taken = graph.input(str(segment.path), vn=None).audio.filter("aresample", SAMPLE_RATE)
        else:
            taken = graph.input(f"anullsrc=r={SAMPLE_RATE}:cl=stereo", f="lavfi").audio
        sounds.append(
            taken.filter("aformat", channel_layouts="stereo")
            .filter("apad", whole_len=samples)
            .filter("atrim", end_sample=samples)
        )
    whole = graph.concat(*sounds, v=0, a=1)
    args: list[str] = graph.output(
        whole, str(path), **profile.audio_options(), **profile.container_options()
    ).get_args()
    return args
