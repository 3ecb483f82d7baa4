"""What is made of pictures while scenes arrive, on fakes: the film finds all of it."""

import pytest
from contracts.documents import Line
from contracts.events import ScenesPlanned
from contracts.values import TitleSettings, Transition
from runtime.objects import put_model

from tests.unit.stitcher.desk import Desk
from tests.unit.stitcher.makers import FakePainter
from tests.unit.stitcher.making import FOLDER, JOB, captioned, generated, plan, planned
from tests.unit.stitcher.speaking import FakeVoice

FADES = planned(3, transition=Transition.FADE)
TITLES = TitleSettings(title="A film", end="Fin", seconds=2.0)


def titled(event: ScenesPlanned) -> ScenesPlanned:
    chosen = {"titles": TITLES}
    return event.model_copy(update={"settings": event.settings.model_copy(update=chosen)})


async def arrived(desk: Desk, event: ScenesPlanned, *, last: int = 2) -> list[str]:
    """What was encoded once all scenes but the last were there, each by its rows."""
    whole = dict(desk.parts.kept)
    desk.parts.kept.clear()
    for part in (part for part in whole.values() if part.scene_index != last):
        await desk.parts.keep_part(generated(part.scene_index))
        await desk.shot(event, part.scene_index)
    await desk.window(event, 0)
    desk.parts.kept.update(whole)
    return desk.encoded()


async def test_captions_are_drawn_on_scenes_and_joints_as_they_arrive(desk: Desk) -> None:
    desk.voice = FakeVoice()
    event = captioned(FADES)
    # Scenes of a second that give 15 frames to each joint: the middle one has none of its own.
    assert await arrived(desk, event) == ["captioned window 15"] * 2
    await desk.stitch(event)
    assert desk.encoded() == ["captioned window 15"] * 2


async def test_captions_ahead_follow_the_voices_of_all_scenes(desk: Desk) -> None:
    """A line that takes longer than its scene moves those after it."""
    desk.voice = FakeVoice()
    words = plan(*([Line(text=text)] for text in ("One, which goes on.", "Two.", "Three.")))
    await put_model(desk.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    event = captioned(planned(3))
    ahead = await arrived(desk, event)
    await desk.stitch(event)
    assert len(ahead) == 2
    assert len(desk.encoded()) == 1


async def test_cards_are_made_with_the_scenes_that_they_stand_on(desk: Desk) -> None:
    desk.painter = FakePainter()
    event = titled(planned(3))
    assert await arrived(desk, event) == ["still 45", "window 15"]
    await desk.stitch(event)
    assert desk.encoded() == ["still 45", "window 15"], "the end card, and how it comes"


@pytest.mark.parametrize("scene", [0, 2])
async def test_a_card_that_cannot_be_drawn_is_left_to_the_film(desk: Desk, scene: int) -> None:
    desk.painter = FakePainter()
    event = planned(3)
    titles = TitleSettings(title="\u8a69", end="\u8a69")
    chosen = event.settings.model_copy(update={"titles": titles})
    await desk.shot(event.model_copy(update={"settings": chosen}), scene)
    assert desk.encoded() == []


async def test_letters_without_a_font_are_drawn_on_nothing_ahead(desk: Desk) -> None:
    words = plan(*([Line(text=text)] for text in ("\u8a69", "Two.", "Three.")))
    await put_model(desk.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    assert await arrived(desk, captioned(FADES)) == ["window 15"]


async def test_clips_of_which_nothing_is_left_to_make_are_not_brought_in(desk: Desk) -> None:
    """All pictures are captioned and kept, and so is their sound: nothing is copied either."""
    desk.voice = FakeVoice()
    event = captioned(FADES)
    made = await desk.stitch(event)
    for index in range(3):
        await desk.store.delete(f"{FOLDER}/clips/{index}-1.mp4")
    desk.encoded()
    again = await desk.stitch(event)
    assert desk.encoded() == []
    assert again.video.sha256 == made.video.sha256
