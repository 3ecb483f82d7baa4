"""Speech to text through OpenAI's interface, which many servers speak."""

import asyncio
import io
import json
import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openai import AsyncOpenAI, omit
from pydantic import BaseModel, ConfigDict
from runtime.openai_audio import sent_once

from transcriber.domain.sound import (
    SAMPLE_BYTES,
    SAMPLE_RATE,
    Heard,
    Utterance,
)

_LANGUAGE = re.compile(r"[a-z]{2,3}")
# whisper names languages in English.
_NAMES: Mapping[str, str] = {
    "arabic": "ar", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko",
    "norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr",
    "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Segment(_Said):
    start: float
    end: float
    text: str


class _Language(_Said):
    code: str


class _Answer(_Said):
    text: str
    language: str | None = None
    languages: list[_Language] | None = None
    segments: list[_Segment] | None = None


@dataclass(frozen=True, slots=True)
class OpenAISpeech:
    """Implements the ``Speech`` port. ``total`` bounds one send, seconds.

    ``timed`` asks for times inside a piece (``verbose_json``), which only some models know.
    """

    client: AsyncOpenAI
    model: str
    timed: bool
    total: float

    async def hear(self, samples: bytes, language: str | None) -> Heard:
        """One send, never repeated here. ``samples`` are 16 kHz mono, 16 bit.

        Raises ``AnswerLostError`` when it may have been paid for; ``Transient`` and ``Rejected``
        when it was not.
        """
        known = language if language and _LANGUAGE.fullmatch(language) else omit
        seconds = len(samples) / SAMPLE_BYTES / SAMPLE_RATE
        with sent_once():
            async with asyncio.timeout(self.total):
                # The answer is read here: the client would make an object of anything.
                raw = await self.client.audio.transcriptions.with_raw_response.create(
                    file=("piece.wav", _wav(samples), "audio/wav"),
                    model=self.model,
                    response_format="verbose_json" if self.timed else "json",
                    language=known,
                )
            return _heard(json.loads(raw.text), seconds)


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(samples)
    return file.getvalue()


def _heard(body: Any, seconds: float) -> Heard:
    answer = _Answer.model_validate(body)
    said = tuple(Utterance(s.start, s.end, s.text) for s in answer.segments or ())
    if not any(one.text.strip() for one in said):
        said = (Utterance(0.0, seconds, answer.text),) if answer.text.strip() else ()
    named = answer.languages[0].code if answer.languages else (answer.language or "")
    code = _NAMES.get(named.strip().lower(), named.strip().lower())
    return Heard(said, code if _LANGUAGE.fullmatch(code) else None)
