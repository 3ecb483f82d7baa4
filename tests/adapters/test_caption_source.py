"""The real YouTube client against the loopback stand-in: every answer it may get."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from standins.server import serving
from standins.youtube import Case, YouTubeStandin
from transcriber.adapters.youtube import YouTubeCaptionSource
from transcriber.domain import CaptionTrack, from_captions

Served = tuple[YouTubeStandin, str]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    standin = YouTubeStandin(hang_seconds=3)
    with serving(standin.app) as base:
        yield standin, base


async def fetch(served: Served, video: str, language: str | None = None) -> CaptionTrack:
    return await YouTubeCaptionSource(base=served[1], timeout=5, total=10).fetch(video, language)


async def test_captions_arrive_as_text_with_times(served: Served) -> None:
    track = await fetch(served, Case.OK)
    assert (track.video_id, track.language, track.generated) == (Case.OK, "en", False)
    transcript = from_captions(track)
    assert [(s.start, s.end, s.text) for s in transcript.segments] == [
        (0.5, 2.0, "Hello & welcome."),
        (2.0, 5.0, "It's a small film."),
        (6.0, 8.0, "[Music]"),
        (8.5, 11.0, "Goodbye!"),
    ]
    assert transcript.origin == "youtube"


async def test_a_fetch_makes_one_call_of_each_kind(served: Served) -> None:
    await fetch(served, "counted____")
    kinds = ("watch", "player", "timedtext")
    assert [served[0].requests[kind, "counted____"] for kind in kinds] == [1, 1, 1]


@pytest.mark.parametrize(
    ("video", "asked", "language", "generated"),
    [
        (Case.GENERATED, None, "en", True),
        (Case.GENERATED, "en-GB", "en", True),
        (Case.GERMAN, "en", "de", False),
        (Case.MANY, "en", "en", False),
        (Case.MANY, None, "de", False),
        (Case.MANY, "it", "de", False),
        (Case.CONSENT, None, "en", False),
    ],
)
async def test_the_track_is_the_asked_else_the_spoken_else_any(
    served: Served, video: Case, asked: str | None, language: str, generated: bool
) -> None:
    track = await fetch(served, video, asked)
    assert (track.language, track.generated) == (language, generated)


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (Case.DISABLED, ErrorCode.TRANSCRIPT_MISSING),
        (Case.NO_TRACKS, ErrorCode.TRANSCRIPT_MISSING),
        (Case.EMPTY_TRACK, ErrorCode.TRANSCRIPT_MISSING),
        (Case.PRIVATE, ErrorCode.INVALID_SOURCE),
        (Case.REMOVED, ErrorCode.INVALID_SOURCE),
        (Case.TAKEN_DOWN, ErrorCode.INVALID_SOURCE),
        (Case.AGE, ErrorCode.INVALID_SOURCE),
        (Case.LIVE, ErrorCode.INVALID_SOURCE),
        (Case.LIVE_NOW, ErrorCode.TRANSCRIPT_MISSING),
        (Case.PREMIERE, ErrorCode.INVALID_SOURCE),
        (Case.REGION, ErrorCode.INVALID_SOURCE),
        (Case.MEMBERS, ErrorCode.INVALID_SOURCE),
        (Case.RENTED, ErrorCode.INVALID_SOURCE),
    ],
)
async def test_a_video_that_cannot_serve_is_rejected(
    served: Served, video: Case, code: ErrorCode
) -> None:
    with pytest.raises(Rejected) as caught:
        await fetch(served, video)
    assert caught.value.code is code
    assert any(step in caught.value.message for step in ("pload", "link", "again"))


@pytest.mark.parametrize(
    ("video", "word"),
    [
        (Case.PRIVATE, "is private. Make it public"),
        (Case.REMOVED, "does not exist any more"),
        (Case.AGE, "adults only"),
        (Case.LIVE, "has not begun"),
        (Case.REGION, "where our server is"),
        (Case.MEMBERS, "members of its channel"),
        (Case.RENTED, "must be paid for"),
    ],
)
async def test_the_user_is_told_why_in_our_words(served: Served, video: Case, word: str) -> None:
    with pytest.raises(Rejected, match=word):
        await fetch(served, video)


@pytest.mark.parametrize(
    "video",
    [
        Case.BOT_CHECK,
        Case.BOT_CHECK_ASCII,
        Case.TOO_MANY,
        Case.TOO_MANY_TEXTS,
        Case.RECAPTCHA,
        Case.BROKEN,
        Case.GONE,
        Case.RESET,
        Case.CONSENT_LOOP,
        Case.NO_KEY,
        Case.NOT_JSON,
        Case.NO_STATUS,
        Case.TOKEN_WANTED,
        Case.EMPTY_BODY,
        Case.HUGE,
    ],
)
async def test_a_blocked_or_odd_answer_is_tried_again_later(served: Served, video: Case) -> None:
    with pytest.raises(Transient) as caught:
        await fetch(served, video)
    assert caught.value.code is ErrorCode.SOURCE_BLOCKED
    assert caught.value.detail
    assert "http" not in caught.value.message


@pytest.mark.parametrize(("video", "wait", "total"), [(Case.HANG, 0.3, 9), (Case.TRICKLE, 2, 0.4)])
async def test_a_server_that_never_ends_is_given_up(
    served: Served, video: Case, wait: float, total: float
) -> None:
    source = YouTubeCaptionSource(base=served[1], timeout=wait, total=total)
    with pytest.raises(Transient) as caught:
        await source.fetch(video, None)
    assert caught.value.code is ErrorCode.SOURCE_BLOCKED
    assert served[0].requests["player", video] == 0


async def test_nobody_at_home_is_tried_again_later() -> None:
    with serving(YouTubeStandin().app) as base:
        pass
    with pytest.raises(Transient):
        await YouTubeCaptionSource(base=base, timeout=1, total=2).fetch(Case.OK, None)


async def test_every_call_goes_through_the_proxy_that_is_set(served: Served) -> None:
    async def as_proxy(scope: Any, receive: Any, send: Any) -> None:
        """A proxy is asked for whole addresses."""
        address = urlsplit(scope.get("path", ""))
        if scope["type"] == "http":
            assert address.hostname == "youtube.invalid"
        await served[0].app({**scope, "path": address.path}, receive, send)

    with serving(as_proxy) as proxy:
        source = YouTubeCaptionSource("http://youtube.invalid", timeout=5, total=10, proxy=proxy)
        assert (await source.fetch("by_a_proxy_", None)).language == "en"
    kinds = ("watch", "player", "timedtext")
    assert [served[0].requests[kind, "by_a_proxy_"] for kind in kinds] == [1, 1, 1]
    assert proxy not in repr(source)


async def test_a_proxy_that_is_away_is_tried_again_later() -> None:
    with serving(YouTubeStandin().app) as away:
        pass
    source = YouTubeCaptionSource(
        base="http://youtube.invalid", timeout=1, total=2, proxy=away.replace("//", "//me:secret@")
    )
    with pytest.raises(Transient) as caught:
        await source.fetch(Case.OK, None)
    assert caught.value.code is ErrorCode.SOURCE_BLOCKED
    assert "secret" not in caught.value.detail
