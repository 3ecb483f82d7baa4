"""ImportRequested becomes TranscriptReady, asking YouTube once for each video and language."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.documents import Transcript
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.events import ImportRequested, Source, SourceNeeded, TranscriptReady
from contracts.values import SourceKind
from runtime.objects import LocalObjects, get_model
from runtime.work import Done, Waiting
from transcriber.domain import CaptionTrack, Snippet
from transcriber.handlers import FetchTranscript, Hear

from tests.unit.transcriber.fakes import (
    FakeCaptionSource,
    FakePieces,
    FakeRemembered,
    FakeSoundReader,
    FakeSpeech,
    FakeVideoSounds,
    work,
)

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


def asked(outcome: object) -> SourceNeeded:
    assert isinstance(outcome, Done)
    (event,) = outcome.events
    assert isinstance(event, SourceNeeded)
    return event


def hearing(folder: Path, *troubles: Exception) -> Hear:
    return Hear(
        FakeSoundReader(), FakeSpeech(troubles=list(troubles)), FakePieces(), longest=10.0,
        now=lambda: 0.0, scratch=folder, patience=0,
    )  # fmt: skip


async def sound(store: LocalObjects, number: int = 1, **source: Any) -> ImportRequested:
    upload = await store.put("users/u/a.mp3", b"20", "audio/mpeg")
    event = requested(Source(kind=SourceKind.AUDIO, upload=upload, filename="a.mp3", **source))
    return event.model_copy(update={"round": number})


NONE = Rejected(ErrorCode.TRANSCRIPT_MISSING, "This video has no captions. Upload them.")
BLOCKED = Transient(ErrorCode.SOURCE_BLOCKED)


async def test_without_captions_the_job_waits_for_its_user(store: LocalObjects) -> None:
    step = FetchTranscript(FakeCaptionSource(error=NONE), FakeRemembered(), store)
    needed = asked(await step(link(), work("fetch")))
    assert (needed.code, needed.round) == (ErrorCode.TRANSCRIPT_MISSING, 1)
    assert needed.message == "This video has no captions. Upload them."
    assert (needed.job_id, needed.script_id) == (UUID(int=2), UUID(int=6))


async def test_where_sound_is_heard_the_user_is_told_so(
    store: LocalObjects, tmp_path: Path
) -> None:
    source = FakeCaptionSource(error=NONE)
    step = FetchTranscript(source, FakeRemembered(), store, hearing(tmp_path))
    assert "sound" in asked(await step(link(), work("fetch"))).message


async def test_a_blocked_video_is_tried_again_before_its_user_is_asked(
    store: LocalObjects,
) -> None:
    step = FetchTranscript(FakeCaptionSource(error=BLOCKED), FakeRemembered(), store, tries=3)
    for tries in (0, 1):
        with pytest.raises(Transient):
            await step(link(), work("fetch", tries=tries))
    needed = asked(await step(link(), work("fetch", tries=2)))
    assert needed.code is ErrorCode.SOURCE_BLOCKED


async def test_the_next_round_is_worked_on_and_kept_beside_the_first(
    step: FetchTranscript, store: LocalObjects
) -> None:
    upload = await store.put("users/u/a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "text/vtt")
    source = Source(kind=SourceKind.CAPTIONS, upload=upload, filename="a.vtt")
    event = requested(source).model_copy(update={"round": 2})
    assert said(await step(event, work("fetch"))).transcript.key.endswith("/transcript-2.json")


@pytest.mark.parametrize(("number", "asks"), [(1, False), (2, True)])
async def test_a_job_that_waited_is_not_lost_by_a_second_bad_source(
    step: FetchTranscript, store: LocalObjects, number: int, asks: bool
) -> None:
    upload = await store.put("users/u/a.vtt", b"\x89PNG\r\n\x1a\n", "text/vtt")
    source = Source(kind=SourceKind.CAPTIONS, upload=upload, filename="a.vtt")
    event = requested(source).model_copy(update={"round": number})
    if asks:
        needed = asked(await step(event, work("fetch")))
        assert (needed.code, needed.round) == (ErrorCode.INVALID_INPUT, 2)
        assert "picture" in needed.message
    else:
        with pytest.raises(Rejected):
            await step(event, work("fetch"))


async def test_uploaded_sound_is_heard_and_its_cost_told(
    store: LocalObjects, tmp_path: Path
) -> None:
    hear = hearing(tmp_path)
    step = FetchTranscript(FakeCaptionSource(), FakeRemembered(), store, hear)
    ready = said(await step(await sound(store, language="en"), work("fetch")))
    assert (ready.origin, ready.segments, ready.seconds) == ("speech", 2, 20.0)
    assert ready.cost_usd == Decimal("0.2")


async def test_without_a_speech_service_sound_is_asked_for_as_captions(
    step: FetchTranscript, store: LocalObjects
) -> None:
    needed = asked(await step(await sound(store), work("fetch")))
    assert needed.code is ErrorCode.TRANSCRIPT_MISSING
    assert "no speech service" in needed.message
    assert ".vtt" in needed.message


@pytest.mark.parametrize(
    "trouble",
    [
        Rejected(ErrorCode.PROVIDER_AUTH, detail="401"),
        Rejected(ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
        Rejected(ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_a_speech_service_that_refuses_us_is_no_fault_of_the_user(
    store: LocalObjects, tmp_path: Path, trouble: Rejected
) -> None:
    step = FetchTranscript(
        FakeCaptionSource(), FakeRemembered(), store, hearing(tmp_path, trouble, trouble)
    )
    needed = asked(await step(await sound(store), work("fetch")))
    assert needed.code is ErrorCode.TRANSCRIPT_MISSING
    assert "captions" in needed.message


async def test_a_busy_speech_service_is_waited_for_and_then_the_user_is_asked(
    store: LocalObjects, tmp_path: Path
) -> None:
    busy = Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7)
    hear = hearing(tmp_path, *[busy] * 8)
    step = FetchTranscript(FakeCaptionSource(), FakeRemembered(), store, hear, tries=2)
    event = await sound(store)
    with pytest.raises(Transient) as caught:
        await step(event, work("fetch"))
    assert caught.value.retry_after == 7
    assert asked(await step(event, work("fetch", tries=1))).code is ErrorCode.TRANSCRIPT_MISSING


async def test_a_sound_that_got_further_waits_without_a_failed_try(
    store: LocalObjects, tmp_path: Path
) -> None:
    hear = replace(hearing(tmp_path), parallel=1)
    speech = hear.speech
    assert isinstance(speech, FakeSpeech)
    speech.troubles = [None, Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7)]
    step = FetchTranscript(FakeCaptionSource(), FakeRemembered(), store, hear)
    outcome = await step(await sound(store), work("fetch"))
    assert isinstance(outcome, Waiting)
    assert outcome.seconds == 7


@pytest.mark.parametrize(("error", "tries"), [(NONE, 0), (BLOCKED, 7)])
async def test_a_videos_sound_is_heard_where_that_is_set_up_and_remembered(
    store: LocalObjects, tmp_path: Path, error: FilmError, tries: int
) -> None:
    captions, sounds = FakeCaptionSource(error=error), FakeVideoSounds()
    step = FetchTranscript(captions, FakeRemembered(), store, hearing(tmp_path), sounds)
    ready = said(await step(link(), work("fetch", tries=tries)))
    assert (ready.origin, ready.cost_usd) == ("speech", Decimal("0.2"))
    again = said(await step(link(), work("fetch", id=UUID(int=9))))
    assert (again.segments, again.cost_usd) == (2, Decimal(0))
    assert sounds.asked == [VIDEO]


async def test_a_video_with_neither_captions_nor_sound_is_asked_for(
    store: LocalObjects, tmp_path: Path
) -> None:
    sounds = FakeVideoSounds(error=Rejected(ErrorCode.TRANSCRIPT_MISSING, "No sound. Upload it."))
    step = FetchTranscript(
        FakeCaptionSource(error=NONE), FakeRemembered(), store, hearing(tmp_path), sounds
    )
    assert asked(await step(link(), work("fetch"))).message.startswith("No sound. Upload it.")


async def test_an_upload_that_is_missing_or_too_large_is_refused(
    step: FetchTranscript, store: LocalObjects
) -> None:
    small = await store.put("users/u/a.txt", b"x", "text/plain")
    for upload in (None, small.model_copy(update={"size": 11 * 1024 * 1024})):
        with pytest.raises(Rejected) as caught:
            await step(requested(Source(kind=SourceKind.TEXT, upload=upload)), work("fetch"))
        assert caught.value.code is ErrorCode.INVALID_INPUT
