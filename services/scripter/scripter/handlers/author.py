"""Who writes a film's scenes: a language model if there is one; without it, the rules."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from contracts.errors import FilmError, Transient
from runtime.work import Work

from scripter.domain.model_plan import (
    Answer,
    Claim,
    Finish,
    Request,
    UnknownOutcomeError,
    accepted,
    first_request,
    repair_request,
)
from scripter.domain.plans import BY_RULES
from scripter.domain.shots import Brief, Shot, shots_by_rule
from scripter.handlers.ports import Answers, SceneModel

log = structlog.get_logger()

TOO_LONG = "The text is too long for the language model: the scenes were planned by our own rules."
NO_ANSWER = "The language model did not answer: the scenes were planned by our own rules."
REFUSED = "The language model refused this text: the scenes were planned by our own rules."
UNUSABLE = "The language model's plan was not usable: the scenes were planned by our own rules."


@dataclass(frozen=True, slots=True)
class Written:
    """Scenes, who wrote them, what this job paid for them, and what the user is told of it."""

    shots: Sequence[Shot]
    by: str = BY_RULES
    cost_usd: Decimal = Decimal(0)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Never fails a film for a model's sake. Without a model the rules write.

    ``tries`` bounds how often a model that is away is asked by one job, ``most_words`` what it is
    given to read, ``busy_pause`` is how long to wait while another job asks the same, in seconds.
    """

    model: SceneModel | None = None
    answers: Answers | None = None
    tries: int = 3
    most_words: int = 20_000
    busy_pause: float = 2.0

    async def write(self, brief: Brief, work: Work) -> Written | None:
        """The scenes; ``None`` while another job waits for the same answer.

        Raises ``Transient`` while the model is away and may be asked once more.
        """
        if self.model is None or self.answers is None:
            return await _by_rules(brief)
        if brief.script.words > self.most_words:
            return await _by_rules(brief, TOO_LONG)
        asking = _Asking(self.model, self.answers, work)
        try:
            return await self._asked(brief, asking)
        except Transient as failure:
            if work.tries + 1 < self.tries:
                raise
            log.warning("the model stayed away", code=failure.code, detail=failure.detail)
        except FilmError as failure:
            log.warning("the model turned us away", code=failure.code, detail=failure.detail)
        return await _by_rules(brief, NO_ANSWER, asking.paid)

    async def _asked(self, brief: Brief, asking: "_Asking") -> Written | None:
        """The model's scenes, mended once if need be."""
        request = await asyncio.to_thread(first_request, brief, asking.model.name)
        faults: list[str] = []
        for repaired in (False, True):
            answer = await asking.ask(request)
            if answer is Claim.BUSY:
                return None
            if isinstance(answer, Claim):
                return await _by_rules(brief, NO_ANSWER, asking.paid)
            if answer.finish is Finish.REFUSED:
                return await _by_rules(brief, REFUSED, asking.paid)
            shots, faults = await asyncio.to_thread(accepted, answer, brief)
            if not faults:
                return Written(shots, asking.model.name[:80], asking.paid)
            if not repaired:
                request = repair_request(request, answer, faults)
        log.info("the model's plan was not usable", faults=faults)
        return await _by_rules(brief, UNUSABLE, asking.paid)


class _Asking:
    """One job's questions to a model, each on record before it is sent."""

    def __init__(self, model: SceneModel, answers: Answers, work: Work) -> None:
        self.model = model
        self.paid = Decimal(0)
        self._answers = answers
        self._work = work

    async def ask(self, request: Request) -> Answer | Claim:
        """The answer, given now or long ago, or why there is none."""
        answer = await self._answers.recall(request.digest)
        if answer is None:
            job = self._work.job_id
            claim = await self._answers.claim(request.digest, request.model, job)
            if claim is not Claim.GRANTED:
                return claim
            # Another job may have kept it between the first look and the claim.
            answer = await self._answers.recall(request.digest) or await self._sent(request)
        if answer.job_id == self._work.job_id:
            self.paid += answer.cost_usd
        return answer

    async def _sent(self, request: Request) -> Answer:
        try:
            answer = await self.model.ask(request)
        except FilmError as failure:
            unknown = isinstance(failure, UnknownOutcomeError)
            await self._answers.give_up(request.digest, failure.code, unknown=unknown)
            raise
        await self._answers.keep(request.digest, answer)
        log.info("the model answered", tokens_in=answer.tokens_in, tokens_out=answer.tokens_out)
        return Answer(
            answer.text,
            answer.finish,
            answer.tokens_in,
            answer.tokens_out,
            answer.cost_usd,
            self._work.job_id,
        )


async def _by_rules(brief: Brief, note: str = "", paid: Decimal = Decimal(0)) -> Written:
    shots = await asyncio.to_thread(shots_by_rule, brief)
    return Written(shots, BY_RULES, paid, [note] if note else [])
