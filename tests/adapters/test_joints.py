"""What transitions look like, measured on two plain pictures: black is black, edges move."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from contracts.values import Transition
from stitcher.adapters.film import FfmpegFilm
from stitcher.domain.segments import Blend, Footage, Span, Window

from tests.adapters import media
from tests.adapters.cutting import PROFILE, engine

WHITE, GREY = 235, 100
"""Luma of the first shot and of the second, as limited range has it."""
Picture = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Footage]:
    folder = tmp_path_factory.mktemp("shots")
    lights = {0: f"lutyuv=y={WHITE}:u=128:v=128", 1: f"lutyuv=y={GREY}:u=128:v=170"}
    return {
        n: Footage(media.clip(folder / f"{n}.mp4", frames=40, filters=light, sound=False))
        for n, light in lights.items()
    }


async def blended(
    shots: dict[int, Footage], kind: Transition, frames: int, path: Path
) -> list[tuple[Picture, Picture]]:
    """Luma and chroma of a transition's frames."""
    window = Window(None, Blend(kind, Span(0, 40 - frames, 40), Span(1, 0, frames)), None)
    await FfmpegFilm(engine()).encode(window, shots, path, PROFILE)
    found: list[tuple[Picture, Picture]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            planes = frame.to_ndarray().astype(np.uint8)
            found.append((planes[: PROFILE.height], planes[PROFILE.height :]))
    return found


@pytest.mark.parametrize("frames", [1, 2, 3, 8, 15, 30])
async def test_a_fade_through_black_is_wholly_black_in_its_middle(
    shots: dict[int, Footage], tmp_path: Path, frames: int
) -> None:
    seen = await blended(shots, Transition.FADE_BLACK, frames, tmp_path / "w.mp4")
    assert len(seen) == frames
    middle = {frames // 2} if frames % 2 or frames == 2 else {frames // 2 - 1, frames // 2}
    for number in middle:
        luma, chroma = seen[number]
        assert (luma.min(), luma.max()) == (16, 16)
        assert (chroma.min(), chroma.max()) == (128, 128)
    light = [float(luma.mean()) for luma, _ in seen]
    half = frames // 2
    assert light[: half + 1] == sorted(light[: half + 1], reverse=True), "it goes"
    assert light[half:] == sorted(light[half:]), "the other comes"
    if frames > 1:
        assert light[0] == pytest.approx(WHITE, abs=1)
    if frames >= 15:
        assert light[-1] > GREY - 15
        colours = [float(chroma.max()) for _, chroma in seen[:half]]
        assert max(colours) < 131, "nothing of the second is seen before the middle"


@pytest.mark.parametrize("kind", [Transition.SLIDE, Transition.WIPE])
async def test_an_edge_moves_from_right_to_left(
    shots: dict[int, Footage], tmp_path: Path, kind: Transition
) -> None:
    seen = await blended(shots, kind, 10, tmp_path / "w.mp4")
    for number, (luma, _) in enumerate(seen):
        row = luma[90].astype(int)
        new = int((row < (WHITE + GREY) // 2).sum())
        assert new == pytest.approx(320 * number / 10, abs=3)
        assert (row[320 - new :] < (WHITE + GREY) // 2).all(), "the new shot is on the right"


@pytest.mark.parametrize("kind", [Transition.SLIDE, Transition.WIPE])
async def test_a_slide_pushes_the_shot_away_and_a_wipe_uncovers_what_is_below(
    tmp_path: Path, kind: Transition
) -> None:
    """A bar in the middle of each shot: a slide moves it, a wipe leaves it where it is."""
    bar = "lutyuv=y=60:u=128:v=128,drawbox=x=150:y=0:w=20:h=180:c=white:t=fill"
    clip = media.clip(tmp_path / "bar.mp4", frames=40, filters=bar, sound=False)
    both = {0: Footage(clip), 1: Footage(clip)}
    luma, _ = (await blended(both, kind, 10, tmp_path / "w.mp4"))[3]
    bars = np.flatnonzero(luma[90] > 180)
    expected = [160 - 96, 160 - 96 + 320] if kind is Transition.SLIDE else [160]
    middles = [x for x in expected if x < 320]
    assert [float(bars.mean())] == pytest.approx(middles, abs=3)


async def test_a_dissolve_shows_pixels_of_one_or_the_other(
    shots: dict[int, Footage], tmp_path: Path
) -> None:
    luma, _ = (await blended(shots, Transition.DISSOLVE, 10, tmp_path / "w.mp4"))[5]
    between = ((luma > GREY + 30) & (luma < WHITE - 30)).mean()
    assert between < 0.35
    assert 0.3 < (luma > (WHITE + GREY) // 2).mean() < 0.7
