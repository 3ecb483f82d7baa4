"""Where passages meet nothing is heard: as if the sound had been encoded in one go."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts.mezzanine import SAMPLE_RATE
from numpy.typing import NDArray
from stitcher.domain.passages import OUT, PACKET
from stitcher.domain.sound import Track

from tests.adapters.cutting import Room
from tests.adapters.dubbing import dubbed, tone, whole
from tests.adapters.test_sound_encoding import samples

SECONDS = 8
PARTS = (1.0, 2.5, 1.0, 2.5, 1.0)
# Speech-like: bursts of noise over tones that never repeat within the film.
SOURCES = {
    "tones": "aevalsrc=0.2*sin(2*PI*220*t)+0.1*sin(2*PI*1327*t)+0.1*sin(2*PI*(300+40*t)*t):s=48000",
    "noise": "anoisesrc=r=48000:c=pink:a=0.4:seed=1",
    "bursts": "aevalsrc=(random(0)-0.5)*lt(mod(t\\,0.37)\\,0.2)+0.05*sin(2*PI*440*t):s=48000",
    # Peaks far over the rest, every tenth of a second: the limiter holds them down by some 3 dB.
    "held": "aevalsrc=0.02*sin(2*PI*330*t)+0.9*sin(2*PI*997*t)*lt(mod(t\\,0.11)\\,0.004):s=48000",
    "loud": "anoisesrc=r=48000:c=brown:a=1:seed=3,volume=9dB",
}


def powers(sound: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The mean power of each packet's length."""
    count = sound.shape[1] // PACKET
    return np.square(sound[:, : count * PACKET]).reshape(2, count, PACKET).mean(axis=(0, 2))


def lost(made: Path, mixed: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of each packet's length without the source, as loud as it came out."""
    sound = samples(made)[:, : mixed.shape[1]]
    return powers(sound - float((sound * mixed).sum() / np.square(mixed).sum()) * mixed)


@pytest.mark.parametrize("name", SOURCES)
async def test_passages_meet_as_if_they_were_one(tmp_path: Path, name: str) -> None:
    """What encoding loses where two meet is no more than it loses elsewhere in one go."""
    source = tone(tmp_path / "source.wav", f"{SOURCES[name]},aformat=channel_layouts=stereo", 8)
    tracks, files = [Track("clips", (whole("a", SECONDS),))], {"a": source}
    films = [await dubbed(room(tmp_path, n), tracks, files, n) for n in (PARTS, (SECONDS,))]
    apart, one = (lost(film, samples(source)) for film in films)
    usual = np.quantile(one[8:-8], 0.98)
    for start in list(accumulate(PARTS))[:-1]:
        near = slice((place := (round(start * SAMPLE_RATE) - OUT) // PACKET) - 2, place + 2)
        assert apart[near].max() < 2 * max(usual, one[near].max())
    assert float(np.median(apart)) < 1.2 * float(np.median(one))


async def test_a_bed_gives_way_alike_on_both_sides(tmp_path: Path) -> None:
    """A voice that ends before a passage does is still felt after it."""
    files = {
        "music": tone(tmp_path / "m.wav", "anoisesrc=r=48000:c=pink:a=0.2:seed=2", SECONDS),
        "voice": tone(tmp_path / "v.wav", "sine=2000:r=48000", 2),
    }
    tracks = [
        Track("narration", (whole("voice", 2, 0.98),), leads=True),
        Track("music", (whole("music", SECONDS),), -6.0, ducked=True),
    ]
    films = [await dubbed(room(tmp_path, n), tracks, files, n) for n in (PARTS, (SECONDS,))]
    apart, one = (powers(samples(film)) for film in films)
    difference = 10 * np.log10(apart / one)[4:-4]
    smooth = np.convolve(difference, np.ones(16) / 16, "valid")
    assert float(np.abs(smooth).max()) < 0.3


def room(folder: Path, parts: Sequence[float]) -> Room:
    own = folder / str(len(parts))
    own.mkdir()
    return Room(own)
