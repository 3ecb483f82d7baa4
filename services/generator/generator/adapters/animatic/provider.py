"""The provider that needs no account: scenes drawn here, straight into the mezzanine profile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from contracts.errors import ErrorCode, Transient
from contracts.mezzanine import Mezzanine
from runtime.ffmpeg import Ffmpeg, FfmpegError

from generator.adapters.animatic.picture import MovingPicture
from generator.adapters.mezzanine import graph, output, shares, silence
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    Order,
    Phase,
    SceneRequest,
    SeedPolicy,
    Status,
    Ticket,
)

BATCH = 6
"""Frames drawn in one go: enough to make a thread hop cheap, few enough to stop soon."""


CAPABILITIES = Capabilities(
    model="animatic-1",
    max_seconds=60.0,
    usd_per_second=Decimal(0),
    seed_policy=SeedPolicy.FROM_REQUEST,
    draws_text=True,
    can_reconcile=True,
)


@dataclass(frozen=True, slots=True)
class Animatic:
    """Implements the ``VideoProvider`` port. An order is free, so it is placed by name alone."""

    ffmpeg: Ffmpeg
    capabilities: Capabilities = CAPABILITIES

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Accept an order; nothing is drawn yet."""
        return Ticket(order, f"animatic-{order.token}")

    async def reconcile(self, order: Order) -> Ticket | None:
        """The order a token names: it always exists."""
        return Ticket(order, f"animatic-{order.token}")

    async def poll(self, ticket: Ticket) -> Status:
        """An order can always be fetched."""
        return Status(Phase.SUCCEEDED, progress=1.0)

    async def cancel(self, ticket: Ticket) -> None:
        """Nothing runs outside ``fetch``, whose task is cancelled instead."""

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Draw the scene into ``path``."""
        request = ticket.request
        profile = Mezzanine(request.width, request.height, request.fps)

        try:
            await self.ffmpeg.run(
                _encoding(path, profile, request.frames),
                feed=_frames(request),
                on_frame=shares(on_share, request.frames),
            )
        except FfmpegError as error:
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=str(error)) from error


async def _frames(request: SceneRequest) -> AsyncIterator[bytes]:
    scene = await asyncio.to_thread(MovingPicture.of, request)
    for first in range(0, request.frames, BATCH):
        yield await asyncio.to_thread(scene.raw, first, min(first + BATCH, request.frames))


def _encoding(path: Path, profile: Mezzanine, frames: int) -> list[str]:
    size = f"{profile.width}x{profile.height}"
    raw = graph.input("pipe:0", format="rawvideo", pix_fmt="yuv420p", s=size, framerate=profile.fps)
    sound = silence(profile, frames)
    return output((raw.video, sound), path, profile, frames, drawn=True)
