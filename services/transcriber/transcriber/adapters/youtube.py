"""YouTube's captions, through youtube-transcript-api, which talks as a YouTube app does.

Not an official interface: it changes without notice, so that whatever is not understood counts as
blocked, to be tried again later.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from requests.adapters import HTTPAdapter
from youtube_transcript_api import (
    AgeRestricted,
    InvalidVideoId,
    NoTranscriptFound,
    TranscriptsDisabled,
    VideoUnavailable,
    VideoUnplayable,
    YouTubeTranscriptApi,
)
from youtube_transcript_api.proxies import GenericProxyConfig

from transcriber.domain import CaptionTrack, Snippet, TrackName, choose

_YOUTUBE = "https://www.youtube.com/"
_MAX_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_DETAIL = 500

_REJECTED: dict[type[Exception], tuple[ErrorCode, str]] = {
    AgeRestricted: (
        ErrorCode.INVALID_SOURCE,
        "This video is for signed-in adults only. Use another video, or upload its captions.",
    ),
    VideoUnavailable: (
        ErrorCode.INVALID_SOURCE,
        "This video does not exist any more. Check the link, or use another video.",
    ),
    InvalidVideoId: (
        ErrorCode.INVALID_SOURCE,
        "This link names no video. Open the video and copy its link again.",
    ),
    VideoUnplayable: (ErrorCode.INVALID_SOURCE, "This video cannot be played."),
    TranscriptsDisabled: (
        ErrorCode.TRANSCRIPT_MISSING,
        "This video has no captions. Upload a caption file or a text.",
    ),
    NoTranscriptFound: (
        ErrorCode.TRANSCRIPT_MISSING,
        "This video has no captions. Upload a caption file or a text.",
    ),
}
_UNPLAYABLE = (
    ("country", "This video is not shown where our server is. Upload its captions or its text."),
    ("private", "This video is private. Make it public or unlisted, or upload its captions."),
    ("live", "This video is live or has not begun. Try again when it is over."),
    ("premiere", "This video has not begun. Try again when it is over."),
    ("member", "This video is for members of its channel only. Upload its captions or its text."),
    ("payment", "This video must be paid for. Upload its captions or its text."),
    ("purchase", "This video must be paid for. Upload its captions or its text."),
    (
        "",
        "This video is private, removed, or not finished yet. Use another, or upload its captions.",
    ),
)
"""Words in YouTube's reason, and what we say."""


@dataclass(frozen=True, slots=True)
class YouTubeCaptionSource:
    """Fetches one track of a video. ``base`` sends every call to another server (scheme, host).

    ``timeout`` bounds each wait on the network, ``total`` the whole fetch; seconds. ``proxy`` is
    the address all calls go through.
    """

    base: str | None = None
    timeout: float = 10.0
    total: float = 60.0
    now: Callable[[], float] = time.monotonic
    proxy: str | None = field(default=None, repr=False)  # holds a password

    async def fetch(self, video_id: str, language: str | None) -> CaptionTrack:
        """The asked language, else the spoken one, else any.

        Raises ``Rejected``: INVALID_SOURCE, TRANSCRIPT_MISSING. Raises ``Transient``:
        SOURCE_BLOCKED.
        """
        return await asyncio.to_thread(self._fetch, video_id, language)

    def _fetch(self, video_id: str, language: str | None) -> CaptionTrack:
        # A session belongs to one fetch: the client's sessions are not safe across threads.
        with requests.Session() as session:
            session.trust_env = self.base is None and self.proxy is None
            way = GenericProxyConfig(self.proxy, self.proxy) if self.proxy else None
            wire = _BoundedAdapter(self.base, self.timeout, self.now() + self.total, self.now)
            for prefix in ("https://", "http://", _YOUTUBE):
                session.mount(prefix, wire)
            try:
                return _take(YouTubeTranscriptApi(way, session), video_id, language)
            except FilmError:
                raise
            except Exception as error:
                raise _translated(error) from error


def _take(api: YouTubeTranscriptApi, video_id: str, language: str | None) -> CaptionTrack:
    listed = {TrackName(t.language_code, t.is_generated): t for t in api.list(video_id)}
    name = choose(list(listed), language)
    if name is None:
        raise Rejected(*_REJECTED[TranscriptsDisabled])
    snippets = tuple(
        Snippet(snippet.start, snippet.duration, snippet.text) for snippet in listed[name].fetch()
    )
    if not snippets:
        raise Rejected(*_REJECTED[TranscriptsDisabled])
    return CaptionTrack(video_id, name.language, name.generated, snippets)


def _translated(error: Exception) -> FilmError:
    """Our error for whatever the client or what lies below it raised."""
    detail = f"{type(error).__name__}: {' '.join(str(error).split())}"[:_DETAIL]
    # The client knows one spelling of the bot check; YouTube has several.
    bot_check = isinstance(error, VideoUnplayable) and "not a bot" in (error.reason or "")
    known = next((said for kind, said in _REJECTED.items() if isinstance(error, kind)), None)
    if known is None or bot_check:
        return Transient(ErrorCode.SOURCE_BLOCKED, detail=detail)
    if isinstance(error, VideoUnplayable):
        known = (ErrorCode.INVALID_SOURCE, _why(error.reason or ""))
    return Rejected(*known, detail=detail)


def _why(reason: str) -> str:
    """In our words, why a video cannot be played."""
    said = reason.lower()
    return next((ours for word, ours in _UNPLAYABLE if word in said), _UNPLAYABLE[-1][1])


class _BoundedAdapter(HTTPAdapter):
    """Gives every request a timeout, a deadline and a size limit; may send it elsewhere.

    The client sets none of these itself, and a read timeout alone never ends a trickle.
    """

    def __init__(
        self, base: str | None, timeout: float, deadline: float, now: Callable[[], float]
    ) -> None:
        super().__init__()
        self._base = urlsplit(base) if base else None
        self._timeout = timeout
        self._deadline = deadline
        self._now = now

    def send(  # noqa: PLR0917 # the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send and read to the end. Raises ``requests.Timeout``, ``requests.RequestException``."""
        if self._base is not None:
            parts = urlsplit(str(request.url))
            request.url = urlunsplit(
                parts._replace(scheme=self._base.scheme, netloc=self._base.netloc)
            )
        left = self._deadline - self._now()
        if left <= 0:
            raise requests.Timeout("no time left for this request", request=request)
        wait = min(self._timeout, left)
        response = super().send(
            request, stream=True, timeout=wait, verify=verify, cert=cert, proxies=proxies
        )
        try:
            response._content = self._read(response)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        finally:
            response.close()
        return response

    def _read(self, response: requests.Response) -> bytes:
        kept = bytearray()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            kept += chunk
            if len(kept) > _MAX_BYTES:
                raise requests.RequestException("the answer is too large", response=response)
            if self._now() > self._deadline:
                raise requests.Timeout("the answer took too long", response=response)
        return bytes(kept)
