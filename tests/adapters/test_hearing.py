"""How long a file sounds is found by decoding it, bounded in time, whatever it says of itself."""

import asyncio
from pathlib import Path

import imageio_ffmpeg
import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.music import kind_of
from gateway.hearing import FfmpegHearing
from runtime.ffmpeg import Ffmpeg

from tests.adapters import media


def hearing(timeout: float = 30.0) -> FfmpegHearing:
    return FfmpegHearing(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(2), timeout))


def tune(path: Path, *options: str, seconds: float = 3.0) -> Path:
    sine = ("-f", "lavfi", "-i", "sine=220:r=44100")
    media.ffmpeg(*sine, "-t", str(seconds), *options, str(path))
    return path


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.mp3", ".mp3"),
        ("a.m4a", ".m4a"),
        ("a.aac", ".aac"),
        ("a.ogg", ".ogg"),
        ("a.opus", ".ogg"),
        ("a.flac", ".flac"),
        ("a.wav", ".wav"),
        ("a.aiff", ".aiff"),
    ],
)
async def test_every_kind_of_music_is_known_and_heard(
    tmp_path: Path, name: str, ending: str
) -> None:
    path = tune(tmp_path / name)
    assert kind_of(path.read_bytes()[:64]).ending == ending
    assert await hearing().seconds(path) == pytest.approx(3.0, abs=0.1)


async def test_a_file_is_not_believed(tmp_path: Path) -> None:
    whole = tune(tmp_path / "whole.wav", seconds=4).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 4])
    assert await hearing().seconds(cut) == pytest.approx(1.0, abs=0.1)


async def test_what_cannot_be_heard_has_no_length(tmp_path: Path) -> None:
    silent = media.clip(tmp_path / "silent.mp4", frames=3, sound=False)
    garbage = tmp_path / "garbage.mp3"
    garbage.write_bytes(b"ID3\x04" + bytes(range(256)) * 20)
    secret = tune(tmp_path / "secret.wav")
    lists = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{secret}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
    for path in (silent, garbage, *(tmp_path / name for name in lists)):
        assert await hearing().seconds(path) is None, path.name


async def test_what_takes_too_long_is_refused_and_leaves_no_process(tmp_path: Path) -> None:
    path = tune(tmp_path / "a.mp3", seconds=600)
    before = media.children()
    with pytest.raises(Rejected, match="too long to read") as refusal:
        await hearing(timeout=0.001).seconds(path)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert media.children() <= before


async def test_no_more_is_decoded_than_a_film_may_have(tmp_path: Path) -> None:
    path = tune(tmp_path / "a.flac", "-ar", "8000", seconds=2_000)
    assert await hearing().seconds(path) == pytest.approx(1_801, abs=0.1)
