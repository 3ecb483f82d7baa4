"""Trains a character: its pictures go to a provider once, and one paid order makes its model."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterProgressed, CharacterReady, CharacterRequested, Event
from runtime.objects import ObjectMissingError, ObjectStore
from runtime.work import Done, Failed, Outcome, Work

from generator.domain.attempt import Attempt
from generator.domain.training import Prepared, Subject
from generator.handlers.bundle import bundle
from generator.handlers.job import Job, Teller
from generator.handlers.orders import Made, Orders
from generator.handlers.ports import CharacterTrainer, Gate
from generator.handlers.undo import GiveUp

PLAYS_ON = "The character goes on playing by its first picture"
NOBODY = f"Nobody here trains characters. {PLAYS_ON}"
SAID = {
    ErrorCode.PROVIDER_NOT_CONFIGURED: NOBODY,
    ErrorCode.CONTENT_REJECTED: f"The provider refused these pictures. {PLAYS_ON}",
    ErrorCode.SCENE_TIMEOUT: f"The training took longer than allowed. {PLAYS_ON}",
    ErrorCode.AI_PROVIDER_FAILURE: f"The provider could not train this character. {PLAYS_ON}",
    ErrorCode.OUTPUT_EXPIRED: f"The trained model is gone. {PLAYS_ON}",
    ErrorCode.BUDGET_EXCEEDED: f"The training would cost more than may be spent. {PLAYS_ON}",
}
"""What a user reads of codes whose own titles speak of scenes."""


@dataclass(slots=True)
class TrainingTeller(Teller):
    """Says how far a training is."""

    def fact(self, share: float, cost: Decimal | None = None) -> Event:
        """The event, for an outcome that carries it. ``cost`` is what was paid in vain."""
        return CharacterProgressed.caused_by(
            self.event,
            character_id=_asked(self.event).character_id,
            progress=share,
            provider=self.provider,
            cost_usd=cost,
        )


@dataclass(frozen=True, slots=True)
class TrainCharacter:
    """CharacterRequested -> CharacterReady.

    The order is in the checkpoint before it is sent, and so is what was prepared for it.
    """

    trainer: CharacterTrainer | None
    orders: Orders
    store: ObjectStore
    now: Callable[[], float]
    scratch: Path | None = None

    async def __call__(self, event: CharacterRequested, work: Work) -> Outcome:
        """Train the character, or look how far it is."""
        if self.trainer is None:
            return Failed(ErrorCode.PROVIDER_NOT_CONFIGURED, NOBODY)
        try:
            outcome = await self._train(training_of(event, work, self.trainer, self.now))
        except Rejected as error:
            outcome = Failed(error.code, "", error.detail)
        if isinstance(outcome, Failed):
            return replace(outcome, message=SAID.get(outcome.code, outcome.message))
        return outcome

    async def _train(self, job: Job) -> Outcome:
        picked = await self.orders.routing.pick(job)
        if not isinstance(picked, Job):
            return picked
        placed = await self.orders.place(await self._prepared(job))
        if not isinstance(placed, Attempt):
            return placed
        made = await self.orders.look(job, placed)
        if not isinstance(made, Made):
            return made
        event = _asked(job.event)
        ready = CharacterReady.caused_by(
            event,
            character_id=event.character_id,
            model_ref=made.ticket.output,
            trigger_word=subject_of(event).trigger_word,
            provider=job.name,
            cost_usd=made.cost,
        )
        return Done([ready])

    async def _prepared(self, job: Job) -> Job:
        """The pictures are at the provider before the order's record, which must not grow old."""
        attempt, trainer = job.attempt, self.trainer
        if trainer is None or attempt.request_id or Prepared.of(attempt.links) is not None:
            return job
        subject = subject_of(_asked(job.event))
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="character-") as name:
            try:
                pictures = await bundle(self.store, subject.images, Path(name))
            except ObjectMissingError as error:
                raise Rejected(ErrorCode.INVALID_INPUT, detail=error.detail) from error
            ready = await trainer.prepare(subject, pictures)
        attempt = replace(attempt, links=ready.links())
        await job.work.save(attempt.checkpoint())
        return replace(job, attempt=attempt, provider=trainer.training(subject, ready))


@dataclass(frozen=True)
class GiveUpTraining(GiveUp[CharacterRequested]):
    """What a cancelled training has ordered."""

    trainer: CharacterTrainer | None
    orders: Orders
    gate: Gate
    now: Callable[[], float]

    async def job_of(self, event: CharacterRequested, work: Work) -> Job:
        """The training as it was ordered."""
        if self.trainer is None:
            raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED)
        return training_of(event, work, self.trainer, self.now)


def subject_of(event: CharacterRequested) -> Subject:
    """Whom an event is about."""
    return Subject(event.character_id, event.name, event.images)


def training_of(
    event: CharacterRequested, work: Work, trainer: CharacterTrainer, now: Callable[[], float]
) -> Job:
    """The training as its row says it stands."""
    subject, name = subject_of(event), trainer.name
    attempt = Attempt.of(work.checkpoint)
    if attempt is None:
        attempt = Attempt.first(name, str(work.id), _hash(subject))
    taker = trainer.training(subject, Prepared.of(attempt.links))
    teller = TrainingTeller(event, work, 0, name, now, attempt.share)
    prices = {name: taker.capabilities.price(subject.request)}
    return Job(event, work, subject.request, name, taker, attempt, teller, (name,), prices)


def _hash(subject: Subject) -> str:
    said = "\n".join((subject.model, *(image.sha256 for image in subject.images)))
    return hashlib.sha256(said.encode()).hexdigest()


def _asked(event: Event) -> CharacterRequested:
    if not isinstance(event, CharacterRequested):
        raise TypeError(f"no wish for a character: {event.TYPE}")
    return event
