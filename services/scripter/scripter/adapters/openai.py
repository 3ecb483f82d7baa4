"""Any server that speaks OpenAI's chat completions, with answers in a JSON schema."""

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import openai
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema

from scripter.domain.model_plan import SCHEMA, Answer, Finish, Request, UnknownOutcomeError

_FORMAT: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "film_plan", "strict": True, "schema": SCHEMA},
}
_MILLION = Decimal(1_000_000)
_LONGEST_WAIT = 60.0
_DETAIL = 200
_SERVER_FAULT, _TOO_MANY = 500, 429


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost."""
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / _MILLION


@dataclass(frozen=True, slots=True)
class OpenAISceneModel:
    """``client`` must not retry by itself: a repeated request may be paid for twice."""

    client: openai.AsyncOpenAI
    name: str
    prices: Prices

    async def ask(self, request: Request) -> Answer:
        """One request. Raises ``Rejected``, ``Transient`` or ``UnknownOutcomeError``."""
        messages = cast(
            "list[ChatCompletionMessageParam]",
            [{"role": role, "content": text} for role, text in request.messages],
        )
        try:
            completion = await self.client.chat.completions.create(
                model=request.model, messages=messages, response_format=_FORMAT, stream=False
            )
            choice = completion.choices[0]
            text, refusal = choice.message.content or "", choice.message.refusal
            finish = _finish(choice.finish_reason, refusal)
            used = completion.usage
            tokens_in, tokens_out = (
                used.prompt_tokens if used else 0,
                used.completion_tokens if used else 0,
            )
        except openai.OpenAIError as error:
            raise _translated(error) from error
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            # An answer with status 200 that is no completion: some servers send pages of HTML.
            raise UnknownOutcomeError(
                ErrorCode.AI_PROVIDER_FAILURE, detail=f"not a completion: {error}"[:_DETAIL]
            ) from error
        return Answer(text, finish, tokens_in, tokens_out, self.prices.cost(tokens_in, tokens_out))


def _finish(reason: str | None, refusal: str | None) -> Finish:
    if refusal or reason == "content_filter":
        return Finish.REFUSED
    return Finish.CUT_OFF if reason == "length" else Finish.COMPLETE


def _translated(error: openai.OpenAIError) -> FilmError:
    """A vendor's error in our words. Its text may repeat our key: only its codes are kept."""
    detail = type(error).__name__
    if not isinstance(error, openai.APIStatusError):
        sent = not isinstance(error, openai.APIConnectionError) or _was_sent(error)
        away = UnknownOutcomeError if sent else Transient
        return away(ErrorCode.AI_PROVIDER_FAILURE, detail=detail)
    detail += f" {error.status_code} {error.code} request {error.request_id}"[:_DETAIL]
    status = error.status_code
    if status == _TOO_MANY:
        if error.code == "insufficient_quota":
            return Rejected(ErrorCode.PROVIDER_CREDITS_EXHAUSTED, detail=detail)
        return Transient(
            ErrorCode.PROVIDER_RATE_LIMITED, retry_after=_retry_after(error), detail=detail
        )
    if status >= _SERVER_FAULT:
        return UnknownOutcomeError(
            ErrorCode.AI_PROVIDER_FAILURE, retry_after=_retry_after(error), detail=detail
        )
    codes = {
        401: ErrorCode.PROVIDER_AUTH,
        403: ErrorCode.PROVIDER_AUTH,
        404: ErrorCode.PROVIDER_NOT_CONFIGURED,
    }
    return Rejected(codes.get(status, ErrorCode.INVALID_INPUT), detail=detail)


def _was_sent(error: openai.APIConnectionError) -> bool:
    """Whether the request may have reached the server: not if it never got a connection."""
    cause = type(error.__cause__).__name__
    return cause not in {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}


def _retry_after(error: openai.APIStatusError) -> float | None:
    """The server's own wait, within reason."""
    try:
        return min(_LONGEST_WAIT, max(0.0, float(error.response.headers.get("retry-after", ""))))
    except ValueError:
        return None
