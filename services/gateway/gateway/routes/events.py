"""A job's progress as server-sent events, from any point on."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

import structlog
from contracts.errors import ErrorCode, Rejected
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field
from runtime.db import TRANSIENT_ERRORS
from sse_starlette import EventSourceResponse, ServerSentEvent

from gateway import records
from gateway.domain import User
from gateway.openapi import problems
from gateway.parts import AppParts, Parts, Reader

log = structlog.get_logger()
router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

_PAGE: Final = 200
_IDLE: Final = 10
"""With nothing at work a stream looks by itself that many times less often."""
_MOST: Final = 2**62
Until: TypeAlias = Literal["left", "ended"]
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
        "description": "One event per change. It ends with the job, or with the sign-in; a film "
        "that is there can still have other cuts and exports, so its stream stays open.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    204: {"description": "There is nothing after the given event, and nothing more will come."},
}


class Wanted(BaseModel):
    """Which part of a job's story is to be told."""

    after: int = Field(default=0, ge=0, le=_MOST, description="the last event already seen")
    until: Until = Field(
        default="left",
        description="`ended`: of a film that is there the stream ends once nothing is at work",
    )


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
    wanted: Annotated[Wanted, Query()],
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Every change from the first one, or behind `Last-Event-ID` (or `after`).

    Each event holds the job's state, and the scenes and exports that changed: no other request
    is needed. Of a film that is there it goes on with the takes, cuts and exports to come.
    """
    seen = _number(last_event_id) if last_event_id else wanted.after
    async with parts.database.as_user(user) as conn:
        await records.job(conn, job_id)
        expecting = await records.expecting(conn, job_id)
        over = _is_over(expecting, wanted.until)
        if over and not await records.job_events(conn, job_id, seen, 1):
            return Response(status_code=204)
    # The stream takes its place here, where too many of them can still be refused.
    places = contextlib.ExitStack()
    wake = places.enter_context(parts.hub.listen(job_id, user.id))
    stream = Stream(parts, user, job_id, wake, wanted.until)
    return _Following(
        stream.events(seen),
        places,
        ping=parts.settings.stream_ping_seconds,
    )


def _is_over(expecting: records.Expecting, until: Until) -> bool:
    return not expecting.now and (until == "ended" or not expecting.later)


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
    until: Until

    async def events(self, seen: int) -> AsyncGenerator[ServerSentEvent]:
        """Until nothing more can come, the sign-in has ended, or the database is away."""
        while True:
            self.wake.clear()
            try:
                expecting, rows = await self._read(seen)
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
            if _is_over(expecting, self.until) or left <= 0:
                return
            pause = self.parts.settings.stream_poll_seconds * (1 if expecting.now else _IDLE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), min(pause, left))

    async def _read(self, seen: int) -> tuple[records.Expecting, list[Any]]:
        """First what may come: if nothing, the events read after it are all there are."""
        async with self.parts.database.as_user(self.user) as conn:
            expecting = await records.expecting(conn, self.job_id)
            return expecting, await records.job_events(conn, self.job_id, seen, _PAGE)
