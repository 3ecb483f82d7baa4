"""ffmpeg's own reports, as shares of what was asked of it."""

from pathlib import Path

from contracts.mezzanine import Mezzanine
from contracts.values import Framing
from stitcher.adapters.film import FfmpegFilm

from tests.adapters import media
from tests.adapters.cutting import engine

FRAMES = 240


async def test_encoding_tells_how_far_it_is(tmp_path: Path) -> None:
    raw = media.clip(tmp_path / "raw.mp4", frames=FRAMES, size="640x360")
    shares: list[float] = []

    async def told(share: float) -> None:
        shares.append(share)

    film, profile = FfmpegFilm(engine()), Mezzanine(180, 320, 30)
    path = tmp_path / "fitted.mp4"
    await film.fit(raw, path, profile, FRAMES, framing=Framing(), on_share=told)
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1.0
