"""The real stitcher gives users its music to hear as soon as it runs."""

from pathlib import Path

from contracts.documents import MUSIC_PREVIEWS, MusicPreviews
from contracts.music import BEDS
from runtime.objects import get_model
from stitcher.main import build
from stitcher.settings import Settings
from studio.embedded.broker import MockBroker

from tests.component.harness import running, runtime_settings
from tests.conftest import TestDatabase
from tests.waiting import until


async def test_every_bed_has_a_preview_soon_after_the_start(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    settings = runtime_settings("stitcher", database, bus, objects_root)
    async with running(lambda s: build(Settings(runtime=s)), settings, database) as stitcher:

        async def listed() -> bool:
            return await stitcher.store.head(MUSIC_PREVIEWS) is not None

        await until(listed, "the previews are listed")
        previews = await get_model(stitcher.store, MUSIC_PREVIEWS, MusicPreviews)
        assert {bed.name for bed in previews.beds} == {bed.name for bed in BEDS}
        for bed in previews.beds:
            assert await stitcher.store.head(bed.file.key) == bed.file
