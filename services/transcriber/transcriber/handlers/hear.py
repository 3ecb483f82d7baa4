"""Sound in a file becomes a transcript, and no piece of it is paid for twice."""

import array
import asyncio
import hashlib
import shutil
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import structlog
from contracts.documents import Transcript
from contracts.errors import AnswerLostError, ErrorCode, Rejected, Transient
from runtime.work import Work

from transcriber.domain.sound import (
    Heard,
    Intent,
    PausedError,
    PieceKey,
    Sound,
    Stretch,
    cut,
    written_down,
)
from transcriber.handlers.ports import Pieces, SoundReader, Speech

log = structlog.get_logger()

_LONGEST_PAUSE = 60.0  # a longer one is not waited for with a sound in hand
_QUIETEST = 80  # of 32,767: below this nobody speaks
_EVERY = 4  # a look at each fourth sample finds any voice
_LOST = (
    "The speech service took part of the sound but did not answer. So that nothing is paid for "
    "twice it is not sent again: upload the words as captions or text."
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece on its way: ``key`` is ``None`` where it is too quiet to hold speech."""

    piece: Stretch
    key: PieceKey | None


@dataclass(slots=True)
class _Progress:
    """Of one run through the missing pieces."""

    todo: deque[_Part]
    kept: int = 0
    busy: bool = False
    failed: Exception | None = None


@dataclass(frozen=True, slots=True)
class Hear:
    """Reads, cuts, sends what is not known yet, and puts the answers together.

    ``longest`` is the length of a piece and ``busy_pause`` a wait, in seconds; ``parallel`` pieces
    of a sound are sent at once, and a refused one again, ``patience`` times, after a ``pause``. A
    send leaves within ``send_seconds`` of its record, or not at all.
    """

    sounds: SoundReader
    speech: Speech
    pieces: Pieces
    longest: float
    now: Callable[[], float]
    parallel: int = 4
    send_seconds: float = 10.0
    patience: int = 4
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    busy_pause: float = 5.0
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    scratch: Path | None = None

    @asynccontextmanager
    async def folder(self, work: Work) -> AsyncGenerator[Path]:
        """A folder for one sound. Raises ``PausedError`` while too many sounds are at work."""
        if self.slots.locked():
            raise PausedError(self.busy_pause)
        async with self.slots:
            root = self.scratch or Path(tempfile.gettempdir())
            # What a killed worker left of this row would fill the disk.
            for left in root.glob(f"sound-{work.id}-*"):
                await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=root, prefix=f"sound-{work.id}-") as name:
                yield Path(name)

    async def __call__(
        self, source: Path, folder: Path, language: str | None, work: Work
    ) -> tuple[Transcript, Decimal]:
        """What is said in a file, and what this row of work has paid for it, US dollars.

        Raises ``Rejected``, ``Transient``, and ``PausedError`` when it got further but not through.
        """
        sound = await self.sounds.read(source, folder)
        await asyncio.to_thread(source.unlink)  # a long talk is large, the samples are enough
        asked = (language or "").replace("_", "-").split("-")[0].lower()
        parts = [
            _Part(piece, await self._key(sound, piece, asked))
            for piece in cut(sound.seconds, sound.silences, self.longest)
        ]
        keys = list(dict.fromkeys(part.key for part in parts if part.key))
        known = await self.pieces.recall(keys, work.id)
        missing = {part.key: part for part in parts if part.key and part.key not in known}
        if missing:
            await self._send_all(sound, list(missing.values()), work)
            known = await self.pieces.recall(keys, work.id)
        heard = [(part.piece, known[part.key].heard) for part in parts if part.key in known]
        cost = sum((kept.cost_usd for kept in known.values() if kept.mine), Decimal(0))
        log.info("speech.heard", seconds=round(sound.seconds), pieces=len(keys),
                 sent=len(missing), cost_usd=str(cost))  # fmt: skip
        return written_down(heard, language), cost

    async def _key(self, sound: Sound, piece: Stretch, asked: str) -> PieceKey | None:
        samples = await self.sounds.samples(sound, piece)
        digest = await asyncio.to_thread(_digest, samples)
        return PieceKey(digest, self.speech.model, asked) if digest else None

    async def _send_all(self, sound: Sound, missing: Sequence[_Part], work: Work) -> None:
        """Send each piece once, a few at a time. What is on its way is waited for: it is paid."""
        progress = _Progress(deque(missing))
        senders = range(min(self.parallel, len(missing)))
        await asyncio.gather(*(self._sender(sound, progress, work) for _ in senders))
        if progress.failed is None:
            if progress.busy:
                raise PausedError(self.busy_pause)
            return
        if isinstance(progress.failed, Transient) and progress.kept:
            # It got further, so it is no failed try.
            raise PausedError(progress.failed.retry_after or self.busy_pause)
        raise progress.failed

    async def _sender(self, sound: Sound, progress: _Progress, work: Work) -> None:
        while progress.todo and progress.failed is None:
            part = progress.todo.popleft()
            try:
                await self._send(sound, part, progress, work)
            except Exception as error:  # noqa: BLE001 # the other senders finish what they have
                progress.failed = progress.failed or error

    async def _send(self, sound: Sound, part: _Part, progress: _Progress, work: Work) -> None:
        key, seconds = part.key, part.piece.seconds
        if key is None:
            return
        samples = await self.sounds.samples(sound, part.piece)
        for refused in range(1, self.patience + 2):
            began = self.now()
            match await self.pieces.intend(key, work.id, seconds):
                case Intent.KNOWN:
                    return
                case Intent.BUSY:
                    progress.busy = True
                    return
                case Intent.SPENT:
                    raise Rejected(ErrorCode.PROVIDER_UNCERTAIN, _LOST)
                case Intent.GRANTED:
                    heard = await self._ask(key, samples, began, work)
            if isinstance(heard, Heard):
                await self.pieces.keep(key, heard, seconds)
                progress.kept += 1
                return
            wait = heard.retry_after if heard.retry_after is not None else 2.0 ** (refused - 1)
            if refused > self.patience or wait > _LONGEST_PAUSE or progress.failed:
                raise heard
            await self.pause(wait)

    async def _ask(
        self, key: PieceKey, samples: bytes, began: float, work: Work
    ) -> Heard | Transient:
        """What was heard, or a refusal that costs nothing and may pass."""
        if self.now() - began > self.send_seconds:
            # This process slept: another may have taken over, and the record is theirs.
            raise Transient(ErrorCode.INTERNAL, detail="the record of a send is too old")
        try:
            return await self.speech.hear(samples, key.language or None)
        except AnswerLostError as error:
            log.warning("speech.answer_lost", error=str(error))
            await self.pieces.lose(key, work.id)
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=str(error)) from error
        except Transient as refusal:
            await self.pieces.free(key, work.id)
            return refusal
        except Rejected:
            await self.pieces.free(key, work.id)
            raise


def _digest(samples: bytes) -> str:
    """The name of a piece by its samples; empty if it is too quiet to hold speech."""
    values = array.array("h", samples)[::_EVERY]
    if not values or (max(values) < _QUIETEST and min(values) > -_QUIETEST):
        return ""
    return hashlib.sha256(samples).hexdigest()
