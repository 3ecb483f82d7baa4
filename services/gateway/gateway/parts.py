"""What routes work with, and who they work for: the dependencies of every route."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeVar
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import Event
from fastapi import Depends, Header, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from runtime import outbox
from runtime.db import Conn
from runtime.ids import uuid7
from runtime.objects import ObjectStore
from runtime.outbox import Offer, Row

from gateway import idempotency
from gateway.addresses import Addresses
from gateway.auth import Verifier
from gateway.database import UserDatabase, as_gateway
from gateway.domain import Accepted, User
from gateway.hearing import FfmpegHearing
from gateway.limits import Buckets
from gateway.progress import ProgressHub
from gateway.settings import Settings

SCHEMA: Final = "gateway"
M = TypeVar("M", bound=BaseModel)
UNKEPT: Final = {"Cache-Control": "private, no-store"}
"""Headers of answers that hold addresses: who has one needs no token."""
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's clients, made once in ``main``."""

    settings: Settings
    database: UserDatabase
    store: ObjectStore
    addresses: Addresses
    hearing: FfmpegHearing
    verifier: Verifier
    hub: ProgressHub
    writes: Buckets
    reads: Buckets
    offer: Offer
    new_id: Callable[[], UUID] = uuid7


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


AppParts = Annotated[Parts, Depends(parts_of)]
_Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, bearerFormat="JWT", description="A Supabase token.")),
]


async def signed_in(parts: AppParts, bearer: _Bearer) -> User:
    """Raises ``Rejected(UNAUTHENTICATED)`` without a valid token."""
    if bearer is None:
        raise Rejected(ErrorCode.UNAUTHENTICATED)
    return await parts.verifier.verify(bearer.credentials)


async def _reader(parts: AppParts, user: Annotated[User, Depends(signed_in)]) -> User:
    parts.reads.take(user.id)
    return user


async def _writer(parts: AppParts, user: Annotated[User, Depends(signed_in)]) -> User:
    parts.writes.take(user.id)
    return user


Reader = Annotated[User, Depends(_reader)]
Writer = Annotated[User, Depends(_writer)]
_IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Send the same key again after a lost answer: nothing is started twice.",
    ),
]
_Traceparent = Annotated[str | None, Header(include_in_schema=False)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that starts something: for whom, under which Idempotency-Key, in which trace."""

    parts: Parts
    user: User
    key: str | None = None
    traceparent: str | None = None
    _told: list[Row] = field(default_factory=list[Row], init=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Conn]:
        """A transaction as the user; what it emitted is published at once."""
        async with self.parts.database.as_user(self.user) as conn:
            self._told.clear()
            yield conn
        self.parts.offer(self._told)

    async def once(self, request: str, start: Callable[[Conn], Awaitable[Accepted]]) -> Accepted:
        """Start something, or give the answer that this request got before."""
        async with self.transaction() as conn:
            return await idempotency.once(conn, self.user, self.key, request, lambda: start(conn))

    async def emit(self, conn: Conn, event: Event, *, cause: UUID | None = None) -> None:
        """Write an event beside the row it tells of.

        A job gives rise to a type of event once, unless another ``cause`` is named.
        """
        async with as_gateway(conn):
            told = await outbox.put(
                conn, SCHEMA, [event], cause_id=cause or event.job_id, traceparent=self.traceparent
            )
        self._told.extend(told)


def _asked(
    parts: AppParts,
    user: Writer,
    key: _IdempotencyKey = None,
    traceparent: _Traceparent = None,
) -> Asked:
    fits = traceparent is not None and _TRACEPARENT.fullmatch(traceparent)
    return Asked(parts, user, key, traceparent if fits else None)


Asking = Annotated[Asked, Depends(_asked)]


def answer(response: Response, accepted: Accepted, shape: type[M]) -> M:
    """The body of an accepted request; its place goes into the Location header."""
    response.headers["Location"] = accepted.location
    return shape.model_validate(accepted.body)
