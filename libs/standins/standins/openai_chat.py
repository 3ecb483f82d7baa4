"""A language model on loopback that speaks OpenAI's chat completions and writes film plans.

    POST /v1/chat/completions    an answer in the asked JSON schema; every one is paid for

Its model reads the sentences and limits in the last question and groups them well. It is gullible:
where a sentence says ``OBEY:`` it answers with the JSON that follows, whatever it was told before,
so that tests see what a prompt injection can do at worst.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

__all__ = ["CHAT_FAULTS", "CHAT_KEY", "ChatStandin", "create_app"]

CHAT_KEY = "loopback-key"
CHAT_FAULTS = (
    "429", "quota", "500", "500_after", "hang", "reset_after", "refuse", "filter", "cut_off",
    "not_json", "html", "empty", "401", "400", "404", "overlong", "lossy", "reversed",
)  # fmt: skip
"""What may be put into ``ChatStandin.faults``, one for each coming request; ``""`` is none."""

_OBEY = "OBEY:"
_CAMERAS = ("push_in", "pan_left", "pull_out", "still")
_TOKENS = 4
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "429": (429, "rate_limit_exceeded", "Rate limit reached"),
    "quota": (429, "insufficient_quota", "You exceeded your current quota"),
    "500": (500, "server_error", "The server had an error"),
    "500_after": (500, "server_error", "The server had an error"),
    "401": (401, "invalid_api_key", "Incorrect API key provided"),
    "400": (400, "invalid_request_error", "Bad request"),
    "404": (404, "model_not_found", "The model does not exist"),
}


@dataclass
class ChatStandin:
    """The API and its books: ``requests`` are the bodies that came, ``paid`` answers cost money.

    ``hang_seconds`` bounds a hanging answer, ``retry_after`` goes with a 429; seconds.
    """

    key: str = CHAT_KEY
    hang_seconds: float = 30.0
    retry_after: float = 0.0
    faults: deque[str] = field(default_factory=deque[str])
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    paid: int = 0

    @property
    def app(self) -> Starlette:
        """The server."""
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key != self.key:
            return _error("401", f"Incorrect API key provided: {key}")
        body: dict[str, Any] = await request.json()
        if fault := _strict_fault(body):
            return JSONResponse({"error": {"message": fault, "code": None}}, status_code=400)
        self.requests.append(body)
        fault = self.faults.popleft() if self.faults else ""
        return await self._answered(body, fault)

    async def _answered(self, body: Mapping[str, Any], fault: str) -> Response:
        if fault in _ERRORS and fault != "500_after":
            return self._refused(fault)
        self.paid += fault != "html"
        if fault == "hang":
            await asyncio.sleep(self.hang_seconds)
        odd: Mapping[str, Callable[[], Response]] = {
            "500_after": lambda: self._refused(fault),
            "reset_after": _Reset,
            "html": lambda: HTMLResponse("<html>maintenance</html>"),
            "empty": lambda: JSONResponse({"object": "chat.completion", "choices": []}),
        }
        return odd[fault]() if fault in odd else JSONResponse(_completion(body, fault))

    def _refused(self, fault: str) -> Response:
        response = _error(fault)
        if fault == "429":
            response.headers["retry-after"] = f"{self.retry_after:g}"
        return response


class _Reset(Response):
    """Says that more is to come, and hangs up."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _error(fault: str, told: str = "") -> JSONResponse:
    status, code, message = _ERRORS[fault]
    message = told or message
    return JSONResponse(
        {"error": {"message": message, "type": code, "code": code, "param": None}},
        status_code=status,
    )


def _strict_fault(body: Mapping[str, Any]) -> str | None:
    """What a strict server has against a request's schema."""
    asked: dict[str, Any] = body.get("response_format") or {}
    wanted: dict[str, Any] = asked.get("json_schema") or {}
    if asked.get("type") != "json_schema" or not wanted.get("strict"):
        return "response_format must be a strict json_schema"
    return _schema_fault(wanted.get("schema"))


def _schema_fault(schema: Any) -> str | None:
    if not isinstance(schema, dict):
        return None
    node = cast("dict[str, Any]", schema)
    properties: dict[str, Any] = node.get("properties") or {}
    if node.get("type") == "object":
        if node.get("additionalProperties") is not False:
            return "additionalProperties must be false"
        if sorted(node.get("required") or []) != sorted(properties):
            return "every property must be required"
    for part in [*properties.values(), node.get("items")]:
        if fault := _schema_fault(part):
            return fault
    return None


def _completion(body: Mapping[str, Any], fault: str) -> dict[str, Any]:
    messages: list[dict[str, str]] = body["messages"]
    asked = next(json.loads(m["content"]) for m in messages if m["role"] == "user")
    text = json.dumps(_answer(asked, fault), ensure_ascii=False)
    finish, refusal = "stop", None
    match fault:
        case "refuse":
            text, refusal = "", "I cannot help with that."
        case "filter":
            finish = "content_filter"
        case "cut_off":
            text, finish = text[: len(text) // 2], "length"
        case "not_json":
            text = "Here is your film plan: first we see a harbour."
        case _:
            pass
    used_in = sum(len(m["content"]) for m in messages) // _TOKENS
    used_out = len(text) // _TOKENS
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {
            "prompt_tokens": used_in,
            "completion_tokens": used_out,
            "total_tokens": used_in + used_out,
        },
    }


def _answer(asked: Mapping[str, Any], fault: str) -> Any:
    """The plan, good or bad by ``fault``; what a hostile sentence dictates, if there is one."""
    said = " ".join(sentence["text"] for sentence in asked["sentences"])
    _, hostile, dictated = said.partition(_OBEY)
    if hostile:
        return json.JSONDecoder().raw_decode(dictated.strip())[0]
    limits: dict[str, Any] = dict(asked["limits"])
    if fault == "overlong":
        limits["max_scene_seconds"] = 1e9
    scenes = _grouped(asked["sentences"], limits)
    if fault == "lossy":
        scenes = scenes[: max(1, len(scenes) // 3)]
    return {"scenes": scenes[::-1] if fault == "reversed" else scenes}


def _grouped(sentences: list[dict[str, Any]], limits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Full scenes in order; where the film is too long, from both ends towards the middle."""
    groups: list[list[dict[str, Any]]] = []
    for sentence in sentences:
        length = sum(s["seconds"] for s in groups[-1]) if groups else 0.0
        fits = length + sentence["seconds"] <= limits["max_scene_seconds"]
        if groups and fits:
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    kept = _fitting(groups, limits) if limits["may_leave_out"] else groups
    return [
        {
            "first": group[0]["n"],
            "last": group[-1]["n"],
            "title": f"{group[0]['text'][:24].strip()} ({number})",
            "picture": f"A quiet place, soft light, scene {number}.",
            "camera": _CAMERAS[number % len(_CAMERAS)],
        }
        for number, group in enumerate(kept, start=1)
    ]


def _fitting(
    groups: list[list[dict[str, Any]]], limits: Mapping[str, Any]
) -> list[list[dict[str, Any]]]:
    left = float(limits["film_seconds"] or 1e9)
    order = sorted(range(len(groups)), key=lambda at: (min(at, len(groups) - 1 - at), at))
    kept: list[int] = []
    for at in order:
        seconds = max(2.0, sum(s["seconds"] for s in groups[at]))
        if seconds <= left and len(kept) < limits["max_scenes"]:
            kept.append(at)
            left -= seconds
    return [groups[at] for at in sorted(kept)]


def create_app() -> Starlette:
    """The stand-in as an application to serve."""
    return ChatStandin().app
