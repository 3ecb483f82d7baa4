"""Spoken lines as files: alike, exactly as long as they are to be, hurried or cut off softly."""

import wave
from pathlib import Path

import numpy as np
import pytest
from contracts.mezzanine import SAMPLE_RATE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from stitcher.adapters.recording import Recorder
from stitcher.domain.lines import SPARE

from tests.adapters import media
from tests.adapters.dubbing import tone


def sound(path: Path) -> NDArray[np.int16]:
    """The samples of a file that is as every line has to be."""
    with wave.open(str(path)) as file:
        told = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getcomptype())
        assert told == (1, 2, SAMPLE_RATE, "NONE")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


async def test_lines_are_alike_and_without_silence_around(tmp_path: Path) -> None:
    recorder = Recorder()
    padded = "adelay=500,apad=pad_dur=0.5"
    quiet = tone(tmp_path / "q.wav", f"sine=300:r=22050:d=1,volume=-20dB,{padded}", 2)
    loud = tone(tmp_path / "l.wav", "sine=300:r=48000:d=2,volume=6dB", 2)
    one, two = tmp_path / "q2.wav", tmp_path / "l2.wav"
    first, second = await recorder.tidy(quiet, one), await recorder.tidy(loud, two)
    assert first == (pytest.approx(1.0, abs=0.05), pytest.approx(0.5, abs=0.05))
    assert second == (pytest.approx(2.0, abs=0.05), pytest.approx(0.0, abs=0.05))
    assert first is not None
    assert len(sound(one)) == round(first[0] * SAMPLE_RATE)
    assert media.loudness(one, 0.1, 0.8) == pytest.approx(media.loudness(two, 0.1, 1.0), abs=1)


async def test_a_line_that_fits_is_played_sample_by_sample(tmp_path: Path) -> None:
    tidied, path = tmp_path / "t.wav", tmp_path / "n.wav"
    await Recorder().tidy(tone(tmp_path / "s.wav", "anoisesrc=r=24000:seed=3", 1), tidied)
    said = sound(tidied)
    await Recorder().play(tidied, 1.0, len(said), path)
    assert np.array_equal(sound(path), said)
    await Recorder().play(tidied, 1.0, len(said) + 100, path)
    assert np.array_equal(sound(path), np.pad(said, (0, 100)))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line of a second and a half, in bursts as words are."""
    graph = "sine=300:r=48000,volume='if(lt(mod(t,0.5),0.4),1,0)':eval=frame"
    return tone(tmp_path_factory.mktemp("spoken") / "s.wav", graph, 1.4)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(tempo=st.floats(1.0, 1.6).map(lambda tempo: round(tempo, 4)))
async def test_a_hurried_line_is_there_to_its_end(
    spoken: Path, tmp_path: Path, tempo: float
) -> None:
    path = tmp_path / "n.wav"
    samples = round(1.4 * SAMPLE_RATE / tempo) + SPARE
    await Recorder().play(spoken, tempo, samples, path)
    made = sound(path)
    assert len(made) == samples
    loud = np.flatnonzero(np.abs(made.astype(np.int32)) > 300)
    # The last word ends where it should, and nothing of it was faded out.
    assert loud[-1] == pytest.approx(1.4 * SAMPLE_RATE / tempo, abs=0.03 * SAMPLE_RATE)
    last = made[loud[-1] - 1_500 : loud[-1] - 200]
    assert np.abs(last.astype(np.int32)).max() > 0.6 * np.abs(made.astype(np.int32)).max()


async def test_a_line_that_is_cut_off_ends_softly(tmp_path: Path) -> None:
    tidied, path = tmp_path / "t.wav", tmp_path / "n.wav"
    await Recorder().tidy(tone(tmp_path / "s.wav", "sine=300:r=48000", 2), tidied)
    for tempo in (1.0, 1.6):
        await Recorder().play(tidied, tempo, SAMPLE_RATE // 2, path)
        made = sound(path)
        assert len(made) == SAMPLE_RATE // 2
        assert abs(int(made[-1])) < 20
        assert np.abs(np.diff(made.astype(np.int32))).max() < 400
        assert media.loudness(path, 0.1, 0.3) > -25


async def test_what_is_no_voice_is_not_recorded(tmp_path: Path) -> None:
    silent = tone(tmp_path / "s.wav", "anullsrc=r=24000:cl=mono", 1)
    garbage = tmp_path / "g.wav"
    garbage.write_bytes(b"RIFF" + bytes(200))
    for path in (silent, garbage):
        assert await Recorder().tidy(path, tmp_path / "t.wav") is None
