"""Turns what a source gave, bytes or a caption track, into a transcript."""

import math
import re
from collections.abc import Iterable, Sequence
from html import unescape
from itertools import pairwise
from pathlib import PurePosixPath

from contracts.documents import Segment, Transcript
from contracts.errors import ErrorCode, Rejected
from contracts.sources import decode_text
from contracts.values import SourceKind

from transcriber.domain.cues import header, is_captions, read_cues
from transcriber.domain.json3 import is_json3, read_json3
from transcriber.domain.prose import read_prose
from transcriber.domain.youtube import CaptionTrack, Snippet

UNKNOWN_LANGUAGE = "und"
"""BCP 47 for a language nobody named."""

_WORD = re.compile(r"\w")


def from_upload(
    data: bytes, kind: SourceKind, *, filename: str | None = None, language: str | None = None
) -> Transcript:
    """The transcript of a caption file or a text.

    Raises ``Rejected``: INVALID_INPUT for bytes that are no text, TRANSCRIPT_MISSING for captions
    without cues and texts without words.
    """
    text = decode_text(data)
    if kind is SourceKind.CAPTIONS or is_captions(text):
        cues = (is_json3(text) and read_json3(text)) or read_cues(text)
        title, named = header(text)
        segments = [
            Segment(start=c.start, end=c.end, text=c.text, speaker=c.voice, words=c.words)
            for c in cues
        ]
        if not cues:
            raise Rejected(
                ErrorCode.TRANSCRIPT_MISSING,
                "The file has no captions: not one line like '00:00:01.000 --> 00:00:04.000' with "
                "words below it. Check the file, or upload the words as a .txt file.",
            )
        return transcript(segments, language or named, "upload", title=title)
    markdown = PurePosixPath(filename or "").suffix.lower() == ".md"
    title, paragraphs = read_prose(text, markdown=markdown)
    segments = [Segment(start=0, end=0, text=paragraph) for paragraph in paragraphs]
    return transcript(segments, language, "upload", title=title, timed=False)


def from_captions(track: CaptionTrack) -> Transcript:
    """The transcript of a caption track. Raises ``Rejected(TRANSCRIPT_MISSING)`` if it is empty."""
    origin = "youtube_generated" if track.generated else "youtube"
    return transcript(list(_segments(track.snippets)), track.language, origin)


def as_track(video_id: str, heard: Transcript) -> CaptionTrack:
    """What was heard in a video, to be remembered as its captions."""
    snippets = (Snippet(s.start, s.end - s.start, s.text) for s in heard.segments)
    return CaptionTrack(video_id, heard.language, generated=True, snippets=tuple(snippets))


def _segments(snippets: Sequence[Snippet]) -> Iterable[Segment]:
    """Snippets overlap in recognised speech: each ends where the next begins, at the latest."""
    usable = sorted(
        (s for s in snippets if math.isfinite(s.start) and math.isfinite(s.duration)),
        key=lambda snippet: snippet.start,
    )
    starts = [max(snippet.start, 0.0) for snippet in usable]
    following = [*(after for _, after in pairwise(starts)), math.inf]
    for snippet, start, limit in zip(usable, starts, following, strict=True):
        if text := unescape(snippet.text).strip():
            end = min(start + max(snippet.duration, 0.0), limit)
            yield Segment(start=start, end=round(end, 3), text=text)


def transcript(
    segments: Sequence[Segment],
    language: str | None,
    origin: str,
    *,
    title: str | None = None,
    timed: bool = True,
) -> Transcript:
    """The document. Raises ``Rejected(TRANSCRIPT_MISSING)`` where no segment has a word."""
    if not any(_WORD.search(segment.text) for segment in segments):
        raise Rejected(
            ErrorCode.TRANSCRIPT_MISSING,
            "There are no words in it. Upload captions or a text with something to say.",
        )
    return Transcript(
        language=language or UNKNOWN_LANGUAGE,
        origin=origin,
        title=title,
        timed=timed,
        segments=tuple(segments),
    )
