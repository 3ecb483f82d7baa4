"""Cards, thumbnail and chapters of a film, on fakes: what is drawn, stored and noted."""

from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.events import ScenesPlanned
from contracts.values import ThumbnailSettings, TitleSettings

from tests.unit.stitcher.desk import Desk
from tests.unit.stitcher.makers import FakePainter
from tests.unit.stitcher.making import FOLDER, generated, planned


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.painter = FakePainter()
    return desk


def wishing(**wishes: object) -> ScenesPlanned:
    event = planned(3)
    return event.model_copy(update={"settings": event.settings.model_copy(update=wishes)})


async def test_cards_are_held_before_and_after_the_scenes(desk: Desk, tmp_path: Path) -> None:
    titles = TitleSettings(title="A film", subtitle="of three", end="Fin", seconds=2.0)
    fact = await desk.stitch(wishing(titles=titles))
    assert fact.scenes == 3
    assert fact.frames == 3 * 30 + 2 * 60 - 2 * 15
    assert fact.notes == ()
    drawn = [path.read_bytes() for path in tmp_path.rglob("cards/*.png") if path.is_file()]
    assert b"A film/of three on b'poster0' en" in drawn
    assert b"Fin/ on b'poster2' en" in drawn
    assert sum(text.startswith("still") and "[" not in text for text in desk.films.made) == 2


async def test_the_same_cards_make_the_same_segments(desk: Desk) -> None:
    event = wishing(titles=TitleSettings(title="A film"))
    await desk.stitch(event)
    before = set(desk.segments.kept)
    await desk.stitch(event)
    assert set(desk.segments.kept) == before
    await desk.stitch(wishing(titles=TitleSettings(title="Another")))
    assert len(set(desk.segments.kept) - before) == 2, "the card and its joint"


async def test_a_title_without_a_font_is_noted_and_the_film_is_made(desk: Desk) -> None:
    titles = TitleSettings(title="\u8a69", end="Fin")
    fact = await desk.stitch(wishing(titles=titles))
    assert fact.frames == 90 + 90 - 15
    assert len(fact.notes) == 1
    assert "no title" in fact.notes[0]


async def test_a_card_does_not_need_a_poster_behind_it(desk: Desk) -> None:
    await desk.store.delete(f"{FOLDER}/clips/2-1.jpg")
    fact = await desk.stitch(wishing(titles=TitleSettings(end="Fin")))
    assert fact.notes == ()


@pytest.mark.parametrize(("index", "poster"), [(None, 0), (2, 2), (9, 0)])
async def test_the_chosen_scene_stands_for_the_film(
    desk: Desk, index: int | None, poster: int
) -> None:
    fact = await desk.stitch(wishing(thumbnail=ThumbnailSettings(scene_index=index)))
    assert fact.thumbnail is not None
    assert fact.thumbnail.content_type == "image/jpeg"
    assert await desk.store.get(fact.thumbnail.key) == b"A film on b'poster%d'" % poster
    assert await desk.store.get(fact.poster.key) == b"shaped poster%d" % poster


async def test_a_thumbnail_has_its_own_text_or_none(desk: Desk) -> None:
    fact = await desk.stitch(wishing(thumbnail=ThumbnailSettings(text=" See\nthis ")))
    assert fact.thumbnail is not None
    assert (await desk.store.get(fact.thumbnail.key)).startswith(b"See this on")
    fact = await desk.stitch(wishing(thumbnail=ThumbnailSettings(text="\u8a69")))
    assert fact.thumbnail is not None
    assert "thumbnail" in fact.notes[0]


async def test_a_chosen_scene_without_a_poster_is_named(desk: Desk) -> None:
    await desk.store.delete(f"{FOLDER}/clips/1-1.jpg")
    with pytest.raises(Rejected, match="scene 2") as refused:
        await desk.stitch(wishing(thumbnail=ThumbnailSettings(scene_index=1)))
    assert refused.value.code is ErrorCode.STITCH_FAILED


async def test_chapters_are_in_the_film_and_beside_it_if_they_last(desk: Desk) -> None:
    fact = await desk.stitch(wishing())
    assert fact.chapters is None, "scenes of a second are no chapters for YouTube"
    assert [one.title for one in desk.films.chapters] == ["Scene 1", "Scene 2", "Scene 3"]
    for index in range(3):
        long = generated(index).clip.model_copy(update={"frames": 300})
        part = generated(index, take=2).model_copy(update={"clip": long})
        await desk.parts.keep_part(part)
    fact = await desk.stitch(wishing())
    assert fact.chapters is not None
    listed = (await desk.store.get(fact.chapters.key)).decode()
    assert listed == "0:00 Scene 1\n0:10 Scene 2\n0:20 Scene 3\n"
