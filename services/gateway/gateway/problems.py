"""Every error as an RFC 9457 problem with our code and the user's next step."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from contracts.errors import GUIDANCE, ErrorCode, FilmError, Transient
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from runtime.db import TRANSIENT_ERRORS
from starlette.exceptions import HTTPException

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[Mapping[ErrorCode, HTTPStatus]] = {
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_READY: HTTPStatus.CONFLICT,
    ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.CANCELLED: HTTPStatus.CONFLICT,
    ErrorCode.WEBHOOK_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.STORAGE_FAILED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_CODES: Final[Mapping[int, ErrorCode]] = {
    401: ErrorCode.UNAUTHENTICATED,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.CONFLICT,
    429: ErrorCode.RATE_LIMITED,
}
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


class FieldError(BaseModel):
    """One field that is wrong."""

    field: str = Field(examples=["settings.max_scenes"])
    message: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """An error, for people (`title`, `detail`, `next_step`) and for programs (`code`)."""

    type: str = Field(examples=["urn:filmstudio:problem:NOT_READY"])
    title: str = Field(examples=["This is not ready yet"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["The film is still being made."])
    code: ErrorCode = Field(examples=["NOT_READY"])
    next_step: str = Field(examples=["Wait for the job to succeed, then ask again."])
    instance: str | None = Field(default=None, examples=["/api/v1/jobs/…/result"])
    errors: list[FieldError] = []


class JobFailed(FilmError):  # noqa: N818
    """What was asked for will never be there, because its job ended with this code."""


class EditConflict(FilmError):  # noqa: N818
    """What is edited is not in the version that was named. ``etag`` is its present one."""

    def __init__(self, etag: str) -> None:
        super().__init__(ErrorCode.CONFLICT, "This was changed since you read it. Read it again.")
        self.etag = etag


class VersionNotNamed(FilmError):  # noqa: N818
    """An edit that does not say which version it is of."""

    def __init__(self) -> None:
        super().__init__(
            ErrorCode.INVALID_INPUT,
            "Say which version you are editing: send its ETag as If-Match.",
        )


def problem(
    request: Request,
    code: ErrorCode,
    *,
    status: int | None = None,
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem response; the status follows from the code unless given."""
    guidance = GUIDANCE[code]
    status = int(status or _STATUS.get(code, HTTPStatus.UNPROCESSABLE_ENTITY))
    body = Problem(
        type=f"urn:filmstudio:problem:{code.value}",
        title=guidance.title,
        status=status,
        detail=detail or guidance.title,
        code=code,
        next_step=guidance.next_step,
        instance=request.url.path,
        errors=list(errors),
    )
    exclude = None if errors else {"errors"}
    all_headers = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        all_headers.setdefault("WWW-Authenticate", 'Bearer realm="filmstudio"')
    return JSONResponse(
        body.model_dump(mode="json", exclude=exclude),
        status_code=status,
        headers=all_headers,
        media_type=MEDIA_TYPE,
    )


def field_errors(errors: Sequence[Any], *, skip: int = 1) -> list[FieldError]:
    """Validation errors by dotted field name; ``skip`` leading parts say where it was read from."""
    return [
        FieldError(field=".".join(map(str, e["loc"][skip:])) or "body", message=e["msg"])
        for e in errors
    ]


async def on_film_error(request: Request, error: Exception) -> JSONResponse:
    """Our own errors: what was refused, or what is away."""
    assert isinstance(error, FilmError)  # noqa: S101 - the handler is registered for it
    status: int | None = None
    headers: dict[str, str] = {}
    if isinstance(error, JobFailed):
        status = HTTPStatus.CONFLICT
    elif isinstance(error, VersionNotNamed):
        status = HTTPStatus.PRECONDITION_REQUIRED
    elif isinstance(error, EditConflict):
        status = HTTPStatus.PRECONDITION_FAILED
        headers["ETag"] = error.etag
    elif isinstance(error, Transient):
        if error.code is not ErrorCode.RATE_LIMITED:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        headers["Retry-After"] = str(max(1, round(error.retry_after or 2)))
    elif error.code is ErrorCode.UNAUTHENTICATED and "authorization" in request.headers:
        headers["WWW-Authenticate"] = 'Bearer realm="filmstudio", error="invalid_token"'
    if error.detail:
        log.info("request.refused", code=error.code.value, detail=error.detail)
    return problem(request, error.code, status=status, detail=error.message, headers=headers)


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """A body, a parameter or a header that does not fit the schema."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = field_errors(error.errors())
    named = ", ".join(sorted({e.field for e in errors}))
    return problem(
        request, ErrorCode.INVALID_INPUT, detail=f"Not valid: {named}"[:500], errors=errors
    )


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals: no such route, wrong method, too large."""
    assert isinstance(error, HTTPException)  # noqa: S101
    status = error.status_code
    fallback = ErrorCode.INTERNAL if status >= _SERVER_ERROR else ErrorCode.INVALID_INPUT
    return problem(
        request,
        _CODES.get(status, fallback),
        status=status,
        detail=str(error.detail) if _CLIENT_ERROR <= status < _SERVER_ERROR else "",
        headers=error.headers,
    )


async def on_database_away(request: Request, error: Exception) -> JSONResponse:
    """The database is restarting or out of connections: nothing was changed."""
    log.warning("request.database_away", error=type(error).__name__)
    return problem(
        request,
        ErrorCode.INTERNAL,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": "2"},
    )


async def on_bug(request: Request, error: Exception) -> JSONResponse:
    """Anything else: the log has the traceback, the client gets no details."""
    log.error("request.failed", path=request.url.path, exc_info=error)
    return problem(request, ErrorCode.INTERNAL)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(FilmError, on_film_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    for kind in TRANSIENT_ERRORS:
        if issubclass(kind, Exception):
            app.add_exception_handler(kind, on_database_away)
    app.add_exception_handler(Exception, on_bug)
