"""What making a scene needs of the outside."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.errors import ErrorCode
from contracts.events import Event
from contracts.mezzanine import Mezzanine

from generator.domain.clip import Take
from generator.domain.ledger import Entry, Hastened
from generator.domain.provider import Capabilities, MaySend, OnShare, Order, Status, Ticket
from generator.domain.routing import Blocked
from generator.domain.training import Prepared, Subject


class OrderTaker(Protocol):
    """Somebody who takes paid orders. Raises ``Transient`` or ``Rejected``.

    An error of ``submit`` other than ``PROVIDER_UNCERTAIN`` promises that nothing was ordered.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do and what it costs."""
        ...

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Place an order, once. Nothing below may retry it."""
        ...

    async def reconcile(self, order: Order) -> Ticket | None:
        """Find an order that may be out; ``None`` if the provider surely lists none now.

        Asked only of a provider that ``can_reconcile``.
        """
        ...

    async def poll(self, ticket: Ticket) -> Status:
        """Where an order stands."""
        ...

    async def cancel(self, ticket: Ticket) -> None:
        """Give an order up; no error if it is over."""
        ...


class VideoProvider(OrderTaker, Protocol):
    """Somebody who makes clips."""

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the finished clip into a file. It may be repeated, and costs nothing."""
        ...


class CharacterTrainer(Protocol):
    """Somebody who trains models of characters. What it prepares may be repeated and is free."""

    @property
    def name(self) -> str:
        """Whose account pays."""
        ...

    async def prepare(self, subject: Subject, pictures: Path) -> Prepared:
        """Bring a zip file of pictures there, and make the model that will be trained."""
        ...

    def training(self, subject: Subject, prepared: Prepared | None) -> OrderTaker:
        """Takes the one order for this character; without what was prepared it sends nothing.

        The output of its success is the trained model's name.
        """
        ...


class MezzanineMaker(Protocol):
    """Brings any clip into the mezzanine profile."""

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        """A mezzanine of exactly ``frames`` frames. Raises ``Rejected`` for unusable clips."""
        ...

    async def poster(self, clip: Path, frames: int, fps: int) -> bytes:
        """A JPEG of the mezzanine, whose rate is ``fps``."""
        ...


class ClipCache(Protocol):
    """Clips that a user already has, by the hash of what was asked."""

    async def get(self, user_id: UUID, wanted: str) -> Take | None:
        """The take for a request hash."""
        ...

    async def put(self, user_id: UUID, wanted: str, take: Take) -> None:
        """Remember a take; a later one replaces it."""
        ...


class AttemptLog(Protocol):
    """The books of paid orders. Raises ``Transient`` while they cannot be written."""

    async def record(self, entry: Entry) -> bool:
        """Keep where an order stands; whether it was news. What has ended stays as it ended.

        Only a clip that was paid for may still prove unusable.
        """
        ...


class Gate(Protocol):
    """Lets paid orders through, for all replicas alike. Raises ``Transient``.

    Times are seconds since the epoch.
    """

    async def health(
        self, providers: Collection[str], token: str, now: float
    ) -> Mapping[str, Blocked]:
        """Who is ill, of these, and for how long."""
        ...

    async def admit(
        self, entry: Entry, price: Decimal, now: float, budget: Decimal | None = None
    ) -> Blocked | None:
        """Reserve the price and write the entry, if the order may leave now; else why not.

        ``budget`` is what its user allows for the whole film, in US dollars.
        Raises ``Rejected(BUDGET_EXCEEDED)``.
        """
        ...

    async def failed(self, provider: str, code: ErrorCode, now: float) -> None:
        """Something went wrong that was the provider's doing."""
        ...

    async def worked(self, provider: str, *, finished: bool) -> None:
        """An order was taken, or even finished: what stood against that is over."""
        ...

    async def pause(self, provider: str, until: float) -> None:
        """The provider wants to be left alone until then."""
        ...

    async def release(self, job_id: UUID, scene_index: int) -> None:
        """Of a scene that is given up: what was reserved and never sent is free again."""
        ...


class Sisters(Protocol):
    """The rows of a film's other scenes. Raises ``Transient``."""

    async def failed(self, job_id: UUID) -> bool:
        """Whether the first take of a scene of this film has failed for good."""
        ...


class OrderRows(Protocol):
    """The rows of work that wait for orders. Raises ``Transient``."""

    async def hasten(
        self, job_id: UUID, provider: str, request_id: str, token: str | None
    ) -> Hastened:
        """Make the row due now that waits for this very order of this very job."""
        ...


class Callbacks(Protocol):
    """Makes the addresses at which a provider may call us."""

    def __call__(self, hook: str, provider: str, event: Event, token: str) -> str:
        """Where ``hook`` calls about an order; empty if we cannot be reached."""
        ...
