"""Packets of clips: what they are, and how they become one film. PyAV, in a thread."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine

Timed = tuple[float, int, Any]
"""A packet with its time of decoding in seconds, and its stream's place among equals."""

TICKS = 512
"""Of the film's time base, per frame."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A clip's picture. ``delay`` is by how many frames decoding runs ahead of showing."""

    path: Path
    width: int
    height: int
    fps: Fraction
    ranks: tuple[int, ...]
    delay: int
    starts_with_key: bool
    parameter_sets: bytes
    has_sound: bool

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return len(self.ranks)

    def fits(self, profile: Mezzanine, frames: int, parameter_sets: bytes) -> bool:
        """Whether its packets may stand in the film as they are."""
        return (
            (self.width, self.height, self.fps) == (profile.width, profile.height, profile.fps)
            and self.frames == frames
            and self.starts_with_key
            and self.parameter_sets == parameter_sets
        )


def read(path: Path) -> Segment:
    """Measure a clip. Raises ``Rejected(STITCH_FAILED)`` if it has no readable picture."""
    try:
        with av.open(str(path)) as container:
            return _segment(path, container)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise failed(f"{path.name}: {error}") from error


def failed(detail: str) -> Rejected:
    """The stitcher's error, with the end of what is known about it."""
    return Rejected(ErrorCode.STITCH_FAILED, detail=detail[-2_000:])


def _segment(path: Path, container: InputContainer) -> Segment:
    video = container.streams.video[0]
    shown: list[int] = []
    starts_with_key = False
    for packet in container.demux(video):
        if packet.pts is None or not packet.size:
            continue
        starts_with_key = packet.is_keyframe if not shown else starts_with_key
        shown.append(packet.pts)
    place = {pts: rank for rank, pts in enumerate(sorted(shown))}
    ranks = tuple(place[pts] for pts in shown)
    context = video.codec_context
    return Segment(
        path=path,
        width=context.width,
        height=context.height,
        fps=video.average_rate or Fraction(0),
        ranks=ranks,
        delay=max((number - rank for number, rank in enumerate(ranks)), default=0),
        starts_with_key=starts_with_key and ranks[:1] == (0,),
        parameter_sets=bytes(context.extradata or b""),
        has_sound=bool(container.streams.audio),
    )


def join(segments: Sequence[Segment], sound: Path, film: Path, profile: Mezzanine) -> None:
    """Write the film: every segment's packets in a row, and one sound.

    Packets are placed by their order of showing, never by a clip's own clock: a clip's clock is
    off by its decoding delay, which would shift every cut.
    """
    try:
        with (
            av.open(str(sound)) as heard,
            av.open(str(segments[0].path)) as pattern,
            av.open(str(film), "w", format="mp4", options={"movflags": "+faststart"}) as out,
        ):
            video = _like(out, pattern.streams.video[0], Fraction(1, profile.fps * TICKS))
            source = heard.streams.audio[0]
            audio = _like(out, source, cast("Fraction", source.time_base))
            pictures = _pictures(segments, video, profile.fps)
            sounds = _sounds(heard, audio)
            for _, _, packet in heapq.merge(pictures, sounds, key=lambda item: item[:2]):
                out.mux(packet)  # pyright: ignore[reportUnknownMemberType]
    except av.error.FFmpegError as error:
        raise failed(f"joining: {error}") from error


def _like(out: OutputContainer, pattern: Stream, base: Fraction) -> Stream:
    stream: Stream = out.add_stream_from_template(pattern)  # pyright: ignore[reportUnknownMemberType]
    stream.time_base = base
    return stream


def _pictures(segments: Sequence[Segment], stream: Stream, fps: int) -> Iterator[Timed]:
    delay = max(segment.delay for segment in segments)
    first = 0
    for segment in segments:
        with av.open(str(segment.path)) as container:
            packets: Any = (p for p in container.demux(container.streams.video[0]) if p.size)
            for number, (packet, rank) in enumerate(zip(packets, segment.ranks, strict=True)):
                packet.stream = stream
                packet.time_base = Fraction(1, fps * TICKS)
                packet.pts = (first + rank) * TICKS
                packet.dts = (first + number - delay) * TICKS
                packet.duration = TICKS
                yield (first + number - delay) / fps, 0, packet
        first += segment.frames


def _sounds(container: InputContainer, stream: Stream) -> Iterator[Timed]:
    packets: Any = container.demux(container.streams.audio[0])
    for packet in packets:
        if packet.dts is None or not packet.size:
            continue
        at = float(packet.dts * packet.time_base)
        packet.stream = stream
        yield at, 1, packet


def verify(film: Path, profile: Mezzanine, frames: int) -> None:
    """Refuse a film that is not exactly what was planned. Raises ``Rejected(STITCH_FAILED)``."""
    made = read(film)
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        base = cast("Fraction", video.time_base)
        start = (video.start_time or 0) * base
        heard = (audio.duration or 0) * cast("Fraction", audio.time_base)
    checks = {
        "size": (made.width, made.height) == (profile.width, profile.height),
        "rate": made.fps == profile.fps,
        "frames": made.frames == frames,
        "start": start == 0,
        "sound": abs(heard - Fraction(frames, profile.fps)) < Fraction(1, profile.fps),
        "order of boxes": _plays_from_its_first_bytes(film),
    }
    if wrong := [name for name, right in checks.items() if not right]:
        raise failed(f"the film has the wrong {', '.join(wrong)}")


def _plays_from_its_first_bytes(path: Path) -> bool:
    """Whether the index stands before the media."""
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8:  # noqa: PLR2004
            size, kind = int.from_bytes(header[:4]), header[4:]
            if kind in {b"moov", b"mdat"}:
                return kind == b"moov"
            file.seek(max(size, 8) - 8, 1)
    return False
