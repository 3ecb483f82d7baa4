"""The folder channel and the step that publishes: once, whole, with what was said about it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.errors import ErrorCode, Transient
from contracts.events import Event, ObjectRef, Privacy, UploadRequested, VideoPublished
from publisher.adapters import FolderChannel
from publisher.domain import Published, Release, release_of
from publisher.handlers import PublishFilm
from runtime.objects import LocalObjects
from runtime.work import Done, Work

FILM = UUID("00000000-0000-4000-8000-00000000000f")


class NoKeeper:
    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        raise AssertionError("publishing a folder needs no checkpoint")


WORK = Work(
    id=UUID(int=1),
    step="publish",
    job_id=UUID(int=2),
    ordinal=None,
    attempt=1,
    tries=0,
    checkpoint={},
    event_id=UUID(int=3),
    keeper=NoKeeper(),
)


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path / "objects", public_url="http://x/objects", signing_key=b"k")


@pytest.fixture
def channel(tmp_path: Path, store: LocalObjects) -> FolderChannel:
    return FolderChannel(tmp_path / "published", store)


async def upload(store: LocalObjects, title: str = "Moon & Sun") -> UploadRequested:
    return UploadRequested(
        job_id=UUID(int=2),
        user_id=UUID(int=4),
        project_id=UUID(int=5),
        film_job_id=FILM,
        video=await store.put("users/u/film.mp4", b"video", "video/mp4"),
        captions=await store.put("users/u/film.srt", b"captions", "application/x-subrip"),
        title=title,
        description="What it is.",
        tags=("moon", "sun"),
        privacy=Privacy.UNLISTED,
    )


async def test_a_film_becomes_a_folder_with_its_metadata(
    store: LocalObjects, channel: FolderChannel, tmp_path: Path
) -> None:
    outcome = await PublishFilm(channel)(await upload(store), WORK)
    folder = tmp_path / "published" / str(FILM)
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, VideoPublished)
    assert (fact.channel, fact.video_id, fact.privacy) == ("folder", str(FILM), Privacy.UNLISTED)
    assert fact.url == (folder / "video.mp4").as_uri()
    assert (folder / "video.mp4").read_bytes() == b"video"
    assert (folder / "captions.srt").read_bytes() == b"captions"
    assert json.loads((folder / "metadata.json").read_text()) == {
        "film_job_id": str(FILM),
        "title": "Moon & Sun",
        "description": "What it is.",
        "tags": ["moon", "sun"],
        "privacy": "unlisted",
        "made_for_kids": False,
        "contains_synthetic_media": True,
        "video_sha256": hashlib.sha256(b"video").hexdigest(),
    }


async def test_a_film_is_never_published_twice(
    store: LocalObjects, channel: FolderChannel, tmp_path: Path
) -> None:
    first = await PublishFilm(channel)(await upload(store), WORK)
    second = await PublishFilm(channel)(await upload(store, title="Another title"), WORK)
    assert second == first
    folder = tmp_path / "published" / str(FILM)
    assert [path.name for path in (tmp_path / "published").iterdir()] == [folder.name]
    assert json.loads((folder / "metadata.json").read_text())["title"] == "Moon & Sun"


async def test_what_a_killed_try_left_is_swept_up(
    store: LocalObjects, channel: FolderChannel, tmp_path: Path
) -> None:
    left = tmp_path / "published" / f".incoming-{FILM}-dead"
    left.mkdir(parents=True)
    (left / "video.mp4").write_bytes(b"half")
    await PublishFilm(channel)(await upload(store), WORK)
    assert [path.name for path in (tmp_path / "published").iterdir()] == [str(FILM)]


async def test_publishing_over_a_finished_folder_changes_nothing(
    store: LocalObjects, channel: FolderChannel, tmp_path: Path
) -> None:
    release = release_of(await upload(store))
    first = await channel.publish(release)
    assert await channel.publish(release) == first
    assert [path.name for path in (tmp_path / "published").iterdir()] == [str(FILM)]


async def test_a_broken_download_leaves_nothing_behind(
    store: LocalObjects, channel: FolderChannel, tmp_path: Path
) -> None:
    event = await upload(store)
    wrong = event.model_copy(
        update={"video": ObjectRef.model_validate({**event.video.model_dump(), "sha256": "0" * 64})}
    )
    with pytest.raises(Transient) as caught:
        await PublishFilm(channel)(wrong, WORK)
    assert caught.value.code is ErrorCode.UPLOAD_FAILED
    assert list((tmp_path / "published").iterdir()) == []
    assert await channel.find(release_of(event)) is None


async def test_a_root_that_cannot_be_written_is_tried_again(
    store: LocalObjects, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    channel = FolderChannel(tmp_path / "file", store)
    with pytest.raises(Transient) as caught:
        await channel.publish(release_of(await upload(store)))
    assert caught.value.code is ErrorCode.UPLOAD_FAILED


class SlowChannel:
    """Says it has the film only after it was asked to publish once."""

    def __init__(self) -> None:
        self.published: list[UUID] = []

    async def find(self, release: Release) -> Published | None:
        if release.film_job_id not in self.published:
            return None
        return Published("fake", "v1", "https://fake/v1", release.privacy)

    async def publish(self, release: Release) -> Published:
        self.published.append(release.film_job_id)
        raise Transient(ErrorCode.UPLOAD_FAILED, "the answer was lost")


async def test_a_lost_answer_is_found_again_not_published_again(store: LocalObjects) -> None:
    channel = SlowChannel()
    event = await upload(store)
    with pytest.raises(Transient):
        await PublishFilm(channel)(event, WORK)
    outcome = await PublishFilm(channel)(event, WORK)
    assert isinstance(outcome, Done)
    assert channel.published == [FILM]
