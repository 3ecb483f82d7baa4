"""The real stitcher, scene by scene: what is made ahead is there when the last scene arrives."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.documents import Line
from contracts.events import SceneGenerated, ScenesPlanned, VideoStitched
from contracts.values import CaptionSettings, SoundSettings, TitleSettings, Transition
from runtime.objects import put_model
from stitcher.adapters.segments import read
from stitcher.main import build
from stitcher.settings import Settings
from studio.embedded.broker import MockBroker

from tests.adapters import media
from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.unit.stitcher.making import FOLDER, JOB, generated, plan, planned

COUNT, FRAMES = 4, 60


def asked() -> ScenesPlanned:
    """Four scenes that fade into each other, one as loud as the other."""
    event = planned(COUNT, transition=Transition.FADE)
    settings = event.settings.model_copy(update={"sound": SoundSettings(narration=False)})
    scenes = tuple(scene.model_copy(update={"frames": FRAMES}) for scene in event.scenes)
    return event.model_copy(update={"settings": settings, "scenes": scenes})


async def kept(stitcher: Running) -> tuple[set[str], set[str]]:
    """The names of what is encoded: pictures and sound, which is known by having been heard."""
    rows = await stitcher.sql.fetch("select name from stitcher.segments where object is not null")
    heard = await stitcher.sql.fetch("select name from stitcher.measured")
    every, sound = {row["name"] for row in rows}, {row["name"] for row in heard}
    return every - sound, every & sound


async def put_parts(stitcher: Running, event: ScenesPlanned, folder: Path) -> None:
    for index in range(COUNT):
        path = media.clip(folder / f"{index}.mp4", frames=FRAMES, size="320x320")
        await stitcher.store.put(f"{FOLDER}/clips/{index}-1.mp4", path, "video/mp4")
        await stitcher.store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster", "image/jpeg")
    words = plan(*([Line(text=text)] for text in ("One.", "Two.", "Three.", "Four.")))
    words = words.model_copy(update={"settings": event.settings})
    await put_model(stitcher.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)


@asynccontextmanager
async def waiting(
    event: ScenesPlanned, database: TestDatabase, bus: MockBroker, root: Path, folder: Path
) -> AsyncGenerator[Running, None]:
    """A stitcher that has made what it can of all scenes but the last."""
    settings = runtime_settings("stitcher", database, bus, root)
    async with running(
        lambda s: build(Settings(runtime=s, encodes=2)), settings, database
    ) as stitcher:
        await put_parts(stitcher, event, folder)
        # One by one, so that it is the same every time what was known when each was at work.
        await stitcher.send(event)
        for index in range(COUNT - 1):
            await stitcher.send(scene(index))
            await stitcher.settle()
        yield stitcher


def scene(index: int) -> SceneGenerated:
    one = generated(index, count=COUNT)
    return one.model_copy(update={"clip": one.clip.model_copy(update={"frames": FRAMES})})


async def finished(stitcher: Running, folder: Path) -> VideoStitched:
    """The fact of the film once its last scene is there; the film itself is in the folder."""
    await stitcher.send(scene(COUNT - 1))
    await stitcher.settle()
    (fact,) = of_type(await stitcher.said(), VideoStitched)
    await stitcher.store.download(fact.video.key, folder / "film.mp4")
    assert read(folder / "film.mp4").frames == fact.frames
    return fact


async def test_after_the_last_scene_its_own_window_and_sound_are_left(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> None:
    async with waiting(asked(), database, bus, objects_root, tmp_path) as stitcher:
        pictures, sound = await kept(stitcher)
        # Fades between the first three scenes, and these scenes fitted; a passage of each, and of
        # the first another: while it was alone, nobody knew how loud tones are that cross.
        assert (len(pictures), len(sound)) == (2 + 3, 3 + 1)
        fact = await finished(stitcher, tmp_path)
        later = await kept(stitcher)
    assert fact.frames == COUNT * FRAMES - 3 * 15
    assert [len(later[0] - pictures), len(later[1] - sound)] == [2, 1]


async def test_captions_and_cards_are_drawn_before_the_last_scene_is_there(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> None:
    wishes = {
        "captions": CaptionSettings(burn=True),
        "sound": SoundSettings(),
        "titles": TitleSettings(title="A film", seconds=2.0),
    }
    event = asked()
    event = event.model_copy(update={"settings": event.settings.model_copy(update=wishes)})
    async with waiting(event, database, bus, objects_root, tmp_path) as stitcher:
        pictures, sound = await kept(stitcher)
        # The card, how it goes, three scenes of which each is fitted and drawn on, two fades.
        assert len(pictures) == 2 + 2 * 3 + 2
        await finished(stitcher, tmp_path)
        later = await kept(stitcher)
    assert len(later[0] - pictures) == 3, "the last scene fitted and drawn on, and its fade"
    assert len(later[1] - sound) == 1, "the last passage; a card is expected in the sound as well"
