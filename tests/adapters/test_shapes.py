"""Films of other shapes than their clips: cut around a point, or whole on a blurred ground."""

from pathlib import Path

import av
import pytest
from contracts.mezzanine import Mezzanine
from contracts.values import Clip, Fit, Framing, Transition
from PIL import Image
from stitcher.domain.timeline import Cut, Joint, lay

from tests.adapters import media
from tests.adapters.cutting import Room, check

BLUR = Framing(fit=Fit.BLUR)
MARK = (240, 20, 20)
"""A red square stands at the focus, 24 pixels wide; all else is grey."""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def marked(path: Path, x: int, y: int, frames: int = 12) -> Path:
    """320 x 180, with a white rim and a mark around a point."""
    drawn = (
        "drawbox=c=gray:t=fill,drawbox=c=white:t=8,"
        f"drawbox=x={x - 12}:y={y - 12}:w=24:h=24:c=red:t=fill"
    )
    return media.clip(path, frames=frames, filters=drawn, codec="libx264")


def coloured(path: Path) -> list[Image.Image]:
    with av.open(str(path)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def red(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the mark is seen."""
    channels = picture.convert("RGB").split()
    strong = channels[0].point([255 if value > 150 else 0 for value in range(256)])
    weak = channels[1].point([255 if value < 90 else 0 for value in range(256)])
    return Image.composite(strong, Image.new("L", picture.size), weak).getbbox()


async def shaped(room: Room, path: Path, size: tuple[int, int], framing: Framing) -> Path:
    """A film of two shots of one clip, which fade."""
    ref = await room.add(path)
    clip = Clip(video=ref, poster=ref, width=320, height=180, fps=30, frames=12)
    cuts = [Cut(clip, 12, 0, 12, n) for n in range(2)]
    film = lay(Mezzanine(*size, 30), cuts, [Joint(Transition.FADE, 4)], framing)
    return await room.lay(film)


SHAPES = {
    "16:9": (426, 240), "9:16": (180, 320), "1:1": (240, 240),
}  # fmt: skip


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("size", SHAPES.values(), ids=SHAPES)
async def test_one_clip_gives_films_of_every_shape(
    room: Room, tmp_path: Path, size: tuple[int, int], fit: Fit
) -> None:
    clip = media.clip(tmp_path / "clip.mp4", frames=12)
    film = await shaped(room, clip, size, Framing(fit=fit))
    check(film, 20)
    assert {picture.size for picture in media.pictures(film)} == {size}


@pytest.mark.parametrize("x", [20, 90, 160, 300])
async def test_a_crop_keeps_what_stands_at_its_focus(room: Room, tmp_path: Path, x: int) -> None:
    clip = marked(tmp_path / "clip.mp4", x, 90)
    film = await shaped(room, clip, (180, 320), Framing(focus_x=x / 320))
    for picture in coloured(film):
        box = red(picture)
        assert box is not None
        # 180 x 320 shows a third of the clip's width, enlarged by 320 / 180.
        wide = 24 * 320 / 180
        assert box[2] - box[0] == pytest.approx(wide, abs=4) or x in {20, 300}
        if 60 < x < 260:
            assert (box[0] + box[2]) / 2 == pytest.approx(90, abs=3), "in the middle of the film"


async def test_a_crop_of_an_upright_clip_keeps_its_focus(room: Room, tmp_path: Path) -> None:
    clip = media.clip(
        tmp_path / "clip.mp4", frames=12, size="180x320",
        filters="drawbox=c=gray:t=fill,drawbox=x=70:y=240:w=24:h=24:c=red:t=fill",
    )  # fmt: skip
    ref = await room.add(clip)
    cut = Cut(Clip(video=ref, poster=ref, width=180, height=320, fps=30, frames=12), 12, 0, 12, 0)
    film = await room.lay(lay(Mezzanine(320, 180, 30), [cut], [], Framing(focus_y=252 / 320)))
    box = red(coloured(film)[3])
    assert box is not None
    assert (box[1] + box[3]) / 2 == pytest.approx(90, abs=3)


@pytest.mark.parametrize("size", [(180, 320), (240, 240)])
async def test_in_blur_the_whole_clip_is_seen(
    room: Room, tmp_path: Path, size: tuple[int, int]
) -> None:
    clip = marked(tmp_path / "clip.mp4", 300, 160)
    picture = coloured(await shaped(room, clip, size, BLUR))[0].convert("RGB")
    high = round(size[0] * 180 / 320 / 2) * 2
    top = (size[1] - high) // 2
    grey = picture.convert("L")
    rims = [(size[0] // 2, top + 2), (size[0] // 2, top + high - 3)]
    rims += [(2, size[1] // 2), (size[0] - 3, size[1] // 2)]
    assert all(grey.getpixel(at) > 180 for at in rims), "the clip's rim on all four sides"  # pyright: ignore[reportOperatorIssue]
    scale = size[0] / 320
    mark = picture.getpixel((round(300 * scale), top + round(160 * scale)))
    assert isinstance(mark, tuple)
    assert mark[0] > 180
    assert mark[1] < 90
    ground = media.luma(grey.crop((0, 4, size[0], top - 4)))
    assert 30 < ground < 120, "darker than the clip, and not black"


async def test_another_focus_is_another_film_and_costs_only_what_shows_it(
    room: Room, tmp_path: Path
) -> None:
    clip = media.clip(tmp_path / "clip.mp4", frames=12)
    await shaped(room, clip, (180, 320), Framing())
    first = set(room.segments.kept)
    await shaped(room, clip, (180, 320), Framing(focus_y=0.9))
    assert set(room.segments.kept) == first, "no height is cut off, so nothing changes"
    await shaped(room, clip, (180, 320), Framing(focus_x=0.9))
    added = set(room.segments.kept) - first
    assert len(added) == 3, "the clip fitted and its windows; the sound is the same"
