"""The local voice: espeak-ng in a child process, one for all lines of a film."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from stitcher.domain import voices
from stitcher.domain.voices import NoVoiceError, Order, Said, Word

log = structlog.get_logger()

MODULE: Final = "stitcher.adapters.voices.speaking"
MODEL: Final = "espeak-ng"


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """Implements the ``Voice`` port. ``timeout`` is for all lines of a film, seconds."""

    timeout: float = 120.0
    python: str = sys.executable
    model: str = MODEL
    names: tuple[str, ...] = voices.VARIANTS

    async def say(self, orders: Sequence[Order], folder: Path) -> list[Said | None]:
        """Every order as a file in ``folder``; ``None`` where no voice has its language or crashed.

        Raises ``NoVoiceError`` if the library cannot be used at all.
        """
        if not orders:
            return []
        paths = [folder / f"{order.name}.wav" for order in orders]
        told = [_told(order, path) for order, path in zip(orders, paths, strict=True)]
        answers = await self._speak(json.dumps(told).encode())
        return [_said(answer, path) for answer, path in zip(answers, paths, strict=True)]

    async def _speak(self, told: bytes) -> list[dict[str, Any] | None]:
        process = await asyncio.create_subprocess_exec(
            self.python,
            *("-m", MODULE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self.timeout):
                out, err = await process.communicate(told)
            if process.returncode:
                raise NoVoiceError(err[-500:].decode(errors="replace"))
            if err:
                log.warning("voice.complained", error=err[-500:].decode(errors="replace"))
            return json.loads(out)
        except TimeoutError:
            raise NoVoiceError(f"espeak-ng took over {self.timeout:.0f} s") from None
        except ValueError as error:
            raise NoVoiceError(f"espeak-ng said nothing that can be read: {error}") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _told(order: Order, path: Path) -> dict[str, Any]:
    names, pitch = voices.local_voice(order.voice, order.language)
    return {
        "text": order.text,
        "voices": names,
        "speed": voices.SPEED,
        "pitch": pitch,
        "path": str(path),
    }


def _said(answer: dict[str, Any] | None, path: Path) -> Said | None:
    if answer is None:
        return None
    rate = answer["rate"]
    words = (Word(letter, letters, sample / rate) for sample, letter, letters in answer["words"])
    return Said(path, tuple(words))
