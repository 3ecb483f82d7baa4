"""The boxes of an MP4 file, as far as nothing has to be decoded for them (ISO/IEC 14496-12)."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

HEADER: Final = 8
LONG: Final = 1
"""The size that says that the size follows the header, in eight bytes."""
UPRIGHT: Final = bytes.fromhex(
    "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000"
)
"""The matrix of a track that is shown as it is."""
MATRIX: Final = {0: 40, 1: 52}
"""Where it stands in a track's header, by the header's version."""


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and end of the content of each box between two places of a file."""
    while start + HEADER <= end:
        file.seek(start)
        header = file.read(2 * HEADER)
        size, kind = int.from_bytes(header[:4]), header[4:HEADER]
        inner = start + HEADER
        if size == LONG:
            size, inner = int.from_bytes(header[HEADER:]), inner + HEADER
        following = start + size if size else end
        if not inner <= following <= end:
            return
        yield kind, inner, following
        start = following


def plays_from_its_first_bytes(path: Path) -> bool:
    """Whether the index stands before the media."""
    with path.open("rb") as file:
        for kind, _, _ in boxes(file, 0, path.stat().st_size):
            if kind in {b"moov", b"mdat"}:
                return kind == b"moov"
    return False


def turned(path: Path) -> bool | None:
    """Whether players are told to turn a track; ``None`` if the file does not say (no MP4)."""
    with path.open("rb") as file:
        tracks = [
            _matrix(file, start)
            for index in _within(file, b"moov", 0, path.stat().st_size)
            for track in _within(file, b"trak", *index)
            for start, _ in _within(file, b"tkhd", *track)
        ]
    return any(matrix != UPRIGHT for matrix in tracks) if tracks else None


def _within(file: BinaryIO, wanted: bytes, start: int, end: int) -> list[tuple[int, int]]:
    return [(first, last) for kind, first, last in boxes(file, start, end) if kind == wanted]


def _matrix(file: BinaryIO, start: int) -> bytes:
    file.seek(start)
    version = file.read(1)
    file.seek(start + MATRIX[1 if version == b"\x01" else 0])
    return file.read(len(UPRIGHT))
