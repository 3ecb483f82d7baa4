"""Uploaded music under a longer film, or a shorter one: there to the end, and ended softly."""

from pathlib import Path

import pytest
from contracts.mezzanine import SAMPLE_RATE
from stitcher.adapters.beds import SynthesisedBeds
from stitcher.domain.music import Music, bed, prepared
from stitcher.domain.sound import Track

from tests.adapters import media
from tests.adapters.cutting import Room
from tests.adapters.dubbing import DIGEST, dubbed

# Like music it has nothing in common with itself a moment later; a tone would, and could cancel.
NOISE = "anoisesrc=r=44100:c=pink:a=0.3:seed=7"


async def played(folder: Path, music: str, music_seconds: float, film_seconds: float) -> Path:
    """The sound of a film with nothing but uploaded music in it."""
    upload = folder / music
    media.ffmpeg("-f", "lavfi", "-i", NOISE, "-t", str(music_seconds), str(upload))
    beds, path = SynthesisedBeds(), folder / "prepared.wav"
    own, samples = await beds.measure(upload), round(film_seconds * SAMPLE_RATE)
    await beds.prepare(upload, own, samples, path)
    pieces = bed(Music("music", DIGEST, prepared(own)), samples)
    track = Track("music", pieces, ducked=True)
    return await dubbed(Room(folder), [track], {"music": path}, [film_seconds / 4] * 4)


def loudness(sound: Path, at: float) -> float:
    return media.loudness(sound, at, 0.4)


@pytest.mark.parametrize("music", ["long.mp3", "long.flac"])
async def test_music_longer_than_the_film_is_ended_softly(tmp_path: Path, music: str) -> None:
    sound = await played(tmp_path, music, 125, 8)
    steady = loudness(sound, 3.0)
    assert loudness(sound, 0.0) < steady - 3
    assert loudness(sound, 4.5) == pytest.approx(steady, abs=1)
    assert loudness(sound, 6.5) < steady - 3
    assert loudness(sound, 7.6) < steady - 15


async def test_music_shorter_than_the_film_is_repeated_to_its_end(tmp_path: Path) -> None:
    sound = await played(tmp_path, "short.ogg", 2.5, 130)
    steady = loudness(sound, 5.0)
    # Where it is repeated within the prepared file, and where that file itself is.
    for at in (1.8, 40.3, 90.1, 118.6, 120.2, 122.9):
        assert loudness(sound, at) == pytest.approx(steady, abs=2.5), at
    assert loudness(sound, 129.6) < steady - 10


async def test_music_of_a_second_is_enough(tmp_path: Path) -> None:
    sound = await played(tmp_path, "tiny.wav", 1.0, 6)
    steady = loudness(sound, 2.0)
    assert loudness(sound, 3.0) == pytest.approx(steady, abs=4)
    assert steady > -30
