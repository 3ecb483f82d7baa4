"""The transcriber's step: a source becomes a transcript in the object store."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from contracts.documents import Transcript
from contracts.errors import ErrorCode, Rejected
from contracts.events import ImportRequested, Source, TranscriptReady
from contracts.sources import MAX_TEXT_BYTES, video_id
from contracts.values import SourceKind
from runtime.objects import ObjectStore, project_key, put_model
from runtime.work import Done, Outcome, Waiting, Work

from transcriber.domain import CaptionTrack, from_captions, from_upload


class CaptionSource(Protocol):
    """Where a video's captions come from."""

    async def fetch(self, video_id: str, language: str | None) -> CaptionTrack:
        """A track: the asked language, else the spoken one, else any.

        Raises ``Rejected`` (INVALID_SOURCE, TRANSCRIPT_MISSING) or ``Transient``
        (SOURCE_BLOCKED).
        """
        ...


class Remembered(Protocol):
    """The captions fetched so far. ``language`` is as asked for; ``None`` leaves it open."""

    async def recall(self, video_id: str, language: str | None) -> CaptionTrack | None:
        """The track that answers this ask, if it has been fetched before."""
        ...

    async def claim(self, video_id: str) -> bool:
        """Whether the caller may fetch this video; a claim ends by itself after a while."""
        ...

    async def release(self, video_id: str) -> None:
        """Give a claim back."""
        ...

    async def keep(self, track: CaptionTrack, language: str | None) -> None:
        """Remember a track as the answer to an ask."""
        ...


@dataclass(frozen=True, slots=True)
class FetchTranscript:
    """ImportRequested -> TranscriptReady."""

    captions: CaptionSource
    remembered: Remembered
    store: ObjectStore
    busy_pause: float = 2.0

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        """Read or fetch the source's words."""
        if event.source.kind is SourceKind.YOUTUBE:
            track = await self._track(video_id(event.source.url or ""), event.source.language)
            if track is None:
                return Waiting(self.busy_pause, work.checkpoint)
            transcript = await asyncio.to_thread(from_captions, track)
        else:
            transcript = await self._uploaded(event.source)
        key = project_key(event, "scripts", str(event.script_id), "transcript.json")
        ready = TranscriptReady.caused_by(
            event,
            script_id=event.script_id,
            transcript=await put_model(self.store, key, transcript),
            language=transcript.language,
            origin=transcript.origin,
            segments=len(transcript.segments),
            seconds=max(segment.end for segment in transcript.segments),
        )
        return Done([ready])

    async def _track(self, video: str, language: str | None) -> CaptionTrack | None:
        """The video's captions, fetched if need be; ``None`` while another job fetches them."""
        if known := await self.remembered.recall(video, language):
            return known
        if not await self.remembered.claim(video):
            return None
        try:
            # Another job may have kept them between the first look and the claim.
            track = await self.remembered.recall(video, language)
            if track is None:
                track = await self.captions.fetch(video, language)
                await self.remembered.keep(track, language)
        finally:
            await self.remembered.release(video)
        return track

    async def _uploaded(self, source: Source) -> Transcript:
        if source.kind in {SourceKind.AUDIO, SourceKind.VIDEO}:
            raise Rejected(
                ErrorCode.TRANSCRIPT_MISSING,
                "Sound and video files cannot be read yet. Upload their captions (.vtt or .srt) "
                "or a text (.txt or .md).",
            )
        if source.upload is None or source.upload.size > MAX_TEXT_BYTES:
            raise Rejected(
                ErrorCode.INVALID_INPUT, "There is no file to read, or it is larger than 10 MB."
            )
        data = await self.store.get(source.upload.key, MAX_TEXT_BYTES)
        return await asyncio.to_thread(
            from_upload, data, source.kind, filename=source.filename, language=source.language
        )
