"""ffmpeg gives the sound of any file, and none of what is not in that file."""

import asyncio
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from contracts.errors import ErrorCode, Rejected
from runtime.ffmpeg import Ffmpeg
from transcriber.adapters.sound import FfmpegSoundReader
from transcriber.domain.sound import SAMPLE_RATE, Stretch, cut

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TONES = (
    "sine=frequency=440:duration=2:sample_rate=44100,apad=pad_dur=1[a];"
    "sine=frequency=880:duration=2:sample_rate=44100[b];[a][b]concat=n=2:v=0:a=1[out]"
)


def make(path: Path, *options: str, graph: str = TONES) -> Path:
    command = [FFMPEG, "-loglevel", "error", "-y", "-filter_complex", graph, "-map", "[out]"]
    subprocess.run([*command, *options, str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("tones") / "tones.wav", "-ac", "2")


@pytest.fixture
def reader() -> FfmpegSoundReader:
    return FfmpegSoundReader(Ffmpeg(FFMPEG, asyncio.Semaphore(2), timeout=30), max_seconds=60)


def converted(source: Path, path: Path, *options: str) -> Path:
    command = [FFMPEG, "-loglevel", "error", "-y", "-i", str(source), *options, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", ()), ("a.mp3", ()), ("a.m4a", ()), ("a.ogg", ("-c:a", "libopus")),
        ("a.flac", ()), ("a.webm", ("-c:a", "libopus")), ("a.mkv", ("-c:a", "aac")), ("a.aiff", ()),
        ("a.avi", ("-c:a", "mp3")), ("a.ts", ("-c:a", "aac")), ("a.aac", ()), ("a.wma", ()),
        ("a.flv", ("-c:a", "aac")), ("a.mov", ()), ("a.mpg", ("-c:a", "mp2")), ("a.ac3", ()),
    ],
)  # fmt: skip
async def test_every_container_gives_the_same_sound(
    reader: FfmpegSoundReader, tones: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    sound = await reader.read(converted(tones, tmp_path / name, *options), tmp_path)
    assert sound.seconds == pytest.approx(5.0, abs=0.15)
    (silence,) = sound.silences
    assert silence.start == pytest.approx(2.0, abs=0.15)
    assert silence.end == pytest.approx(3.0, abs=0.15)
    first, last = cut(sound.seconds, sound.silences, 4.0)
    assert first.end == pytest.approx(2.5, abs=0.15)
    samples = await reader.samples(sound, last)
    assert len(samples) == round(last.seconds * SAMPLE_RATE) * 2
    assert first.end + len(samples) / 2 / SAMPLE_RATE == pytest.approx(sound.seconds)


async def test_a_film_with_a_picture_gives_its_sound(
    reader: FfmpegSoundReader, tones: Path, tmp_path: Path
) -> None:
    picture = ("-f", "lavfi", "-i", "color=red:size=64x64:rate=5:duration=5")
    film = converted(tones, tmp_path / "film: it's [a], b;c.mp4", *picture, "-shortest")
    folder = tmp_path / "with: odd 'signs' [in], it;"
    folder.mkdir()
    sound = await reader.read(film, folder)
    assert sound.seconds == pytest.approx(5.0, abs=0.15)
    assert len(sound.silences) == 1


async def test_the_same_file_gives_the_same_pieces(
    reader: FfmpegSoundReader, tones: Path, tmp_path: Path
) -> None:
    source = converted(tones, tmp_path / "a.mp3")
    pieces: list[bytes] = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sound = await reader.read(source, tmp_path / name)
        pieces.append(await reader.samples(sound, Stretch(0.5, 1.5)))
    assert pieces[0] == pieces[1]
    assert len(pieces[0]) == 2 * SAMPLE_RATE


async def test_a_sound_that_is_too_long_is_refused_before_it_is_read(
    tones: Path, tmp_path: Path
) -> None:
    reader = FfmpegSoundReader(Ffmpeg("/nowhere/ffmpeg", asyncio.Semaphore(1)), max_seconds=3.6)
    with pytest.raises(Rejected, match=r"longer than 0\.001 hours") as caught:
        await reader.read(tones, tmp_path)
    assert caught.value.code is ErrorCode.INVALID_INPUT


async def test_a_length_that_nobody_told_is_measured_and_never_read_past_the_limit(
    tones: Path, tmp_path: Path
) -> None:
    raw = converted(tones, tmp_path / "a.aac")
    reader = FfmpegSoundReader(Ffmpeg(FFMPEG, asyncio.Semaphore(1)), max_seconds=2)
    many = tmp_path / "many.aac"
    many.write_bytes(raw.read_bytes() * 40)
    with pytest.raises(Rejected, match="longer than"):
        await reader.read(many, tmp_path)
    left = tmp_path / "samples.s16"
    assert not left.exists() or left.stat().st_size <= 3 * SAMPLE_RATE * 2


async def test_a_picture_without_sound_is_told_so(
    reader: FfmpegSoundReader, tmp_path: Path
) -> None:
    silent = make(tmp_path / "a.mp4", graph="color=red:size=64x64:rate=5:duration=1[out]")
    with pytest.raises(Rejected, match="no sound") as caught:
        await reader.read(silent, tmp_path)
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"ID3\x04" + bytes(400), b"\x1aE\xdf\xa3" + bytes(400), bytes(range(256)) * 40,
     b"\x00\x00\x00\x20ftypisom" + b"\xff" * 500],
)  # fmt: skip
async def test_what_is_no_sound_is_refused_with_the_next_step(
    reader: FfmpegSoundReader, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.mp3").write_bytes(data)
    with pytest.raises(Rejected) as caught:
        await reader.read(tmp_path / "a.mp3", tmp_path)
    assert "pload" in caught.value.message
    assert str(tmp_path) not in caught.value.message


async def test_a_cut_off_file_gives_what_is_there(
    reader: FfmpegSoundReader, tones: Path, tmp_path: Path
) -> None:
    whole = converted(tones, tmp_path / "a.mp3").read_bytes()
    (tmp_path / "b.mp3").write_bytes(whole[: len(whole) // 2])
    sound = await reader.read(tmp_path / "b.mp3", tmp_path)
    assert 1.5 < sound.seconds < 4


@pytest.mark.parametrize("form", ["hls", "concat", "dash", "sdp"])
async def test_a_list_of_other_files_is_never_followed(
    reader: FfmpegSoundReader, tones: Path, tmp_path: Path, form: str
) -> None:
    texts = {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{tones}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{tones}'\n",
        "dash": f"<?xml version='1.0'?><MPD><Period><BaseURL>{tones}</BaseURL></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    }
    (tmp_path / "a.mp3").write_text(texts[form])
    with pytest.raises(Rejected) as caught:
        await reader.read(tmp_path / "a.mp3", tmp_path)
    assert caught.value.code is ErrorCode.INVALID_INPUT
