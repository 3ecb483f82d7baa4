"""The transcriber's step: a source becomes a transcript in the object store."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import structlog
from contracts.documents import Transcript
from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.events import ImportRequested, Source, SourceNeeded, TranscriptReady
from contracts.file_kinds import MEDIA
from contracts.sources import MAX_MEDIA_BYTES, MAX_TEXT_BYTES, video_id
from contracts.values import ObjectRef, SourceKind
from runtime.objects import ObjectStore, project_key, put_model
from runtime.work import Done, Outcome, Waiting, Work

from transcriber.domain import CaptionTrack, as_track, from_captions, from_upload
from transcriber.domain.asking import NO_HEARING, falls_back, needed
from transcriber.domain.sound import PausedError
from transcriber.handlers.hear import Hear
from transcriber.handlers.ports import CaptionSource, Remembered, VideoSounds

log = structlog.get_logger()

_Found = tuple[Transcript, Decimal]


@dataclass(frozen=True, slots=True)
class FetchTranscript:
    """ImportRequested -> TranscriptReady, or SourceNeeded where the user can help.

    Without ``hear`` no sound is written down; without ``video_sounds`` no video's sound is
    fetched. ``tries`` is how often a row is tried, ``busy_pause`` a wait in seconds.
    """

    captions: CaptionSource
    remembered: Remembered
    store: ObjectStore
    hear: Hear | None = None
    video_sounds: VideoSounds | None = None
    tries: int = 8
    busy_pause: float = 2.0

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        """Read, fetch or hear the source's words."""
        last = work.tries + 1 >= self.tries
        try:
            transcript, cost = await self._words(event.source, work, last=last)
        except PausedError as pause:
            return Waiting(pause.seconds, work.checkpoint)
        except FilmError as error:
            told = needed(error, event, last=last, hearing=self.hear is not None)
            if told is None:
                raise
            log.warning("import.source_needed", code=error.code, detail=error.detail)
            return Done([SourceNeeded.caused_by(
                event, script_id=event.script_id, round=event.round, code=told[0], message=told[1]
            )])  # fmt: skip
        return Done([await self._ready(event, transcript, cost)])

    async def _ready(
        self, event: ImportRequested, transcript: Transcript, cost: Decimal
    ) -> TranscriptReady:
        name = "transcript.json" if event.round == 1 else f"transcript-{event.round}.json"
        key = project_key(event, "scripts", str(event.script_id), name)
        return TranscriptReady.caused_by(
            event,
            script_id=event.script_id,
            transcript=await put_model(self.store, key, transcript),
            language=transcript.language,
            origin=transcript.origin,
            segments=len(transcript.segments),
            seconds=max(segment.end for segment in transcript.segments),
            cost_usd=cost,
        )

    async def _words(self, source: Source, work: Work, *, last: bool) -> _Found:
        if source.kind is SourceKind.YOUTUBE:
            video = video_id(source.url or "")
            try:
                track = await self._track(video, source.language)
            except FilmError as error:
                if (
                    self.hear is None
                    or self.video_sounds is None
                    or not falls_back(error, last=last)
                ):
                    raise
                return await self._heard_video(self.hear, self.video_sounds, video, source, work)
            return await asyncio.to_thread(from_captions, track), Decimal(0)
        if source.kind in MEDIA:
            return await self._heard_upload(source, work)
        return await self._read(source), Decimal(0)

    async def _track(self, video: str, language: str | None) -> CaptionTrack:
        """The video's captions, fetched if need be.

        Raises ``PausedError`` while another job fetches them.
        """
        if known := await self.remembered.recall(video, language):
            return known
        if not await self.remembered.claim(video):
            raise PausedError(self.busy_pause)
        try:
            # Another job may have kept them between the first look and the claim.
            track = await self.remembered.recall(video, language)
            if track is None:
                track = await self.captions.fetch(video, language)
                await self.remembered.keep(track, language)
        finally:
            await self.remembered.release(video)
        return track

    async def _heard_video(
        self, hear: Hear, sounds: VideoSounds, video: str, source: Source, work: Work
    ) -> _Found:
        async with hear.folder(work) as folder:
            file = await sounds.fetch(video, folder)
            transcript, cost = await hear(file, folder, source.language, work)
        await self.remembered.keep(as_track(video, transcript), source.language)
        return transcript, cost

    async def _heard_upload(self, source: Source, work: Work) -> _Found:
        if self.hear is None:
            raise Rejected(ErrorCode.TRANSCRIPT_MISSING, NO_HEARING)
        upload = _upload_of(source, MAX_MEDIA_BYTES)
        async with self.hear.folder(work) as folder:
            file = folder / "source"
            await self.store.download(upload.key, file)
            return await self.hear(file, folder, source.language, work)

    async def _read(self, source: Source) -> Transcript:
        upload = _upload_of(source, MAX_TEXT_BYTES)
        data = await self.store.get(upload.key, MAX_TEXT_BYTES)
        return await asyncio.to_thread(
            from_upload, data, source.kind, filename=source.filename, language=source.language
        )


def _upload_of(source: Source, limit: int) -> ObjectRef:
    if source.upload is None or source.upload.size > limit:
        raise Rejected(
            ErrorCode.INVALID_INPUT,
            f"There is no file to read, or it is larger than {limit // 1024**2} MB. "
            "Upload a smaller one.",
        )
    return source.upload
