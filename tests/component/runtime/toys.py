"""Toy handlers and routes, for tests of the runtime around them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from contracts.events import (
    Event,
    ImportRequested,
    Source,
    TranscriptReady,
)
from contracts.values import SourceKind
from runtime.outbox import Message
from runtime.service import Service
from runtime.settings import RuntimeSettings
from runtime.work import Done, FollowRoute, Outcome, Retry, Route, Work

from tests.samples import object_ref

Step = Callable[["Toy", ImportRequested, Work], Outcome]


def requested(job: UUID | None = None) -> ImportRequested:
    return ImportRequested(
        job_id=job or uuid4(),
        user_id=uuid4(),
        project_id=uuid4(),
        script_id=uuid4(),
        source=Source(kind=SourceKind.TEXT, upload=object_ref("a.txt")),
    )


def ready(cause: ImportRequested) -> TranscriptReady:
    return TranscriptReady.caused_by(
        cause,
        script_id=cause.script_id,
        transcript=object_ref("t.json"),
        language="en",
        origin="upload",
        segments=1,
        seconds=1.0,
    )


@dataclass
class Toy:
    """A handler that counts its calls and answers as it is told."""

    step: Step
    calls: list[Work] = field(default_factory=list[Work])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: int = 0

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        self.calls.append(work)
        return self.step(self, event, work)


class SlowPublisher:
    """Has published only when it may go on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
        self.entered.set()
        await self.go_on.wait()
        return [None] * len(messages)


def service_of(*routes: Route | FollowRoute) -> Callable[[RuntimeSettings], Service]:
    return lambda settings: Service("transcriber", settings, routes)


def answer(_: "Toy", event: ImportRequested, __: Work) -> Outcome:
    return Done([ready(event)])


def nothing(*_: object) -> Outcome:
    return Done()


def three(_: Event) -> range:
    return range(3)


def four(_: Event) -> range:
    return range(4)


QUICK = Retry(tries=3, bug_tries=2, first=0.01, cap=0.02)
