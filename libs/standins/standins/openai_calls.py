"""What OpenAI's calls have in common: the key, refusals, and faults before anything is paid."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standins.breaks import reset

__all__ = ["KEY", "UNPAID", "error", "unpaid"]

KEY = "loopback-key"

_REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "401": (401, "invalid_api_key", {}),
    "404": (404, "model_not_found", {}),
    "400": (400, "invalid_value", {}),
    "429": (429, "rate_limit_exceeded", {"retry-after": "7"}),
    "quota": (429, "insufficient_quota", {}),
    "500": (500, "server_error", {}),
    "503": (503, "overloaded", {"retry-after": "3"}),
}
UNPAID = (*_REFUSALS, "reset_before", "hang_before", "redirect")
"""Faults that befall a request before it is paid for."""


def error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal as the real server words it."""
    message = f"Something with key {KEY}."  # as the real one quotes keys
    body = {"error": {"message": message, "type": "invalid_request_error", "code": code}}
    return JSONResponse(body, status_code=status, headers=headers)


async def unpaid(
    request: Request, key: str, fault: str | None, hang_seconds: float
) -> Response | None:
    """The answer to a request that is not served; ``None`` for one that is."""
    if request.headers.get("authorization") != f"Bearer {key}":
        return error(401, "invalid_api_key")
    if fault == "reset_before":
        await reset(request)
    if fault == "hang_before":
        await asyncio.sleep(hang_seconds)
        return error(503, "overloaded")
    if fault == "redirect":
        return Response(status_code=307, headers={"location": "/v1/audio/elsewhere"})
    return error(*_REFUSALS[fault]) if fault in _REFUSALS else None
