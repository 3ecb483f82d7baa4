"""The error codes a user or another system may see, and the exceptions that carry them.

    FilmError                something went wrong, with a code
    ├── Transient            try again later: nothing is wrong with the request
    └── Rejected             will never work with this input

Anything else that reaches the runtime is a bug of ours: logged with its traceback, tried a few
times more, then failed as ``INTERNAL``.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable names; an entry is never renamed or reused. Source: the product's error table."""

    TRANSCRIPT_MISSING = "TRANSCRIPT_MISSING"
    AI_PROVIDER_FAILURE = "AI_PROVIDER_FAILURE"
    SCENE_TIMEOUT = "SCENE_TIMEOUT"
    OAUTH_EXPIRED = "OAUTH_EXPIRED"
    UPLOAD_FAILED = "UPLOAD_FAILED"
    STITCH_FAILED = "STITCH_FAILED"
    INVALID_SOURCE = "INVALID_SOURCE"
    SOURCE_BLOCKED = "SOURCE_BLOCKED"
    INVALID_INPUT = "INVALID_INPUT"
    CONTENT_REJECTED = "CONTENT_REJECTED"
    PROVIDER_RATE_LIMITED = "PROVIDER_RATE_LIMITED"
    PROVIDER_CREDITS_EXHAUSTED = "PROVIDER_CREDITS_EXHAUSTED"
    PROVIDER_AUTH = "PROVIDER_AUTH"
    PROVIDER_UNCERTAIN = "PROVIDER_UNCERTAIN"
    OUTPUT_EXPIRED = "OUTPUT_EXPIRED"
    PROVIDER_NOT_CONFIGURED = "PROVIDER_NOT_CONFIGURED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    OAUTH_SCOPE_MISSING = "OAUTH_SCOPE_MISSING"
    UPLOAD_REJECTED = "UPLOAD_REJECTED"
    STORAGE_FAILED = "STORAGE_FAILED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    WEBHOOK_INVALID = "WEBHOOK_INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    NOT_FOUND = "NOT_FOUND"
    NOT_READY = "NOT_READY"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a user is told about a code: a title and the next step, both in our words."""

    title: str
    next_step: str
    retryable: bool = False


GUIDANCE: dict[ErrorCode, Guidance] = {
    ErrorCode.TRANSCRIPT_MISSING: Guidance(
        "There are no words to make a film from",
        "Upload a caption file, a text, or audio with clear speech.",
    ),
    ErrorCode.AI_PROVIDER_FAILURE: Guidance(
        "The video provider could not make this scene",
        "Try again; if it keeps failing, choose another provider.",
        retryable=True,
    ),
    ErrorCode.SCENE_TIMEOUT: Guidance(
        "A scene took longer than allowed",
        "Try again with a shorter or simpler scene.",
        retryable=True,
    ),
    ErrorCode.OAUTH_EXPIRED: Guidance(
        "The connection to YouTube has ended", "Connect your YouTube account again."
    ),
    ErrorCode.UPLOAD_FAILED: Guidance(
        "The upload did not finish", "Start the upload again.", retryable=True
    ),
    ErrorCode.STITCH_FAILED: Guidance(
        "The scenes could not be joined into a film",
        "Try again; the finished scenes are kept.",
        retryable=True,
    ),
    ErrorCode.INVALID_SOURCE: Guidance(
        "This source cannot be used", "Use a link to a public YouTube video, or upload a file."
    ),
    ErrorCode.SOURCE_BLOCKED: Guidance(
        "YouTube does not answer our server at the moment",
        "Try again later, or upload the captions or the audio.",
        retryable=True,
    ),
    ErrorCode.INVALID_INPUT: Guidance(
        "The request is not valid", "Correct the named field and send it again."
    ),
    ErrorCode.CONTENT_REJECTED: Guidance(
        "The provider's safety check refused this scene", "Edit the scene's text and try again."
    ),
    ErrorCode.PROVIDER_RATE_LIMITED: Guidance(
        "The provider is busy", "Nothing to do: the scene is still queued.", retryable=True
    ),
    ErrorCode.PROVIDER_CREDITS_EXHAUSTED: Guidance(
        "This provider is temporarily unavailable", "Choose another provider or try again later."
    ),
    ErrorCode.PROVIDER_AUTH: Guidance(
        "This provider is temporarily unavailable", "Choose another provider or try again later."
    ),
    ErrorCode.PROVIDER_UNCERTAIN: Guidance(
        "We do not know yet whether the provider took the scene",
        "Nothing to do: we are still checking, so that it is not paid for twice.",
    ),
    ErrorCode.OUTPUT_EXPIRED: Guidance(
        "The provider has already deleted the scene", "Ask for the scene to be made again."
    ),
    ErrorCode.PROVIDER_NOT_CONFIGURED: Guidance(
        "This provider is not set up here", "Choose another provider."
    ),
    ErrorCode.BUDGET_EXCEEDED: Guidance(
        "This scene would cost more than may be spent",
        "Choose a cheaper provider or fewer scenes, wait for the next day, or ask for a higher"
        " limit; finished scenes are kept.",
    ),
    ErrorCode.QUOTA_EXCEEDED: Guidance(
        "YouTube's daily upload limit is reached",
        "Nothing to do: the upload is queued until the limit resets.",
        retryable=True,
    ),
    ErrorCode.OAUTH_SCOPE_MISSING: Guidance(
        "A permission is missing", "Connect YouTube again and tick every box."
    ),
    ErrorCode.UPLOAD_REJECTED: Guidance(
        "YouTube took the file but refused the video", "Check the channel, then upload again."
    ),
    ErrorCode.STORAGE_FAILED: Guidance(
        "Our storage did not answer", "Try again in a minute.", retryable=True
    ),
    ErrorCode.PAYMENT_FAILED: Guidance(
        "The payment was declined", "Use another way to pay, or ask your bank."
    ),
    ErrorCode.WEBHOOK_INVALID: Guidance(
        "The webhook's signature is not valid", "Sign the raw body with the shared secret."
    ),
    ErrorCode.UNAUTHENTICATED: Guidance(
        "You are not signed in", "Sign in and send the token as 'Authorization: Bearer …'."
    ),
    ErrorCode.NOT_FOUND: Guidance("There is no such thing here", "Check the id."),
    ErrorCode.NOT_READY: Guidance(
        "This is not ready yet", "Wait for the job to succeed, then ask again.", retryable=True
    ),
    ErrorCode.CONFLICT: Guidance(
        "The request does not fit the present state", "Read the present state and try again."
    ),
    ErrorCode.RATE_LIMITED: Guidance(
        "Too many requests", "Wait as long as Retry-After says.", retryable=True
    ),
    ErrorCode.CANCELLED: Guidance("The job was cancelled", "Start a new job."),
    ErrorCode.INTERNAL: Guidance(
        "Something went wrong on our side", "Try again; we have been told.", retryable=True
    ),
}


class FilmError(Exception):
    """A failure with a code. ``message`` is ours and may be shown; ``detail`` is for support."""

    def __init__(self, code: ErrorCode, message: str = "", *, detail: str = "") -> None:
        self.code = code
        self.message = message or GUIDANCE[code].title
        self.detail = detail
        super().__init__(f"{code}: {self.message}")


class Transient(FilmError):  # noqa: N818
    """Try again later. ``retry_after`` is the vendor's own wait in seconds, if it gave one."""

    def __init__(
        self,
        code: ErrorCode,
        message: str = "",
        *,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(code, message, detail=detail)
        self.retry_after = retry_after


class Rejected(FilmError):  # noqa: N818
    """The same input will be refused every time."""


class AnswerLostError(Exception):
    """It was sent and may have been paid for, but its answer never came."""
