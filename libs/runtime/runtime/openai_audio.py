"""Calls to servers that speak OpenAI's audio interface: sent once, their failures in our words."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import openai
from contracts.errors import AnswerLostError, ErrorCode, FilmError, Rejected, Transient
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

_DETAIL: Final = 500
_LONGEST_WAIT: Final = 900.0
_NEVER_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
_BUSY: Final = frozenset({408, 409, 425})
_REFUSED: Final = frozenset({400, 413, 415, 422})
_TOO_MANY: Final = 429
_BROKEN: Final = 500


def audio_client(url: str, key: str, timeout: float) -> AsyncOpenAI:
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


@contextmanager
def sent_once() -> Generator[None, None, None]:
    """Around a send and the reading of its answer.

    Raises ``AnswerLostError`` when it may have been paid for; ``Transient`` and ``Rejected`` when
    it was not. A ``TimeoutError`` or ``ValueError`` within is an answer that never came.
    """
    try:
        yield
    except openai.APIStatusError as error:
        raise _translated(error) from error
    except openai.APIConnectionError as error:
        if type(error.__cause__).__name__ in _NEVER_SENT:
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=_text(error)) from error
        raise AnswerLostError(_text(error)) from error
    except (TimeoutError, openai.OpenAIError, ValueError) as error:
        raise AnswerLostError(_text(error)) from error


def _translated(error: openai.APIStatusError) -> FilmError:
    """Our error for an answer that is a refusal: nothing was done, nothing is paid."""
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
