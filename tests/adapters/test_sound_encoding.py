"""How near the encoded sound stays to what was mixed."""

from pathlib import Path

import av
import numpy as np
import pytest
from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from numpy.typing import NDArray

from tests.adapters import media

SOURCES = {
    "tones": "aevalsrc=0.3*sin(2*PI*220*t)+0.2*sin(2*PI*1320*t)+0.1*sin(2*PI*5280*t):s=48000",
    "noise": "anoisesrc=r=48000:c=pink:a=0.5:seed=1",
}


def samples(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
        parts = [
            part.to_ndarray().astype(np.float32)
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(parts, axis=1)


def nearness(source: Path, encoded: Path) -> float:
    """The sound beside what encoding did to it, dB."""
    one, two = samples(source), samples(encoded)
    length = min(one.shape[1], two.shape[1])
    lost = one[:, :length] - two[:, :length]
    return float(10 * np.log10(np.square(one).mean() / np.square(lost).mean()))


@pytest.mark.parametrize("name", SOURCES)
def test_the_quick_search_stays_nearer_to_the_source_than_the_long_one(
    tmp_path: Path, name: str
) -> None:
    source = tmp_path / "source.wav"
    media.ffmpeg("-f", "lavfi", "-i", SOURCES[name], "-t", "3", "-ac", "2", str(source))
    ours = Mezzanine(320, 180, 30).audio_options()
    found: dict[str, float] = {}
    for search in (ours["aac_coder"], "twoloop"):
        path = tmp_path / f"{search}.mp4"
        options = ours | {"aac_coder": search}
        media.ffmpeg(
            "-i", str(source), *(w for k, v in options.items() for w in (f"-{k}", v)), str(path)
        )
        found[search] = nearness(source, path)
    assert len(found) == 2
    assert found[ours["aac_coder"]] > found["twoloop"]
