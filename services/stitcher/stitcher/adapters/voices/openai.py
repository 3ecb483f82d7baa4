"""Text to speech through OpenAI's interface, which many servers speak."""

import asyncio
from dataclasses import dataclass
from typing import Final

from contracts.errors import AnswerLostError
from openai import AsyncOpenAI
from runtime.openai_audio import sent_once

from stitcher.domain.voices import Order

_SMALLEST: Final = 64
"""Bytes: no header of a sound file is shorter, so there is no sound in less."""


@dataclass(frozen=True, slots=True)
class OpenAIVoice:
    """Implements the ``Speaker`` port. ``total`` bounds one send, seconds."""

    client: AsyncOpenAI
    total: float

    async def say(self, order: Order) -> bytes:
        """One send, never repeated here: a WAV file.

        Raises ``AnswerLostError`` when it may have been paid for; ``Transient`` and ``Rejected``
        when it was not.
        """
        with sent_once():
            async with asyncio.timeout(self.total):
                raw = await self.client.audio.speech.with_raw_response.create(
                    input=order.text, model=order.model, voice=order.voice, response_format="wav"
                )
            sound = raw.content
        if len(sound) < _SMALLEST or not sound.startswith(b"RIFF"):
            raise AnswerLostError("the answer is no sound")
        return sound
