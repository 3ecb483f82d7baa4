"""A language model and its memory without a network or a database."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from contracts.errors import ErrorCode
from scripter.domain.model_plan import Answer, Claim, Finish, Request


def answer(text: str, finish: Finish = Finish.COMPLETE) -> Answer:
    return Answer(text, finish, tokens_in=100, tokens_out=10, cost_usd=Decimal("0.002"))


@dataclass
class FakeSceneModel:
    """Says what is next in ``says``; the last of it for ever."""

    says: deque[Answer | Exception]
    name: str = "fake-1"
    asked: list[Request] = field(default_factory=list[Request])

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        said = self.says.popleft() if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


@dataclass
class _Row:
    job_id: UUID
    busy_until: float
    unknown: int = 1
    answer: Answer | None = None


@dataclass
class FakeAnswers:
    """``now`` is in seconds; a claim ends after ``claim_seconds``."""

    now: Callable[[], float] = lambda: 0.0
    claim_seconds: float = 60.0
    rows: dict[str, _Row] = field(default_factory=dict[str, _Row])

    async def recall(self, digest: str) -> Answer | None:
        row = self.rows.get(digest)
        if row is None or row.answer is None:
            return None
        return replace(row.answer, job_id=row.job_id)

    async def claim(self, digest: str, model: str, job_id: UUID) -> Claim:
        until = self.now() + self.claim_seconds
        row = self.rows.get(digest)
        if row is None:
            self.rows[digest] = _Row(job_id, until)
            return Claim.GRANTED
        if row.answer is not None:
            return Claim.GRANTED
        if row.busy_until > self.now():
            return Claim.BUSY
        if row.job_id == job_id and row.unknown >= 2:
            return Claim.SPENT
        row.unknown = row.unknown + 1 if row.job_id == job_id else 1
        row.job_id, row.busy_until = job_id, until
        return Claim.GRANTED

    async def keep(self, digest: str, answer: Answer) -> None:
        row = self.rows[digest]
        row.answer = row.answer or answer
        row.unknown = max(0, row.unknown - 1)
        row.busy_until = self.now()

    async def give_up(self, digest: str, code: ErrorCode, *, unknown: bool) -> None:
        row = self.rows[digest]
        row.busy_until = self.now()
        row.unknown -= not unknown
