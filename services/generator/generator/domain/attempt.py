"""Paying once: the durable record of an order, and how long and how often to try."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from enum import Enum
from typing import Any, Self

from generator.domain.provider import Capabilities, Phase

LONGEST_LOOK = 30.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One order to a provider; its record outlives the process that places it.

    Without ``submitted_at`` nothing is out. With it and without ``request_id`` the order may or may
    not have arrived: it is looked for by ``token``, never simply repeated. Times are seconds since
    the epoch. ``number`` counts the orders of a scene that a provider took, this one included;
    ``spent`` is what those before it cost, in US dollars. ``ordered_at`` is the first time this one
    was about to be sent, ``sends`` how often it may have arrived. ``output`` and ``links`` are
    what the provider told. ``failures`` counts what went wrong at each provider, ``falls`` how
    often another had to be found, ``waits`` how often it was not its turn (since ``waiting_at``),
    and ``unusable`` how often the file that came down was no clip. ``seen_at`` is the last look
    that found it at work, ``look_at`` when the next is due, ``ending_at`` since when it is to be
    cancelled because it took too long, and ``cancelled`` whether its provider was told. ``made``
    says that its provider is done.
    """

    provider: str
    token: str
    request_hash: str
    submitted_at: float | None = None
    request_id: str | None = None
    running_at: float | None = None
    number: int = 1
    spent: str = "0"
    resubmits: int = 0
    unsure_at: float | None = None
    looks: int = 0
    refused_at: float | None = None
    misses: int = 0
    downloads: int = 0
    share: float = 0.0
    ordered_at: float | None = None
    sends: int = 0
    output: str = ""
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    falls: int = 0
    waits: int = 0
    waiting_at: float | None = None
    unusable: int = 0
    seen_at: float | None = None
    look_at: float | None = None
    ending_at: float | None = None
    cancelled: bool = False
    made: bool = False

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Self | None:
        """Read a checkpoint back; an empty one is no attempt. Fields it lacks have their default.

        What is unknown is left out: a row may outlive the release that wrote it.
        """
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in checkpoint.items() if name in known}
        return cls(**kept) if kept else None

    @classmethod
    def first(cls, provider: str, work_id: str, request_hash: str) -> Self:
        """Nothing is out yet. The token follows from the row, so that no crash can change it."""
        return cls(provider, _token(work_id, 1), request_hash)

    def checkpoint(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    def sending(self, now: float) -> Self:
        """About to be sent: stored before the first byte leaves."""
        first = now if self.ordered_at is None else self.ordered_at
        return replace(
            self, submitted_at=now, unsure_at=None, looks=0, ordered_at=first, sends=self.sends + 1
        )

    def refused(self, now: float) -> Self:
        """Surely not taken; the same order may be sent again."""
        since = now if self.refused_at is None else self.refused_at
        return replace(
            self,
            submitted_at=None,
            refused_at=since,
            misses=self.misses + 1,
            sends=max(0, self.sends - 1),
        )

    def taken(
        self, request_id: str, output: str = "", links: Mapping[str, str] | None = None
    ) -> Self:
        """The provider has it."""
        return replace(
            self,
            request_id=request_id,
            refused_at=None,
            misses=0,
            output=output,
            links=dict(links or {}),
        )

    def done(self, output: str) -> Self:
        """The provider is done and said where the clip lies."""
        return replace(self, output=output, made=True)

    def looked(self, now: float) -> Self:
        """Not found where the provider lists its orders."""
        since = now if self.unsure_at is None else self.unsure_at
        return replace(self, unsure_at=since, looks=self.looks + 1, misses=0)

    def resubmitted(self) -> Self:
        """Given up for lost; the same order is sent again under the same token."""
        return replace(self, submitted_at=None, resubmits=self.resubmits + 1)

    def missed(self) -> Self:
        """The provider did not answer a question about it."""
        return replace(self, misses=self.misses + 1)

    def seen(self, phase: Phase, now: float) -> Self:
        """After an answered poll: when it began to run is kept."""
        began = now if phase is Phase.RUNNING and self.running_at is None else self.running_at
        return replace(self, running_at=began, misses=0)

    def due(self, now: float, seconds: float) -> Self:
        """It is at work, and looked at again in so many seconds."""
        return replace(self, seen_at=now, look_at=now + seconds)

    def ending(self, now: float, *, told: bool) -> Self:
        """It took too long; its provider was ``told`` to cancel it, or could not be reached."""
        since = now if self.ending_at is None else self.ending_at
        return replace(self, ending_at=since, cancelled=self.cancelled or told)

    def spoilt(self, *, unusable: bool = False) -> Self:
        """A download that came to nothing, or to no clip."""
        return replace(self, downloads=self.downloads + 1, unusable=self.unusable + unusable)

    @property
    def movable(self) -> bool:
        """Whether it is sure that no provider has it: then another one may be asked."""
        return self.submitted_at is None and self.request_id is None and self.resubmits == 0

    def at(self, provider: str, request_hash: str) -> Self:
        """The same, of another provider. Only what is ``movable`` may move."""
        if not self.movable:
            raise ValueError("an order that may be out stays with its provider")
        return replace(self, provider=provider, request_hash=request_hash)

    def fell(self, times: int = 1) -> Self:
        """Its provider surely did not take it, and another may be asked."""
        failures = self._failed(times)
        return replace(self, failures=failures, falls=self.falls + 1, refused_at=None, misses=0)

    def kept_back(self, now: float) -> Self:
        """It is not its turn yet."""
        since = now if self.waiting_at is None else self.waiting_at
        return replace(self, waits=self.waits + 1, waiting_at=since)

    def held(self, now: float) -> Self:
        """Nobody is well enough to be asked."""
        since = now if self.refused_at is None else self.refused_at
        return replace(self.kept_back(now), refused_at=since)

    @property
    def at_work(self) -> bool:
        """Whether its provider has it and, as far as is known, is not done."""
        return self.request_id is not None and not (self.made or self.output)

    def _failed(self, times: int) -> dict[str, int]:
        return {**self.failures, self.provider: self.failures.get(self.provider, 0) + times}

    def told(self, share: float) -> Self:
        """The user knows that this much of the scene is done."""
        return replace(self, share=max(self.share, share))

    def after_failure(self, work_id: str, cost: Decimal, times: int = 1) -> Self:
        """The next order, after this one came to nothing; it counts as ``times`` failures."""
        number = self.number + 1
        return replace(
            type(self)(self.provider, _token(work_id, number), self.request_hash),
            number=number,
            spent=str(self.paid(cost)),
            share=self.share,
            failures=self._failed(times),
            falls=self.falls,
        )

    def paid(self, cost: Decimal) -> Decimal:
        """What the scene cost if this order costs ``cost``."""
        return Decimal(self.spent) + cost


def _token(work_id: str, number: int) -> str:
    return f"{work_id}.{number}"


class Verdict(Enum):
    """What to do about an order that is not found."""

    LOOK_AGAIN = "look again"
    RESUBMIT = "resubmit"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    ``queued`` and ``running`` bound an order at the provider, ``ending`` how long one that took too
    long may take to end when it is cancelled, ``busy`` how long a provider may refuse us.
    An order leaves within ``send`` of its record or not at all, and one that is not found is given
    up for lost only after ``window`` and ``looks``. As ``send`` is shorter than ``window``, no
    process that slept through its lease can still send what another has given up.
    ``orders`` bounds paid orders of a scene, ``resubmits`` lost ones, ``downloads`` fetches and
    ``unusable`` those that bring down a file which is no clip.
    ``unlisted`` bounds lost orders at a provider that cannot be asked for them: every one of them
    may be paid twice.
    """

    queued: float = 900.0
    running: float = 900.0
    ending: float = 60.0
    busy: float = 3600.0
    send: float = 10.0
    window: float = 60.0
    looks: int = 3
    orders: int = 3
    resubmits: int = 3
    downloads: int = 6
    unusable: int = 3
    unlisted: int = 0

    def over(self, attempt: Attempt, now: float) -> bool:
        """Whether to give up an order that is out."""
        if attempt.running_at is not None:
            return now - attempt.running_at > self.running
        return attempt.submitted_at is not None and now - attempt.submitted_at > self.queued

    def may_end(self, attempt: Attempt, now: float) -> bool:
        """Whether one that took too long may still prove to be over: then another may be asked."""
        return attempt.ending_at is None or now - attempt.ending_at < self.ending

    def refused_too_long(self, attempt: Attempt, now: float) -> bool:
        """Whether to stop asking a provider that is busy."""
        return attempt.refused_at is not None and now - attempt.refused_at > self.busy

    def window_of(self, can: Capabilities) -> float:
        """How long a provider's order counts as out although nobody sees it."""
        return self.window if can.window is None else can.window

    def verdict(self, attempt: Attempt, now: float, can: Capabilities) -> Verdict:
        """What to do after a look that found nothing, or where nobody can look."""
        since = attempt.unsure_at if attempt.unsure_at is not None else now
        looks, most = (self.looks, self.resubmits) if can.can_reconcile else (0, self.unlisted)
        if attempt.looks < looks or now - since < self.window_of(can):
            return Verdict.LOOK_AGAIN
        return Verdict.RESUBMIT if attempt.resubmits < most else Verdict.GIVE_UP

    def look_pause(self, can: Capabilities) -> float:
        """Between two looks: they spread over the window."""
        return min(LONGEST_LOOK, self.window_of(can) / max(1, self.looks))
