"""What the scripter's steps need from outside."""

from typing import Protocol
from uuid import UUID

from contracts.errors import ErrorCode

from scripter.domain.model_plan import Answer, Claim, Request


class SceneModel(Protocol):
    """A language model that answers in a JSON schema."""

    @property
    def name(self) -> str:
        """The model's name, a part of every request."""
        ...

    async def ask(self, request: Request) -> Answer:
        """Its answer, complete or not. One request, never repeated in here.

        Raises ``Rejected`` or ``Transient`` where nothing was answered; ``UnknownOutcomeError``, a
        ``Transient``, where the request may have been worked on all the same.
        """
        ...


class Answers(Protocol):
    """The questions asked so far, by their digest."""

    async def recall(self, digest: str) -> Answer | None:
        """The answer, if it has been given."""
        ...

    async def claim(self, digest: str, model: str, job_id: UUID) -> Claim:
        """Put on record that the caller is about to ask.

        BUSY while somebody else asks the same, SPENT after two requests of this job whose end
        nobody knows.
        """
        ...

    async def keep(self, digest: str, answer: Answer) -> None:
        """Remember the answer for good."""
        ...

    async def give_up(self, digest: str, code: ErrorCode, *, unknown: bool) -> None:
        """Give the claim back without an answer; ``unknown`` if it may have cost money."""
        ...
