"""Measuring a media file with PyAV: every packet is read, and pictures only where that is asked."""

import contextlib
import io
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from generator.domain.clip import Probe, Sound, Unusable

JPEG_QUALITY = 86


def probe(path: Path) -> Probe:
    """Measure a file. Raises ``Unusable`` if it is no video."""
    if not path.is_file() or path.stat().st_size == 0:
        raise _unusable("the file is empty")
    with _readable(path) as container:
        return _measure(container)


def check_plays(path: Path) -> None:
    """Decode the first picture, and all from the last keyframe on. Raises ``Unusable``."""
    with _readable(path) as container:
        _decode_ends(container, container.streams.video[0])


@contextlib.contextmanager
def _readable(path: Path) -> Generator[InputContainer]:
    try:
        with av.open(str(path)) as container:
            yield container
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise _unusable(f"{type(error).__name__}: {error}") from error


def still(path: Path, frame: int, fps: int) -> bytes:
    """One picture of a mezzanine as JPEG: number ``frame``, or the last one.

    Only what lies between the keyframe before it and itself is decoded.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        at = frame / fps
        container.seek(int(at / (stream.time_base or 1)), stream=stream)
        picture = None
        for decoded in container.decode(stream):
            picture = decoded
            if decoded.time >= at - 0.5 / fps:
                break
        if picture is None:
            raise _unusable("no picture can be decoded")
        buffer = io.BytesIO()
        image = cast("Image.Image", picture.to_image())  # pyright: ignore[reportUnknownMemberType]
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return buffer.getvalue()


def _unusable(detail: str) -> Unusable:
    return Unusable("The provider sent a clip that cannot be played", detail=detail[:500])


def _measure(container: InputContainer) -> Probe:
    if not container.streams.video:
        raise ValueError("no video stream")
    video = container.streams.video[0]
    base = video.time_base or Fraction(1, 1)
    shown: list[int] = []
    keys: set[int] = set()
    heard = 0
    last_duration = 0
    for packet in container.demux():
        if packet.pts is None or not packet.size:
            continue
        if packet.stream.type == "audio":
            heard += int((packet.duration or 0) * (packet.time_base or 0) * _rate(container))
        elif packet.stream.index == video.index:
            shown.append(packet.pts)
            last_duration = packet.duration or last_duration
            if packet.is_keyframe:
                keys.add(packet.pts)
    if not shown:
        raise ValueError("no pictures")
    shown.sort()
    context = video.codec_context
    return Probe(
        width=context.width,
        height=context.height,
        fps=video.average_rate or Fraction(0),
        frames=len(shown),
        start=float(shown[0] * base),
        seconds=float((shown[-1] + last_duration - shown[0]) * base),
        keyframes=tuple(number for number, pts in enumerate(shown) if pts in keys),
        parameter_sets=bytes(context.extradata or b""),
        codec=context.name,
        pixels=context.pix_fmt or "",
        sound=_sound(container, heard),
    )


def _decode_ends(container: InputContainer, video: VideoStream) -> None:
    container.seek(0, stream=video)
    next(container.decode(video))
    container.seek(video.duration or 0, stream=video)
    if not any(True for _ in container.decode(video)):
        raise ValueError("the last pictures cannot be decoded")


def _rate(container: InputContainer) -> int:
    return container.streams.audio[0].rate


def _sound(container: InputContainer, samples: int) -> Sound | None:
    if not container.streams.audio:
        return None
    audio = container.streams.audio[0]
    return Sound(audio.codec_context.name, audio.rate, audio.channels, samples)
