"""What a handler sees of its row, and what it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar
from uuid import UUID

from contracts.errors import ErrorCode
from contracts.events import Event

E_contra = TypeVar("E_contra", bound=Event, contravariant=True)


class LeaseLostError(Exception):
    """The row is no longer this worker's: write nothing, stop."""


class Keeper(Protocol):
    """Writes for a row while its handler runs, each in one fenced transaction."""

    async def save(
        self, work: "Work", checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        """Store a checkpoint (``None`` keeps the old one) and emit. Raises ``LeaseLostError``."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """A row at work. ``attempt`` is the fencing number: it rises with every claim."""

    id: UUID
    step: str
    job_id: UUID
    ordinal: int | None
    attempt: int
    tries: int
    checkpoint: Mapping[str, Any]
    event_id: UUID
    keeper: Keeper = field(repr=False, compare=False)
    traceparent: str | None = None

    async def save(self, checkpoint: Mapping[str, Any], *events: Event) -> None:
        """Make progress durable now, before or after something that cannot be repeated."""
        await self.keeper.save(self, checkpoint, events)

    async def say(self, *events: Event) -> None:
        """Emit events while still at work."""
        await self.keeper.save(self, None, events)


@dataclass(frozen=True, slots=True)
class Follow:
    """A further row of the same service. It is made once however often it is asked for."""

    step: str
    event: Event
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished."""

    events: Sequence[Event] = ()
    follow: Sequence[Follow] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Try later: ``after`` seconds, or by the retry policy. Too many tries end in ``code``."""

    reason: str
    after: float | None = None
    code: ErrorCode = ErrorCode.INTERNAL


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody else is at work; look again in ``seconds``. Waiting is no failed try."""

    seconds: float
    checkpoint: Mapping[str, Any]
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """It will never work. ``message`` is shown to the user; empty means the code's own title."""

    code: ErrorCode
    message: str = ""
    detail: str = ""


Outcome: TypeAlias = Done | Again | Waiting | Failed


class Handler(Protocol[E_contra]):
    """A step. At most one irreversible call; safe to run again from its checkpoint."""

    async def __call__(self, event: E_contra, work: Work, /) -> Outcome:
        """Do the step."""
        ...


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a failed try is repeated. Seconds; ``jitter`` is a share of the pause."""

    tries: int = 8
    bug_tries: int = 3
    first: float = 1.0
    cap: float = 120.0
    jitter: float = 0.25

    def pause(self, tries: int, chance: float) -> float:
        """The pause after ``tries`` failed tries; ``chance`` is in [0, 1)."""
        base = min(self.cap, self.first * 2 ** min(tries, 30))
        return base * (1 + self.jitter * (2 * chance - 1))


@dataclass(frozen=True, slots=True)
class Route:
    """Which event is accepted into which step.

    ``fan_out`` names one ordinal per row; ``lane`` names what a row competes for, such as a
    provider, so that its share of the workers can be capped. ``undo`` gives up what a cancelled
    row had begun outside; it gets the row's last checkpoint. ``withdraws`` names the message whose
    rows stop before this one's is worked on, by its id. A ``step`` that begins with ``undo.`` gives
    something up, and is worked on also for a job that was given up.
    """

    event: type[Event]
    step: str
    handler: Handler[Any]
    fan_out: Callable[[Any], Sequence[int]] | None = None
    lane: Callable[[Any], str] | None = None
    retry: Retry = Retry()
    undo: Handler[Any] | None = None
    withdraws: Callable[[Any], UUID] | None = None


@dataclass(frozen=True, slots=True)
class FollowRoute:
    """A step that only ``Follow`` makes rows for."""

    step: str
    event: type[Event]
    handler: Handler[Any]
    retry: Retry = Retry()
