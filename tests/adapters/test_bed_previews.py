"""Previews of beds as files: what a browser needs to play them from anywhere, and what is heard."""

from pathlib import Path

import av
import numpy as np
from contracts.music import BEDS
from stitcher.adapters.previews import FALL, AacPreviews

from tests.adapters import media


async def test_a_preview_is_a_bed_once_through_that_ends_softly(tmp_path: Path) -> None:
    previews, path = AacPreviews(), tmp_path / "bright.m4a"
    assert set(previews.names()) == {bed.name for bed in BEDS}
    await previews.write("bright", path)
    with av.open(str(path)) as container:
        (stream,) = container.streams.audio
        assert (stream.codec_context.name, stream.sample_rate) == ("aac", 48_000)
        assert stream.layout.name == "stereo"
        heard = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    assert abs(heard.shape[1] / 48_000 - previews.seconds("bright")) < 0.05
    end, before = heard[:, -4_800:], heard[:, -FALL - 48_000 : -FALL]
    assert float(np.abs(end).max()) < 0.05 < float(np.abs(before).max())
    assert media.loudness(path, 2.0, 5.0) > -40


async def test_a_preview_can_be_sought_in_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "curious.m4a"
    await AacPreviews().write("curious", path)
    data = path.read_bytes()
    assert data[4:8] == b"ftyp"
    assert data.index(b"moov") < data.index(b"mdat")
    assert len(data) < 600_000
