"""Speaks YouTube's part of a caption fetch: watch page, player, timed text, consent page.

What a video does is told by its id (see ``Case``); any other id is a plain video with captions.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from enum import StrEnum
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from standins.breaks import reset

__all__ = ["Case", "YouTubeStandin", "create_app"]


class Case(StrEnum):
    """Video ids with a behaviour of their own."""

    OK = "ok_captions"
    GENERATED = "generated__"
    GERMAN = "german_only"
    MANY = "many_tracks"
    DISABLED = "disabled___"
    NO_TRACKS = "no_tracks__"
    PRIVATE = "private____"
    REMOVED = "removed____"
    TAKEN_DOWN = "taken_down_"
    AGE = "age________"
    BOT_CHECK = "bot_check__"
    BOT_CHECK_ASCII = "bot_ascii__"
    LIVE = "live_later_"
    LIVE_NOW = "live_now___"
    PREMIERE = "premiere___"
    REGION = "region_____"
    MEMBERS = "members____"
    RENTED = "rented_____"
    RESET = "reset______"
    GONE = "gone_404___"
    TOO_MANY = "too_many___"
    TOO_MANY_TEXTS = "429_in_text"
    RECAPTCHA = "recaptcha__"
    BROKEN = "error_500__"
    CONSENT = "consent____"
    CONSENT_LOOP = "consent_all"
    NO_KEY = "no_api_key_"
    NOT_JSON = "not_json___"
    NO_STATUS = "no_status__"
    TOKEN_WANTED = "po_token___"  # noqa: S105
    EMPTY_BODY = "empty_body_"
    EMPTY_TRACK = "empty_track"
    HANG = "hang_______"
    TRICKLE = "trickle____"
    HUGE = "huge_answer"


_KEY = "loopback-key"
_LINES: dict[str, tuple[tuple[float, float, str], ...]] = {
    "en": (
        (0.5, 2.5, "Hello &amp; welcome."),
        (2.0, 3.0, "It&amp;#39;s a <i>small</i> film."),
        (6.0, 2.0, "[Music]"),
        (8.5, 2.5, "Goodbye!"),
    ),
    "de": ((0.0, 2.0, "Guten Tag."), (2.5, 2.0, "Das ist ein kleiner Film.")),
    "fr": ((0.0, 2.0, "Bonjour."),),
}
_REFUSALS: dict[str, tuple[str, str]] = {
    Case.PRIVATE: ("LOGIN_REQUIRED", "This video is private."),
    Case.REMOVED: ("ERROR", "This video is unavailable"),
    Case.TAKEN_DOWN: ("ERROR", "This video has been removed by the uploader"),
    Case.AGE: ("LOGIN_REQUIRED", "This video may be inappropriate for some users."),
    Case.BOT_CHECK: ("LOGIN_REQUIRED", "Sign in to confirm you\u2019re not a bot"),
    Case.BOT_CHECK_ASCII: ("LOGIN_REQUIRED", "Sign in to confirm you're not a bot"),
    Case.LIVE: ("LIVE_STREAM_OFFLINE", "This live event will begin in 3 hours."),
    Case.PREMIERE: ("LIVE_STREAM_OFFLINE", "Premieres in 20 minutes"),
    Case.REGION: (
        "UNPLAYABLE",
        "The uploader has not made this video available in your country",
    ),
    Case.MEMBERS: ("UNPLAYABLE", "Join this channel to get access to members-only content."),
    Case.RENTED: ("UNPLAYABLE", "This video requires payment to watch."),
}
_TRACKS: dict[str, tuple[tuple[str, bool], ...]] = {
    Case.GENERATED: (("en", True),),
    Case.GERMAN: (("de", False),),
    Case.MANY: (("fr", False), ("de", False), ("de", True), ("en", False)),
    Case.NO_TRACKS: (),
}
_STATUSES: dict[str, int] = {Case.TOO_MANY: 429, Case.BROKEN: 500, Case.GONE: 404}
_PLAIN_PAGES: dict[str, str] = {
    Case.RECAPTCHA: '<div class="g-recaptcha"></div>',
    Case.NO_KEY: "<html></html>",
}
_CONSENT_PAGE = (
    '<form action="https://consent.youtube.com/s" method="POST">'
    '<input type="hidden" name="v" value="cb.20261101"></form>'
)


class YouTubeStandin:
    """Counts each call as ``requests[(call, video id)]``; ``hang_seconds`` bounds every delay."""

    def __init__(self, hang_seconds: float = 30.0) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.hang_seconds = hang_seconds
        self.app = Starlette(
            routes=[
                Route("/watch", self._watch),
                Route("/youtubei/v1/player", self._player, methods=["POST"]),
                Route("/api/timedtext", self._timed_text),
            ]
        )

    async def _watch(self, request: Request) -> Response:
        video = request.query_params.get("v", "")
        self.requests["watch", video] += 1
        consented = request.cookies.get("CONSENT", "").startswith("YES+cb")
        page = f'<html><script>ytcfg.set({{"INNERTUBE_API_KEY": "{_KEY}"}})</script></html>'
        match video:
            case Case.HANG:
                await asyncio.sleep(self.hang_seconds)
            case Case.TRICKLE:
                return StreamingResponse(self._trickle())
            case Case.HUGE:
                page = "x" * (17 * 1024 * 1024)
            case Case.TOO_MANY | Case.BROKEN | Case.GONE:
                return Response("not now", status_code=_STATUSES[video])
            case Case.RESET:
                await reset(request)
            case Case.RECAPTCHA | Case.NO_KEY:
                page = _PLAIN_PAGES[video]
            case Case.CONSENT | Case.CONSENT_LOOP if video == Case.CONSENT_LOOP or not consented:
                page = _CONSENT_PAGE
            case _:
                pass
        return HTMLResponse(page)

    async def _trickle(self) -> AsyncIterator[bytes]:
        for _ in range(max(1, int(self.hang_seconds * 20))):
            yield b" "
            await asyncio.sleep(0.05)

    async def _player(self, request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        video = str(asked["videoId"])
        self.requests["player", video] += 1
        if request.query_params.get("key") != _KEY or "client" not in asked["context"]:
            return JSONResponse({"error": {"code": 400}}, status_code=400)
        if video == Case.NOT_JSON:
            return HTMLResponse("<html>not today</html>")
        if video == Case.NO_STATUS:
            return JSONResponse({})
        if video in _REFUSALS:
            status, reason = _REFUSALS[video]
            return JSONResponse({"playabilityStatus": {"status": status, "reason": reason}})
        answer: dict[str, Any] = {"playabilityStatus": {"status": "OK"}}
        if video not in {Case.DISABLED, Case.LIVE_NOW}:
            tracks = [_track(video, *track) for track in _TRACKS.get(video, (("en", False),))]
            answer["captions"] = {
                "playerCaptionsTracklistRenderer": {
                    "captionTracks": tracks,
                    "translationLanguages": [
                        {"languageCode": "fr", "languageName": {"runs": [{"text": "French"}]}}
                    ],
                }
            }
        return JSONResponse(answer)

    async def _timed_text(self, request: Request) -> Response:
        video = request.query_params.get("v", "")
        language = request.query_params.get("lang", "en")
        self.requests["timedtext", video] += 1
        if video == Case.TOO_MANY_TEXTS:
            return Response("slow down", status_code=429)
        if video == Case.EMPTY_BODY:
            return Response("", media_type="text/xml")
        if "fmt" in request.query_params:
            return Response("only the plain format is spoken here", status_code=400)
        lines = () if video == Case.EMPTY_TRACK else _LINES[language]
        texts = "".join(
            f'<text start="{start}" dur="{length}">{escape(text)}</text>'
            for start, length, text in lines
        )
        body = f'<?xml version="1.0" encoding="utf-8" ?><transcript>{texts}</transcript>'
        return Response(body, media_type="text/xml")


def _track(video: str, language: str, generated: bool) -> dict[str, Any]:
    wanted = "&exp=xpe" if video == Case.TOKEN_WANTED else ""
    kind = {"kind": "asr"} if generated else {}
    return kind | {
        "baseUrl": f"https://www.youtube.com/api/timedtext?v={video}&lang={language}"
        f"{wanted}&fmt=srv3",
        "name": {"runs": [{"text": f"{language} captions"}]},
        "languageCode": language,
        "isTranslatable": True,
    }


def create_app() -> Starlette:
    """The stand-in as an application to serve."""
    return YouTubeStandin().app
