"""ImportRequested becomes TranscriptReady, asking YouTube once for each video and language."""

from pathlib import Path
from uuid import UUID

import pytest
from contracts.documents import Transcript
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import ImportRequested, Source, TranscriptReady
from contracts.values import SourceKind
from runtime.objects import LocalObjects, get_model
from runtime.work import Done, Waiting
from transcriber.domain import CaptionTrack, Snippet
from transcriber.handlers import FetchTranscript

from tests.unit.transcriber.fakes import FakeCaptionSource, FakeRemembered, work

VIDEO = "dQw4w9WgXcQ"
LINK = f"https://youtu.be/{VIDEO}"
TRACK = CaptionTrack(VIDEO, "en", generated=False, snippets=(Snippet(0.0, 2.0, "Hello"),))


def requested(source: Source) -> ImportRequested:
    return ImportRequested(
        job_id=UUID(int=2),
        user_id=UUID(int=4),
        project_id=UUID(int=5),
        script_id=UUID(int=6),
        source=source,
    )


def link(url: str | None = LINK, language: str | None = None) -> ImportRequested:
    return requested(Source(kind=SourceKind.YOUTUBE, url=url, language=language))


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path, public_url="http://x/objects", signing_key=b"k")


@pytest.fixture
def step(store: LocalObjects) -> FetchTranscript:
    return FetchTranscript(FakeCaptionSource({VIDEO: TRACK}), FakeRemembered(), store)


def said(outcome: object) -> TranscriptReady:
    assert isinstance(outcome, Done)
    (event,) = outcome.events
    assert isinstance(event, TranscriptReady)
    return event


async def test_a_link_becomes_a_stored_transcript(
    step: FetchTranscript, store: LocalObjects
) -> None:
    ready = said(await step(link(), work("fetch")))
    folder = f"users/{UUID(int=4)}/projects/{UUID(int=5)}/scripts/{UUID(int=6)}"
    assert ready.transcript.key == f"{folder}/transcript.json"
    assert (ready.segments, ready.seconds, ready.language) == (1, 2.0, "en")
    transcript = await get_model(store, ready.transcript, Transcript)
    assert transcript.segments[0].text == "Hello"


async def test_a_video_is_asked_for_once(step: FetchTranscript) -> None:
    source = step.captions
    assert isinstance(source, FakeCaptionSource)
    for language in (None, None, "en", "EN"):
        said(await step(link(language=language), work("fetch")))
    assert source.asked == [(VIDEO, None)]


async def test_while_another_job_fetches_the_video_this_one_waits(step: FetchTranscript) -> None:
    assert await step.remembered.claim(VIDEO)
    assert isinstance(await step(link(), work("fetch")), Waiting)
    await step.remembered.release(VIDEO)
    said(await step(link(), work("fetch")))


async def test_a_failed_fetch_gives_its_claim_back(store: LocalObjects) -> None:
    blocked = FakeCaptionSource(error=Transient(ErrorCode.SOURCE_BLOCKED))
    step = FetchTranscript(blocked, FakeRemembered(), store)
    for _ in range(2):
        with pytest.raises(Transient):
            await step(link(), work("fetch"))
    assert len(blocked.asked) == 2


@pytest.mark.parametrize("url", [None, "https://example.org/", "https://youtu.be/nope"])
async def test_a_link_that_is_none_is_refused(step: FetchTranscript, url: str | None) -> None:
    with pytest.raises(Rejected) as caught:
        await step(link(url), work("fetch"))
    assert caught.value.code is ErrorCode.INVALID_SOURCE


async def test_an_uploaded_file_becomes_a_transcript(
    step: FetchTranscript, store: LocalObjects
) -> None:
    upload = await store.put("users/u/a.txt", b"Hello there.\n\nBye.", "text/plain")
    source = Source(kind=SourceKind.TEXT, upload=upload, filename="a.txt", language="en")
    first = said(await step(requested(source), work("fetch")))
    again = said(await step(requested(source), work("fetch")))
    assert first == again
    assert (first.segments, first.seconds, first.origin) == (2, 0.0, "upload")


@pytest.mark.parametrize("kind", [SourceKind.AUDIO, SourceKind.VIDEO])
async def test_sound_is_told_to_bring_captions(
    step: FetchTranscript, store: LocalObjects, kind: SourceKind
) -> None:
    upload = await store.put("users/u/a.mp3", b"ID3", "audio/mpeg")
    with pytest.raises(Rejected, match="captions") as caught:
        await step(requested(Source(kind=kind, upload=upload)), work("fetch"))
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING


async def test_an_upload_that_is_missing_or_too_large_is_refused(
    step: FetchTranscript, store: LocalObjects
) -> None:
    small = await store.put("users/u/a.txt", b"x", "text/plain")
    for upload in (None, small.model_copy(update={"size": 11 * 1024 * 1024})):
        with pytest.raises(Rejected) as caught:
            await step(requested(Source(kind=SourceKind.TEXT, upload=upload)), work("fetch"))
        assert caught.value.code is ErrorCode.INVALID_INPUT
