"""What a file's boxes say, without decoding a picture."""

from pathlib import Path

import pytest
from stitcher.adapters import boxes
from stitcher.adapters.segments import read, turned

from tests.adapters import media


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4) + kind + content


def long(kind: bytes, content: bytes) -> bytes:
    return (1).to_bytes(4) + kind + (16 + len(content)).to_bytes(8) + content


def track(matrix: bytes, version: int) -> bytes:
    before = bytes(boxes.MATRIX[version] - 1)
    return box(b"trak", box(b"tkhd", bytes([version]) + before + matrix + bytes(8)))


SIDEWAYS = bytes.fromhex(
    "00000000 00010000 00000000 ffff0000 00000000 00000000 00000000 00000000 40000000"
)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(("matrix", "wanted"), [(boxes.UPRIGHT, False), (SIDEWAYS, True)])
def test_a_turned_track_is_known_by_its_matrix(
    tmp_path: Path, version: int, matrix: bytes, *, wanted: bool
) -> None:
    path = tmp_path / "clip.mp4"
    index = box(b"moov", box(b"mvhd", bytes(100)) + track(matrix, version))
    path.write_bytes(box(b"ftyp", b"isom") + long(b"mdat", bytes(20)) + index)
    assert boxes.turned(path) is wanted
    assert not boxes.plays_from_its_first_bytes(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(64), b"\xff" * 64, box(b"ftyp", b"isom")])
def test_a_file_that_says_nothing_is_asked_otherwise(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.avi"
    path.write_bytes(content)
    assert boxes.turned(path) is None
    assert not boxes.plays_from_its_first_bytes(path)


def test_real_clips_are_read_as_they_are_decoded(tmp_path: Path) -> None:
    upright, sideways = tmp_path / "upright.mp4", tmp_path / "sideways.mp4"
    media.clip(upright, frames=10)
    media.ffmpeg("-display_rotation", "90", "-i", str(upright), "-c", "copy", str(sideways))
    assert (boxes.turned(upright), turned(upright)) == (False, False)
    assert (boxes.turned(sideways), turned(sideways)) == (True, True)
    assert read(upright).frames == 10
