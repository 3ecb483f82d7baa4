"""Beds and uploads as files: exactly as long as they are said to be, repeated without a seam."""

import filecmp
import wave
from pathlib import Path

import numpy as np
import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import SAMPLE_RATE
from numpy.typing import NDArray
from stitcher.adapters import synthesis
from stitcher.adapters.beds import SynthesisedBeds
from stitcher.domain.beds import BEDS
from stitcher.domain.music import ENOUGH, FALL, Music, looped, prepared
from stitcher.domain.sound import Track

from tests.adapters import media
from tests.adapters.cutting import Room
from tests.adapters.dubbing import DIGEST, dubbed, tone


def sound(path: Path) -> NDArray[np.int16]:
    """The samples of a file that is as all music has to be, one row for each channel."""
    with wave.open(str(path)) as file:
        told = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getcomptype())
        assert told == (2, 2, SAMPLE_RATE, "NONE")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2).T


@pytest.mark.parametrize("name", BEDS)
async def test_beds_are_alike_and_go_on_as_they_begin(name: str, tmp_path: Path) -> None:
    beds, path = SynthesisedBeds(), tmp_path / "bed.wav"
    length = synthesis.length(BEDS[name])
    await beds.write(name, path)
    made = sound(path)
    assert beds.samples(name) == length
    assert made.shape == (2, length + FALL)
    assert np.array_equal(made[:, length:], made[:, :FALL])
    once = made[:, :length].astype(np.float64) / 32_767
    assert 20 * np.log10(np.sqrt(np.mean(once**2))) == pytest.approx(-20, abs=0.5)
    steps = np.abs(np.diff(once, axis=1))
    assert np.abs(once[:, 0] - once[:, -1]).max() <= steps.max()
    assert beds.samples("polka") is None


async def test_equal_beds_are_equal_files(tmp_path: Path) -> None:
    paths = [tmp_path / "one.wav", tmp_path / "two.wav"]
    for path in paths:
        await SynthesisedBeds().write("calm", path)
    assert filecmp.cmp(*paths, shallow=False)


async def test_a_loop_has_no_seam_in_a_film(tmp_path: Path) -> None:
    length = 3 * SAMPLE_RATE
    music = tone(tmp_path / "music.wav", "sine=220:r=48000,volume=-6dB", 6)
    pieces = looped(Music("music", DIGEST, length), 10 * SAMPLE_RATE)
    assert len(pieces) == 3
    out = await dubbed(
        Room(tmp_path), [Track("music", pieces, ducked=True)], {"music": music}, [2.5] * 4
    )
    inside = media.steepest(out, 2.0)
    for at in (3.0, 6.0):
        assert media.steepest(out, at) == pytest.approx(inside, rel=0.05)
        assert media.loudness(out, at - 0.1, 0.2) == pytest.approx(
            media.loudness(out, 2.0, 0.2), abs=0.3
        )
    assert media.loudness(out, 9.8, 0.1) < media.loudness(out, 2.0, 0.2) - 12


async def test_uploads_are_heard_before_they_are_taken(tmp_path: Path) -> None:
    beds = SynthesisedBeds()
    assert await beds.measure(tone(tmp_path / "m.mp3", "sine=220:r=44100", 3)) == pytest.approx(
        3 * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE
    )
    for name, content in {"text.mp3": b"no music", "nothing.wav": b""}.items():
        bad = tmp_path / name
        bad.write_bytes(content)
        with pytest.raises(Rejected) as refusal:
            await beds.measure(bad)
        assert refusal.value.code is ErrorCode.INVALID_INPUT


async def test_a_short_upload_is_repeated_with_its_ends_crossed(tmp_path: Path) -> None:
    beds, path = SynthesisedBeds(), tmp_path / "made.wav"
    upload = tone(tmp_path / "m.flac", "sine=220:r=44100", 3)
    own = await beds.measure(upload)
    await beds.prepare(upload, own, 2 * ENOUGH, path)
    assert sound(path).shape == (2, prepared(own))
    assert media.steepest(path, 2.5) < media.steepest(path, 0.3) * 1.6
    whole = sound(path)
    await beds.prepare(upload, own, 5 * SAMPLE_RATE, path)
    assert np.array_equal(sound(path), whole[:, : 5 * SAMPLE_RATE])


@pytest.mark.parametrize("ending", ["mp3", "m4a", "ogg"])
async def test_of_a_long_upload_no_more_is_read_than_a_film_needs(
    tmp_path: Path, ending: str
) -> None:
    beds, path = SynthesisedBeds(), tmp_path / "made.wav"
    upload = tone(tmp_path / f"m.{ending}", "anoisesrc=r=44100:c=pink:a=0.3:seed=7", 121)
    own = await beds.measure(upload)
    assert own >= ENOUGH
    await beds.prepare(upload, own, 2 * SAMPLE_RATE, path)
    assert sound(path).shape == (2, 2 * SAMPLE_RATE)
    await beds.prepare(upload, own, own + SAMPLE_RATE, path)
    assert sound(path).shape == (2, own)
    assert media.loudness(path, 119, 1) == pytest.approx(media.loudness(path, 5, 1), abs=1.5)


async def test_what_is_left_of_damaged_music_is_as_long_as_was_said(tmp_path: Path) -> None:
    beds, path = SynthesisedBeds(), tmp_path / "made.wav"
    upload = tone(tmp_path / "m.mp3", "sine=220:r=44100", 4)
    upload.write_bytes(upload.read_bytes()[: upload.stat().st_size // 2] + bytes(500))
    own = await beds.measure(upload)
    assert 1.5 * SAMPLE_RATE < own < 3 * SAMPLE_RATE
    await beds.prepare(upload, own, own, path)
    assert sound(path).shape == (2, own)
