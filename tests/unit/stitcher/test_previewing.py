"""Previews of the library's music: made once, listed when all are there, made again if lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from contracts.documents import MUSIC_PREVIEWS, MusicPreviews
from runtime.objects import LocalObjects, get_model, put_model
from stitcher.adapters.scratch import ScratchFolders
from stitcher.handlers.previewing import PreviewBeds

from tests.unit.stitcher.making import scratch_below


@dataclass
class FakePreviews:
    """Texts that say what they are; ``broken`` cannot be made."""

    version: int = 2
    broken: str | None = None
    made: list[str] = field(default_factory=list[str])

    def names(self) -> Sequence[str]:
        return ("calm", "tense")

    def seconds(self, name: str) -> float:
        return float(len(name))

    async def write(self, name: str, path: Path) -> None:
        if name == self.broken:
            raise OSError("no space")
        self.made.append(name)
        path.write_text(f"{name} {self.version}")


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")


@pytest.fixture
def scratch(tmp_path: Path) -> ScratchFolders:
    return scratch_below(tmp_path)


async def listed(store: LocalObjects) -> MusicPreviews:
    return await get_model(store, MUSIC_PREVIEWS, MusicPreviews)


async def test_previews_are_made_once_and_listed(
    store: LocalObjects, scratch: ScratchFolders
) -> None:
    beds = FakePreviews()
    step = PreviewBeds(beds, store, scratch)
    assert not await step()  # nothing more to do
    first = await listed(store)
    await step()
    assert beds.made == ["calm", "tense"]
    assert [(one.name, one.seconds) for one in first.beds] == [("calm", 4.0), ("tense", 5.0)]
    assert await store.get(first.beds[1].file.key) == b"tense 2"
    assert first.beds[0].file.content_type == "audio/mp4"


async def test_what_is_lost_is_made_again_and_what_is_unreadable_replaced(
    store: LocalObjects, scratch: ScratchFolders
) -> None:
    beds = FakePreviews()
    step = PreviewBeds(beds, store, scratch)
    await step()
    before = await listed(store)
    await store.delete(before.beds[0].file.key)
    await store.put(MUSIC_PREVIEWS, b"?", "application/json")
    await step()
    assert beds.made == ["calm", "tense", "calm"]
    assert await listed(store) == before


async def test_another_version_has_files_of_its_own_and_an_older_stitcher_changes_nothing(
    store: LocalObjects, scratch: ScratchFolders
) -> None:
    await PreviewBeds(FakePreviews(version=2), store, scratch)()
    old = await listed(store)
    await PreviewBeds(FakePreviews(version=3), store, scratch)()
    new = await listed(store)
    assert new.version == 3
    assert {bed.file.key for bed in new.beds}.isdisjoint(bed.file.key for bed in old.beds)
    late = FakePreviews(version=2)
    await PreviewBeds(late, store, scratch)()
    assert (late.made, await listed(store)) == ([], new)


async def test_nothing_is_listed_before_all_of_it_is_there(
    store: LocalObjects, scratch: ScratchFolders
) -> None:
    await put_model(store, MUSIC_PREVIEWS, MusicPreviews(version=1, beds=()))
    with pytest.raises(OSError, match="no space"):
        await PreviewBeds(FakePreviews(broken="tense"), store, scratch)()
    assert (await listed(store)).version == 1
