"""Speaks Runway's tasks API: facts of section 5 of the fact sheet on outside services.

    POST /v1/text_to_video   POST /v1/image_to_video   GET|DELETE /v1/tasks/{id}
    GET /v1/organization

No list, no webhooks. Output addresses change with every reading and run out after a day.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standins.video_asked import Asked, mapping
from standins.video_orders import LIVE, Order, Status
from standins.video_paid import REFUSED, PaidStandin, launch

__all__ = ["KEY", "RunwayStandin"]

KEY = "key_loopback"
VERSION = "2024-11-06"
CREDITS_PER_SECOND = 12
OUTPUT_SECONDS = 86_400.0
LONGEST_PROMPT = 1_000
_REST = 5.0
_WORDS = {
    Status.QUEUED: "PENDING",
    Status.RUNNING: "RUNNING",
    Status.SUCCEEDED: "SUCCEEDED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "CANCELLED",
}
_KNOWN = {"model", "promptText", "promptImage", "ratio", "duration", "seed", "audio"}


class RunwayStandin(PaidStandin):
    """The API and its books. ``too_often`` counts tasks that were read twice within 5 seconds."""

    def __init__(
        self, *, key: str = KEY, seed: int = 0, now: Callable[[], float] = time.time
    ) -> None:
        self.too_often = 0
        super().__init__(
            [
                Route("/v1/text_to_video", self.take, methods=["POST"]),
                Route("/v1/image_to_video", self.take, methods=["POST"]),
                Route("/v1/tasks/{id}", self._show, methods=["GET"]),
                Route("/v1/tasks/{id}", self._delete, methods=["DELETE"]),
                Route("/v1/organization", self._organization),
            ],
            key=key,
            seed=seed,
            now=now,
        )

    def authorised(self, request: Request) -> bool:
        """A bearer token."""
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def error(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """``{error}``; no money is an invalid request here."""
        if status == 402:  # noqa: PLR2004
            status, message = 400, "You do not have enough credits to run this task."
        return JSONResponse({"error": message, "issues": []}, status_code=status, headers=headers)

    def read(self, request: Request, body: Any) -> Asked | Response:
        """``{"model", "promptText", "ratio", "duration", "promptImage"?, "seed"?}``."""
        if request.headers.get("x-runway-version") != VERSION:
            return self.error(400, "X-Runway-Version is missing or unknown")
        fields = mapping(body)
        if fields is None or set(fields) - _KNOWN:
            return self.error(400, "unknown fields")
        seconds, prompt, ratio = (fields.get(n) for n in ("duration", "promptText", "ratio"))
        pictured = request.url.path.endswith("image_to_video")
        if not isinstance(seconds, int) or not prompt or not isinstance(ratio, str):
            return self.error(400, "promptText, ratio and duration are required")
        if len(str(prompt).encode("utf-16-le")) > 2 * LONGEST_PROMPT:
            return self.error(400, "promptText is too long")
        if pictured != ("promptImage" in fields):
            return self.error(400, "promptImage belongs to image_to_video")
        width, height = (int(side) for side in ratio.split(":"))
        usd = Decimal(CREDITS_PER_SECOND * seconds) / 100
        return Asked(str(prompt), seconds, (width, height), usd, fields)

    def taken(self, request: Request, order: Order) -> Response:
        """Its id, and what it will cost at most."""
        return JSONResponse({"id": order.id, "estimatedCost": {"credits": _credits(order)}})

    async def _show(self, request: Request) -> Response:
        order = self.found(request)
        if isinstance(order, Response):
            return order
        now = self.books.now()
        if order.read is not None and now - order.read < _REST:
            self.too_often += 1
        order.read = now
        return JSONResponse(self._view(request, order))

    async def _delete(self, request: Request) -> Response:
        order = self.found(request, question="cancel")
        if isinstance(order, Response):
            return order
        if order.status(self.books.now()) in LIVE:
            self.books.cancel(order)
        else:
            del self.books.orders[order.id]
        return Response(status_code=204)

    async def _organization(self, request: Request) -> Response:
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        return JSONResponse({"creditBalance": 100_000, "tier": {"models": {}}, "usage": {}})

    def _word(self, order: Order, status: Status) -> str:
        if status is Status.QUEUED and order.number % 2:
            return "THROTTLED"
        if order.fault == "job_strange" and status is Status.RUNNING:
            return "UPSCALING"
        return _WORDS[status]

    def _view(self, request: Request, order: Order) -> dict[str, Any]:
        now = self.books.now()
        status = order.status(now)
        shown: dict[str, Any] = {
            "id": order.id,
            "status": self._word(order, status),
            "createdAt": datetime.fromtimestamp(order.created, UTC).isoformat(),
        }
        if status in LIVE:
            shown["estimatedCost"] = {"credits": _credits(order)}
            if status is Status.RUNNING:
                shown["progress"] = round(order.progress(now), 3)
            return shown
        shown["cost"] = {"credits": _credits(order)}
        if status is Status.SUCCEEDED:
            empty = order.fault == "job_empty"
            shown["output"] = [] if empty else [self.file(request, order, OUTPUT_SECONDS)]
        if status is Status.FAILED:
            refused = order.fault == "job_refused" or REFUSED in order.asked["prompt"]
            shown["failure"] = "The task could not be completed"
            shown["failureCode"] = (
                "SAFETY.OUTPUT.VIDEO" if refused else "INTERNAL.BAD_OUTPUT.CODE01"
            )
        return shown


def _credits(order: Order) -> int:
    return int(order.cost * 100)


if __name__ == "__main__":
    launch("runway", KEY, lambda key, seed: RunwayStandin(key=key, seed=seed))
