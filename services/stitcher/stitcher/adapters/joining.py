"""Stretches of packets become one film, which is then measured. PyAV, in a thread."""

import errno
import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import av
import av.error
from av.container import OutputContainer
from av.stream import Stream
from contracts.errors import ErrorCode, Transient
from contracts.mezzanine import SAMPLE_RATE, Mezzanine

from stitcher.adapters.boxes import plays_from_its_first_bytes
from stitcher.adapters.segments import UNDECODED, Stretch, failed, read
from stitcher.domain.chapters import Chapter
from stitcher.domain.passages import PACKET

Timed = tuple[float, int, Any]
"""A packet with its time of decoding in seconds, and its stream's place among equals."""

Sound = tuple[Path, int, int]
"""A file, how many of its packets are left out, and how many are taken."""

TICKS = 512
"""Of the film's time base, per frame."""


def join(
    stretches: Sequence[Stretch],
    sounds: Sequence[Sound],
    film: Path,
    profile: Mezzanine,
    chapters: Sequence[Chapter] = (),
) -> None:
    """Write the film: every stretch's packets in a row, and every sound's.

    Packets are placed by their order of showing, never by a clip's own clock: a clip's clock is
    off by its decoding delay, which would shift every cut. Raises ``Rejected(STITCH_FAILED)``, or
    ``Transient`` if the disk is full.
    """
    try:
        with (
            av.open(str(sounds[0][0]), options=UNDECODED) as heard,
            av.open(str(stretches[0].segment.path), options=UNDECODED) as pattern,
            av.open(
                str(film),
                "w",
                format="mp4",
                options={"movflags": "+faststart", "movie_timescale": str(profile.fps * TICKS)},
            ) as out,
        ):
            video = _like(out, pattern.streams.video[0], Fraction(1, profile.fps * TICKS))
            audio = _like(out, heard.streams.audio[0], Fraction(1, SAMPLE_RATE))
            out.set_chapters([_chapter(one, profile.fps) for one in chapters])
            pictures = _pictures(stretches, video, profile.fps)
            samples = profile.samples(sum(len(stretch.ranks) for stretch in stretches))
            played = _sounds(sounds, audio, samples)
            for _, _, packet in heapq.merge(pictures, played, key=lambda item: item[:2]):
                out.mux(packet)  # pyright: ignore[reportUnknownMemberType]
    except av.error.FFmpegError as error:
        if error.errno == errno.ENOSPC:
            raise Transient(ErrorCode.STITCH_FAILED, detail=f"joining: {error}") from error
        raise failed(f"joining: {error}") from error


def _chapter(one: Chapter, fps: int) -> Any:
    return {
        "id": one.first,
        "start": one.first,
        "end": one.end,
        "time_base": Fraction(1, fps),
        "metadata": {"title": one.title},
    }


def _like(out: OutputContainer, pattern: Stream, base: Fraction) -> Stream:
    stream: Stream = out.add_stream_from_template(pattern)  # pyright: ignore[reportUnknownMemberType]
    stream.time_base = base
    return stream


def _pictures(stretches: Sequence[Stretch], stream: Stream, fps: int) -> Iterator[Timed]:
    # Pictures are shown only after all that is decoded before them: the film runs ahead by as
    # much as its slowest stretch.
    delay = max(stretch.delay for stretch in stretches)
    first = 0
    for stretch in stretches:
        for number, (packet, rank) in enumerate(zip(stretch.packets(), stretch.ranks, strict=True)):
            packet.stream = stream
            packet.time_base = Fraction(1, fps * TICKS)
            packet.pts = (first + rank) * TICKS
            packet.dts = (first + number - delay) * TICKS
            packet.duration = TICKS
            yield (first + number - delay) / fps, 0, packet
        first += len(stretch.ranks)


def _sounds(sounds: Sequence[Sound], stream: Stream, samples: int) -> Iterator[Timed]:
    """Packets of equal length in a row, the first of them before the film begins."""
    pattern = stream.codec_context.extradata
    packets = chain.from_iterable(_taken(sound, pattern) for sound in sounds)
    for number, packet in enumerate(packets, start=-1):
        at = number * PACKET
        packet.stream = stream
        packet.time_base = Fraction(1, SAMPLE_RATE)
        packet.pts = packet.dts = at
        packet.duration = min(PACKET, samples - at)
        yield at / SAMPLE_RATE, 1, packet


def _taken(sound: Sound, pattern: bytes | None) -> Iterator[Any]:
    path, skipped, taken = sound
    with av.open(str(path), options=UNDECODED) as container:
        stream = container.streams.audio[0]
        if stream.codec_context.extradata != pattern:
            raise failed(f"{path.name}: another kind of sound")
        packets: Any = container.demux(stream)
        yield from islice((one for one in packets if one.size), skipped, skipped + taken)


def verify(film: Path, profile: Mezzanine, frames: int) -> None:
    """Refuse a film that is not exactly what was planned. Raises ``Rejected(STITCH_FAILED)``."""
    made = read(film)
    with av.open(str(film), options=UNDECODED) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        base = cast("Fraction", video.time_base)
        start = (video.start_time or 0) * base
        heard = (audio.duration or 0) * cast("Fraction", audio.time_base)
    checks = {
        "size": (made.width, made.height) == (profile.width, profile.height),
        "rate": made.fps == profile.fps,
        "frames": made.frames == frames,
        "clock": made.steady,
        "start": start == 0,
        "sound": abs(heard - Fraction(frames, profile.fps)) < Fraction(1, profile.fps),
        "order of boxes": plays_from_its_first_bytes(film),
    }
    if wrong := [name for name, right in checks.items() if not right]:
        raise failed(f"the film has the wrong {', '.join(wrong)}")
