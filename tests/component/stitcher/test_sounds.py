"""The real stitcher speaks: a paid voice is paid once, and a missing one costs no film."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from contracts.documents import Line
from contracts.events import ScenesPlanned, StitchRequested, VideoStitched
from contracts.values import CaptionSettings, SoundSettings
from pydantic import SecretStr
from runtime.objects import put_model
from standins.openai_voice import KEY, VoiceStandin
from standins.server import serving
from stitcher.adapters.segments import read
from stitcher.main import build
from stitcher.settings import Settings
from studio.embedded.broker import MockBroker

from tests.adapters import media
from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.unit.stitcher.making import FOLDER, JOB, generated, plan, planned

WORDS = plan([Line(text="One two."), Line(speaker="Maya", text="Three.")], [Line(text="Four.")])
LETTERS = len("One two.Three.Four.")


@pytest.fixture
def voice() -> Iterator[tuple[VoiceStandin, str]]:
    standin = VoiceStandin()
    with serving(standin.app) as base:
        yield standin, f"{base}/v1"


def asked(sound: SoundSettings, *, burn: bool = False) -> ScenesPlanned:
    event = planned(2)
    chosen = {"sound": sound, "captions": CaptionSettings(burn=burn)}
    return event.model_copy(update={"settings": event.settings.model_copy(update=chosen)})


@asynccontextmanager
async def started(
    database: TestDatabase,
    bus: MockBroker,
    root: Path,
    *,
    event: ScenesPlanned,
    url: str | None = None,
) -> AsyncGenerator[Running, None]:
    settings = runtime_settings("stitcher", database, bus, root)
    speech = {"speech_url": url, "speech_key": SecretStr(KEY)} if url else {}
    made = Settings.model_validate({"runtime": settings, "encodes": 2, **speech})
    async with running(
        lambda s: build(made.model_copy(update={"runtime": s})), settings, database
    ) as it:
        for index in range(2):
            path = await asyncio.to_thread(
                media.clip, root.parent / f"{index}.mp4", frames=30, size="320x320", sound=False
            )
            await it.store.put(f"{FOLDER}/clips/{index}-1.mp4", path, "video/mp4")
            await it.store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster", "image/jpeg")
        words = WORDS.model_copy(update={"settings": event.settings})
        await put_model(it.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
        yield it


async def film_of(stitcher: Running, event: ScenesPlanned, path: Path) -> VideoStitched:
    await stitcher.send(event, generated(0), generated(1))
    await stitcher.settle()
    (fact,) = of_type(await stitcher.said(), VideoStitched)
    await stitcher.store.download(fact.video.key, path)
    assert read(path).frames == fact.frames == 60
    return fact


async def test_every_line_is_paid_for_once_though_all_messages_come_twice(
    database: TestDatabase, bus: MockBroker, objects_root: Path, voice: tuple[VoiceStandin, str]
) -> None:
    standin, url = voice
    standin.faults.extend(["503", None])
    event = asked(SoundSettings(music="calm"))
    film = objects_root.parent / "film.mp4"
    async with started(database, bus, objects_root, event=event, url=url) as stitcher:
        fact = await film_of(stitcher, event, film)
    assert len(standin.paid) == len(set(standin.paid)) == 3
    assert standin.letters == LETTERS
    assert fact.voices_usd == standin.usd
    assert fact.notes == ()
    assert media.loudness(film, 0.2, 0.4) > -30


async def test_a_film_that_is_cut_anew_says_nothing_again(
    database: TestDatabase, bus: MockBroker, objects_root: Path, voice: tuple[VoiceStandin, str]
) -> None:
    standin, url = voice
    event = asked(SoundSettings())
    film = objects_root.parent / "film.mp4"
    async with started(database, bus, objects_root, event=event, url=url) as stitcher:
        await film_of(stitcher, event, film)
        # Only what was tidied is left: neither asked for nor fetched is what was said for it.
        for path in objects_root.rglob("voices/*.wav"):
            await stitcher.store.delete(f"{FOLDER}/voices/{path.name}")
        sends = standin.requests["speech"]
        again = StitchRequested.caused_by(event, export_id=uuid4(), order=(1, 0), cut=1)
        await stitcher.send(again)
        await stitcher.settle()
        fact = of_type(await stitcher.said(), VideoStitched)[-1]
        await stitcher.store.download(fact.video.key, film)
    assert (fact.cut, sends) == (1, 3)
    assert "no voice" not in " ".join(fact.notes)
    assert standin.requests["speech"] == sends
    assert media.loudness(film, 0.2, 0.4) > -30


async def test_a_server_that_refuses_all_leaves_the_film_silent_and_says_so(
    database: TestDatabase, bus: MockBroker, objects_root: Path, voice: tuple[VoiceStandin, str]
) -> None:
    standin, url = voice
    standin.always = "401"
    event = asked(SoundSettings())
    async with started(database, bus, objects_root, event=event, url=url) as stitcher:
        fact = await film_of(stitcher, event, objects_root.parent / "film.mp4")
    assert "no narration" in fact.notes[0]
    assert standin.paid == []


async def test_the_local_voice_speaks_and_captions_are_drawn_without_any_account(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    event = asked(SoundSettings(), burn=True)
    film = objects_root.parent / "film.mp4"
    async with started(database, bus, objects_root, event=event) as stitcher:
        fact = await film_of(stitcher, event, film)
        assert fact.vtt is not None
        text = (await stitcher.store.get(fact.vtt.key)).decode()
    assert text.startswith("WEBVTT\n\n00:00:00.1")
    assert (fact.notes, fact.voices_usd) == ((), 0)
    assert media.loudness(film, 0.2, 0.4) > -30
