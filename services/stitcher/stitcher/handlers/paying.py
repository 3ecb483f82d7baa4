"""Lines said by a paid server: each is paid for once, however often the film is made."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog
from contracts.errors import AnswerLostError, ErrorCode, FilmError, Rejected, Transient
from contracts.events import Event, ObjectRef
from runtime.objects import ObjectMissingError, ObjectStore, project_key

from stitcher.domain import voices
from stitcher.domain.voices import Intent, Order, Said

log = structlog.get_logger()

LONGEST_PAUSE = 20.0  # a longer one is not waited for with a film in hand


class Speaker(Protocol):
    """A paid server that speaks."""

    async def say(self, order: Order) -> bytes:
        """A sound file. Raises ``AnswerLostError``, ``Transient`` or ``Rejected``."""
        ...


class Spoken(Protocol):
    """The lines that were said in a project."""

    async def recall(self, project: UUID, name: str) -> ObjectRef | None:
        """A line that has been said."""
        ...

    async def intend(self, event: Event, order: Order, by: UUID) -> Intent:
        """Write down that a line is about to be sent, if it may be."""
        ...

    async def keep(self, project: UUID, order: Order, made: ObjectRef, usd: Decimal) -> None:
        """Remember what was said and what it cost, sends without an answer included."""
        ...

    async def free(self, project: UUID, order: Order, by: UUID) -> None:
        """The send was refused or never left: nothing was paid."""
        ...

    async def lose(self, project: UUID, order: Order, by: UUID) -> None:
        """The send may have been paid for; its answer will not come."""
        ...

    async def drop(self, project: UUID, name: str) -> None:
        """Its sound is not there any more."""
        ...

    async def paid(self, event: Event) -> Decimal:
        """What a job has paid, US dollars."""
        ...


@dataclass(frozen=True, slots=True)
class PaidVoices:
    """Implements the ``Voices`` port. ``parallel`` lines are sent at once, over all films."""

    speaker: Speaker
    spoken: Spoken
    store: ObjectStore
    usd_per_million: Decimal
    model: str
    names: tuple[str, ...]
    parallel: asyncio.Semaphore
    patience: int = 3
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)

    def voice(self, event: Event, by: UUID) -> "PaidVoice":
        """The voice for a film that the row ``by`` makes."""
        return PaidVoice(self, event, by)

    async def paid(self, event: Event) -> Decimal:
        """What a job has paid for its voices so far, US dollars."""
        return await self.spoken.paid(event)


@dataclass(frozen=True, slots=True)
class PaidVoice:
    """Implements the ``Voice`` port for one row of work."""

    shop: PaidVoices
    event: Event
    by: UUID

    @property
    def model(self) -> str:
        """What it speaks by."""
        return self.shop.model

    @property
    def names(self) -> tuple[str, ...]:
        """The voices that it has."""
        return self.shop.names

    async def say(self, orders: Sequence[Order], folder: Path) -> list[Said | None]:
        """Every order as a file in ``folder``; ``None`` where the server refused it or is silent.

        Raises ``Transient`` when it is worth coming back. What was said until then stays said.
        """
        once = {order.name: order for order in orders}
        asked = (self._one(order, folder) for order in once.values())
        said = await asyncio.gather(*asked, return_exceptions=True)
        for one in said:
            if isinstance(one, BaseException):
                raise one
        known = dict(zip(once, said, strict=True))
        return [known[order.name] for order in orders]  # pyright: ignore[reportReturnType]

    async def _one(self, order: Order, folder: Path) -> Said | None:
        async with self.shop.parallel:
            for tried in range(self.shop.patience + 1):
                path = folder / f"{order.name}.wav"
                if await self._recalled(order, path):
                    return Said(path)
                match await self.shop.spoken.intend(self.event, order, self.by):
                    case Intent.KNOWN:
                        continue
                    case Intent.SPENT:
                        return None
                    case Intent.BUSY:
                        wait = 1.0
                    case Intent.GRANTED:
                        answer = await self._send(order, path)
                        if not isinstance(answer, Transient):
                            return answer
                        wait = answer.retry_after or 2.0**tried
                        if tried == self.shop.patience or wait > LONGEST_PAUSE:
                            raise answer
                await self.shop.pause(wait)
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail="somebody else is at this line")

    async def _send(self, order: Order, path: Path) -> Said | Transient | None:
        project = self.event.project_id
        try:
            sound = await self.shop.speaker.say(order)
        except AnswerLostError as error:
            log.warning("voice.answer_lost", error=str(error))
            await self.shop.spoken.lose(project, order, self.by)
            return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=str(error))
        except FilmError as error:
            await self.shop.spoken.free(project, order, self.by)
            if isinstance(error, Transient):
                return error
            if isinstance(error, Rejected) and error.code is ErrorCode.AI_PROVIDER_FAILURE:
                log.warning("voice.refused", error=error.detail)
                return None
            raise
        key = project_key(self.event, "voices", f"{order.name}.wav")
        ref = await self.shop.store.put(key, sound, "audio/wav")
        cost = voices.price(order.text, self.shop.usd_per_million)
        await self.shop.spoken.keep(project, order, ref, cost)
        await asyncio.to_thread(path.write_bytes, sound)
        return Said(path)

    async def _recalled(self, order: Order, path: Path) -> bool:
        ref = await self.shop.spoken.recall(self.event.project_id, order.name)
        if ref is None:
            return False
        try:
            await self.shop.store.download(ref.key, path)
        except ObjectMissingError:
            await self.shop.spoken.drop(self.event.project_id, order.name)
            return False
        return True
