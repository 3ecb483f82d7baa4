"""The real stitcher, scene by scene: what is made ahead is there when the last scene arrives."""

from pathlib import Path

from contracts.documents import Line
from contracts.events import ScenesPlanned, VideoStitched
from contracts.values import SoundSettings, Transition
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


async def test_after_the_last_scene_its_own_window_and_sound_are_left(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> None:
    event = asked()
    settings = runtime_settings("stitcher", database, bus, objects_root)
    scenes = [generated(index, count=COUNT) for index in range(COUNT)]
    for number, one in enumerate(scenes):
        clip = one.clip.model_copy(update={"frames": FRAMES})
        scenes[number] = one.model_copy(update={"clip": clip})
    async with running(
        lambda s: build(Settings(runtime=s, encodes=2)), settings, database
    ) as stitcher:
        await put_parts(stitcher, event, tmp_path)
        await stitcher.send(event, *scenes[:-1])
        await stitcher.settle()
        pictures, sound = await kept(stitcher)
        # Fades between the first three scenes, and these scenes fitted; a passage of each, and of
        # the first another: while it was alone, nobody knew how loud tones are that cross.
        assert (len(pictures), len(sound)) == (2 + 3, 3 + 1)
        await stitcher.send(scenes[-1])
        await stitcher.settle()
        (fact,) = of_type(await stitcher.said(), VideoStitched)
        film = tmp_path / "film.mp4"
        await stitcher.store.download(fact.video.key, film)
        later = await kept(stitcher)
    assert read(film).frames == fact.frames == COUNT * FRAMES - 3 * 15
    assert [len(later[0] - pictures), len(later[1] - sound)] == [2, 1]
