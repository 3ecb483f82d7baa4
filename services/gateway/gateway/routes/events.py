"""A job's progress as server-sent events, from any point on."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from contracts.errors import ErrorCode, Rejected
from fastapi import APIRouter, Header, Query, Response
from runtime.db import TRANSIENT_ERRORS
from sse_starlette import EventSourceResponse, ServerSentEvent

from gateway import records
from gateway.domain import User
from gateway.openapi import problems
from gateway.parts import AppParts, Parts, Reader

log = structlog.get_logger()
router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

_PAGE: Final = 200
_MOST: Final = 2**62
_EXAMPLE: Final = (
    "id: 7\n"
    "event: scene.generated\n"
    'data: {"job": {"status": "running", "stage": "scenes", "progress": 45, "version": 7,'
    ' "error": null}, "scenes": [{"scene_index": 0, "title": "The harbour",'
    ' "status": "succeeded", "progress": 100, "provider": "animatic", "reused": false,'
    ' "error": null}], "exports": []}\n\n'
)
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "One event per change; it ends after the job and its exports.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    204: {"description": "The job has ended and there is nothing after the given event."},
}


@router.get(
    "/{job_id}/events",
    response_class=EventSourceResponse,
    responses=_STREAM | problems(404),
    summary="Follow a job",
)
async def follow_job(
    job_id: UUID,
    user: Reader,
    parts: AppParts,
    after: Annotated[int, Query(ge=0, le=_MOST, description="the last event already seen")] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Every change from the first one, or behind `Last-Event-ID` (or `after`).

    Each event holds the job's state, and the scenes and exports that changed: no other request
    is needed.
    """
    seen = _number(last_event_id) if last_event_id else after
    async with parts.database.as_user(user) as conn:
        await records.job(conn, job_id)
        goes_on = await records.goes_on(conn, job_id)
        if not goes_on and not await records.job_events(conn, job_id, seen, 1):
            return Response(status_code=204)
    # The stream takes its place here, where too many of them can still be refused.
    places = contextlib.ExitStack()
    wake = places.enter_context(parts.hub.listen(job_id, user.id))
    stream = Stream(parts, user, job_id, wake)
    return _Following(
        stream.events(seen),
        places,
        ping=parts.settings.stream_ping_seconds,
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST:
        raise Rejected(ErrorCode.INVALID_INPUT, "Last-Event-ID is not an event of this stream.")
    return int(text)


class _Following(EventSourceResponse):
    """Gives the stream's place back however the response ends."""

    def __init__(
        self, content: AsyncGenerator[ServerSentEvent], places: contextlib.ExitStack, ping: float
    ) -> None:
        super().__init__(content, ping=ping)  # pyright: ignore[reportUnknownMemberType]
        self._places = places

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with self._places:
            await super().__call__(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Stream:
    """One client following one job."""

    parts: Parts
    user: User
    job_id: UUID
    wake: asyncio.Event

    async def events(self, seen: int) -> AsyncGenerator[ServerSentEvent]:
        """Until the job and its exports have ended, the sign-in has, or the database is away."""
        while True:
            self.wake.clear()
            try:
                goes_on, rows = await self._read(seen)
            except TRANSIENT_ERRORS as error:
                log.warning("stream.database_away", error=type(error).__name__)
                return
            for row in rows:
                seen = row["seq"]
                yield ServerSentEvent(
                    json.dumps(row["data"], separators=(",", ":")), event=row["type"], id=str(seen)
                )
            if len(rows) == _PAGE:
                continue
            left = self.user.expires - time.time()
            if not goes_on or left <= 0:
                return
            pause = min(self.parts.settings.stream_poll_seconds, left)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), pause)

    async def _read(self, seen: int) -> tuple[bool, list[Any]]:
        """First whether it goes on: if not, the events read after it are all there are."""
        async with self.parts.database.as_user(self.user) as conn:
            goes_on = await records.goes_on(conn, self.job_id)
            return goes_on, await records.job_events(conn, self.job_id, seen, _PAGE)
