"""A row at work for steps that keep nothing while at work."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.events import Event
from runtime.work import Work

from tests.unit.scripter.making import JOB_ID


class NoKeeper:
    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        raise AssertionError("these steps keep nothing while at work")


def work(step: str) -> Work:
    return Work(
        id=UUID(int=1),
        step=step,
        job_id=JOB_ID,
        ordinal=None,
        attempt=1,
        tries=0,
        checkpoint={},
        event_id=UUID(int=3),
        keeper=NoKeeper(),
    )
