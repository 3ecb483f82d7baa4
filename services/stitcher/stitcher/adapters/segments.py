"""Packets of a clip: what they are, and which of them make a stretch. PyAV, in a thread."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import av
import av.error
from av.container import InputContainer
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine

from stitcher.adapters import boxes

REMEMBERED: Final = 256
"""Files: a film's and a few more, at some 10 kB each."""

UNDECODED: Final = {"codec_whitelist": "none"}
"""Options for opening a file by its headers. Else its first pictures are decoded to learn of
what is in the headers already, which costs ten times the reading of all its packets."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A clip's picture, packet by packet in the order of decoding.

    ``ranks`` are the packets' places in the order of showing, ``keys`` the places of IDR frames;
    ``steady`` says that frame ``n`` is shown at ``n / fps`` and that no packet is torn.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    ranks: tuple[int, ...]
    keys: frozenset[int]
    steady: bool
    parameter_sets: bytes
    has_sound: bool

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return len(self.ranks)

    def fits(
        self, profile: Mezzanine, frames: int, parameter_sets: bytes, keys: tuple[int, ...]
    ) -> bool:
        """Whether its packets may stand in the film as they are, to be cut at ``keys``."""
        return (
            (self.width, self.height, self.fps) == (profile.width, profile.height, profile.fps)
            and self.frames == frames
            and self.steady
            and self.parameter_sets == parameter_sets
            and set(keys) <= self.keys
        )

    def stretch(self, start: int, end: int) -> "Stretch":
        """Frames ``start`` to before ``end``. Raises ``Rejected`` if they are not whole groups."""
        last = self.frames if end == self.frames else self._place(end)
        first = self._place(start)
        ranks = tuple(rank - start for rank in self.ranks[first:last])
        if sorted(ranks) != list(range(end - start)):
            raise failed(f"{self.path.name}: frames {start} to {end} cannot be copied")
        return Stretch(self, first, ranks)

    def _place(self, key: int) -> int:
        if key not in self.keys:
            raise failed(f"{self.path.name}: no keyframe at {key}")
        return self.ranks.index(key)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Packets of a segment, from its ``first`` on, with their order of showing from 0."""

    segment: Segment
    first: int
    ranks: tuple[int, ...]

    @property
    def delay(self) -> int:
        """By how many frames decoding runs ahead of showing."""
        return max((number - rank for number, rank in enumerate(self.ranks)), default=0)

    def packets(self) -> Iterator[Any]:
        """The packets, in the order of decoding."""
        with av.open(str(self.segment.path), options=UNDECODED) as container:
            for number, packet in enumerate(_sized(container)):
                if number >= self.first + len(self.ranks):
                    return
                if number >= self.first:
                    yield packet


def failed(detail: str) -> Rejected:
    """The stitcher's error, with the end of what is known about it."""
    return Rejected(ErrorCode.STITCH_FAILED, detail=detail[-2_000:])


def read(path: Path) -> Segment:
    """Measure a clip. Raises ``Rejected(STITCH_FAILED)`` if it has no readable picture."""
    try:
        known = path.stat()
    except OSError as error:
        raise failed(f"{path.name}: {error}") from error
    return _read(path, (known.st_mtime_ns, known.st_size))


@lru_cache(REMEMBERED)
def _read(path: Path, _changed: tuple[int, int]) -> Segment:
    """A file is looked at when it comes and again when it is joined: remember it meanwhile."""
    try:
        with av.open(str(path), options=UNDECODED) as container:
            return _segment(path, container)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise failed(f"{path.name}: {error}") from error


def _sized(container: InputContainer) -> Iterator[Any]:
    """The picture's packets, as far as they can be read: a torn end is simply missing."""
    with suppress(av.error.FFmpegError):
        for packet in container.demux(container.streams.video[0]):
            if packet.pts is not None and packet.size:
                yield packet


def _segment(path: Path, container: InputContainer) -> Segment:
    video = container.streams.video[0]
    packets = [
        (packet.pts, packet.is_keyframe, packet.is_corrupt, packet.time_base)
        for packet in _sized(container)
    ]
    if not packets:
        raise ValueError("no picture")
    shown = sorted({pts for pts, *_ in packets})
    place = {pts: rank for rank, pts in enumerate(shown)}
    fps = video.average_rate or Fraction(0)
    context = video.codec_context
    return Segment(
        path=path,
        width=context.width,
        height=context.height,
        fps=fps,
        ranks=tuple(place[pts] for pts, *_ in packets),
        keys=frozenset(place[pts] for pts, key, *_ in packets if key),
        steady=len(shown) == len(packets)
        and not any(torn for _, _, torn, _ in packets)
        and all(pts * base * fps == place[pts] for pts, _, _, base in packets),
        parameter_sets=bytes(context.extradata or b""),
        has_sound=bool(container.streams.audio),
    )


def turned(path: Path) -> bool:
    """Whether players are told to turn the picture."""
    told = boxes.turned(path)
    if told is not None:
        return told
    with suppress(av.error.FFmpegError), av.open(str(path)) as container:
        for frame in container.decode(video=0):
            return bool(frame.rotation)
    return False
