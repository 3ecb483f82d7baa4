"""Speech to text through OpenAI's interface, which many servers speak."""

import asyncio
import io
import json
import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import openai
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, omit
from pydantic import BaseModel, ConfigDict, ValidationError

from transcriber.domain.sound import (
    SAMPLE_BYTES,
    SAMPLE_RATE,
    AnswerLostError,
    Heard,
    Utterance,
)

_DETAIL = 500
_LONGEST_WAIT = 900.0
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
_BUSY = {408, 409, 425}
_REFUSED = {400, 413, 415, 422}
_TOO_MANY = 429
_BROKEN = 500
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
        try:
            async with asyncio.timeout(self.total):
                # The answer is read here: the client would make an object of anything.
                raw = await self.client.audio.transcriptions.with_raw_response.create(
                    file=("piece.wav", _wav(samples), "audio/wav"),
                    model=self.model,
                    response_format="verbose_json" if self.timed else "json",
                    language=known,
                )
            return _heard(json.loads(raw.text), seconds)
        except openai.APIStatusError as error:
            raise _translated(error) from error
        except openai.APIConnectionError as error:
            if type(error.__cause__).__name__ in _NEVER_SENT:
                raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=_text(error)) from error
            raise AnswerLostError(_text(error)) from error
        except (TimeoutError, openai.OpenAIError, ValueError, ValidationError) as error:
            raise AnswerLostError(_text(error)) from error


def speech_client(url: str, key: str, timeout: float) -> AsyncOpenAI:
    """A client that sends once: no retries, no redirects, no proxy from the environment."""
    return AsyncOpenAI(
        api_key=key,
        base_url=url,
        max_retries=0,
        timeout=timeout,
        http_client=DefaultAsyncHttpxClient(
            trust_env=False, follow_redirects=False, timeout=timeout
        ),
    )


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


def _translated(error: openai.APIStatusError) -> FilmError:
    """Our error for an answer that is a refusal: nothing was heard, nothing is paid."""
    status, detail = error.status_code, _text(error)
    if status == _TOO_MANY and error.code != "insufficient_quota":
        wait = _retry_after(error)
        return Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=wait, detail=detail)
    if status >= _BROKEN or status in _BUSY:
        wait = _retry_after(error)
        return Transient(ErrorCode.AI_PROVIDER_FAILURE, retry_after=wait, detail=detail)
    if status in _REFUSED:
        return Rejected(ErrorCode.AI_PROVIDER_FAILURE, detail=detail)
    if status in {_TOO_MANY, 402}:
        return Rejected(ErrorCode.PROVIDER_CREDITS_EXHAUSTED, detail=detail)
    return Rejected(ErrorCode.PROVIDER_AUTH, detail=detail)


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        wait = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(wait, _LONGEST_WAIT) if wait >= 0 else None


def _text(error: Exception) -> str:
    """For us: what happened, without the server's own words, which may quote a key."""
    if isinstance(error, openai.APIStatusError):
        said = f"{error.status_code} {error.code or ''} {error.type or ''} {error.request_id or ''}"
        return " ".join(said.split())[:_DETAIL]
    cause = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
    return f"{type(error).__name__}{cause}"
