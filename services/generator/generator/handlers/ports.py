"""What making a scene needs of the outside."""

from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.mezzanine import Mezzanine

from generator.domain.clip import Take
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    SceneRequest,
    Status,
    Ticket,
)


class VideoProvider(Protocol):
    """Somebody who makes clips. Raises ``Transient`` or ``Rejected``.

    An error of ``submit`` other than ``PROVIDER_UNCERTAIN`` promises that nothing was ordered.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do and what it costs."""
        ...

    async def submit(self, request: SceneRequest, token: str, may_send: MaySend) -> Ticket:
        """Place an order, once. Nothing below may retry it."""
        ...

    async def reconcile(self, request: SceneRequest, token: str) -> Ticket | None:
        """Find the order that carries ``token``; ``None`` if the provider lists none now."""
        ...

    async def poll(self, ticket: Ticket) -> Status:
        """Where an order stands."""
        ...

    async def cancel(self, ticket: Ticket) -> None:
        """Give an order up; no error if it is over."""
        ...

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the finished clip into a file. It may be repeated, and costs nothing."""
        ...


class MezzanineMaker(Protocol):
    """Brings any clip into the mezzanine profile."""

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        """A mezzanine of exactly ``frames`` frames. Raises ``Rejected`` for unusable clips."""
        ...

    async def poster(self, clip: Path, frames: int) -> bytes:
        """A JPEG of the clip."""
        ...


class ClipCache(Protocol):
    """Clips that a user already has, by the hash of what was asked."""

    async def get(self, user_id: UUID, wanted: str) -> Take | None:
        """The take for a request hash."""
        ...

    async def put(self, user_id: UUID, wanted: str, take: Take) -> None:
        """Remember a take; a later one replaces it."""
        ...
