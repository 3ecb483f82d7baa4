"""Speaks Replicate's predictions API: facts of section 4 of the fact sheet on outside services.

    POST /v1/predictions   GET /v1/predictions[?created_after=T]   GET /v1/predictions/{id}
    POST /v1/predictions/{id}/cancel   GET /v1/account   GET /v1/webhooks/default/secret

Models, files and trainings are in ``standins.replicate_training``. Outputs and inputs are deleted
an hour after the end. Webhooks are signed, may come twice and in any order. A prompt with
``[[refuse]]`` fails as the safety check would let it.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standins.replicate_training import OWNER, Workshop, is_training, view
from standins.video_asked import Asked, mapping
from standins.video_hooks import Call
from standins.video_orders import Order, Status
from standins.video_paid import REFUSED, PaidStandin, launch

__all__ = ["KEY", "SECRET", "ReplicateStandin", "sign"]

KEY = "r8_loopback"
SECRET = "whsec_" + base64.b64encode(b"loopback-test-key-0123456789abcd").decode()
USD_PER_SECOND = Decimal("0.036")
STILL_USD = Decimal("0.03")
KEPT_SECONDS = 3_600.0
PAGE = 100
_WORDS = {
    Status.QUEUED: "starting",
    Status.RUNNING: "processing",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.CANCELLED: "canceled",
}
_KNOWN = {"version", "input", "webhook", "webhook_events_filter", "stream"}


class ReplicateStandin(PaidStandin):
    """The API and its books. ``now`` is seconds since the epoch."""

    def __init__(
        self, *, key: str = KEY, seed: int = 0, now: Callable[[], float] = time.time
    ) -> None:
        self.workshop = Workshop()
        trainings = "/v1/models/{owner}/{name}/versions/{version}/trainings"
        super().__init__(
            [
                Route("/v1/models", self._guarded(self.workshop.make_model), methods=["POST"]),
                Route("/v1/models/{owner}/{name}", self._guarded(self._model)),
                Route("/v1/files", self._guarded(self.workshop.take_file), methods=["POST"]),
                Route(trainings, self.take, methods=["POST"]),
                Route("/v1/trainings", self._list),
                Route("/v1/trainings/{id}", self._show),
                Route("/v1/trainings/{id}/cancel", self._cancel, methods=["POST"]),
                Route("/v1/predictions", self.take, methods=["POST"]),
                Route("/v1/predictions", self._list),
                Route("/v1/predictions/{id}", self._show),
                Route("/v1/predictions/{id}/cancel", self._cancel, methods=["POST"]),
                Route("/v1/account", self._account),
                Route("/v1/webhooks/default/secret", self._secret),
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
        """``{title, detail, status}``."""
        body = {"title": "Refused", "detail": message, "status": status}
        return JSONResponse(body, status_code=status, headers=headers)

    def read(self, request: Request, body: Any) -> Asked | Response:
        """A training, a picture or a clip."""
        told = mapping(body) or {}
        if request.url.path.endswith("/trainings"):
            return self.workshop.read(request, told)
        return self._prediction(told)

    def _prediction(self, told: Mapping[str, Any]) -> Asked | Response:
        """``{"version", "input", "webhook"?, "webhook_events_filter"?}``."""
        fields = mapping(told.get("input"))
        if fields is None or set(told) - _KNOWN or "version" not in told:
            return self.error(422, "- input: an object is required")
        if ":" in str(told["version"]):
            return self._still(told, fields)
        if str(told["version"]).count("/") != 1:
            return self.error(404, "no such model")
        seconds, prompt, ratio = (fields.get(n) for n in ("duration", "prompt", "aspect_ratio"))
        if not isinstance(seconds, int) or not prompt or not isinstance(ratio, str):
            return self.error(422, "- input: prompt, duration and aspect_ratio are required")
        hook = str(told.get("webhook", ""))
        if hook and urlsplit(hook).scheme != "https" and urlsplit(hook).hostname != "127.0.0.1":
            return self.error(422, "- webhook: HTTPS is required")
        width, height = (int(side) for side in ratio.split(":"))
        seed = int(fields.get("seed", 0))
        return Asked(
            prompt=str(prompt),
            seconds=seconds,
            ratio=(width, height),
            usd=USD_PER_SECOND * seconds,
            raw=told,
            seed=seed,
            token=f"seed-{seed}" if seed else "",
            hook=hook,
        )

    def _still(self, told: Mapping[str, Any], fields: Mapping[str, Any]) -> Asked | Response:
        """An order of a trained model: a picture."""
        if str(told["version"]) not in self.workshop.versions(self.books):
            return self.error(404, "no such version")
        seed = int(fields.get("seed", 0))
        return Asked(
            prompt=str(fields["prompt"]),
            seconds=1,
            ratio=(1, 1),
            usd=STILL_USD,
            raw=told,
            seed=seed,
            token=f"seed-{seed}",
            hook=str(told.get("webhook", "")),
        )

    async def _clip(self, order: Order) -> bytes:
        if ":" not in str(order.asked["raw"].get("version")):
            return await super()._clip(order)
        data = b"VP8 " + (4).to_bytes(4, "little") + order.asked["seed"].to_bytes(4, "little")
        return b"RIFF" + (4 + len(data)).to_bytes(4, "little") + b"WEBP" + data

    def taken(self, request: Request, order: Order) -> Response:
        """201 with the prediction."""
        return JSONResponse(self._view(order, str(request.base_url)), status_code=201)

    def told(self, order: Order) -> Sequence[tuple[str, Call]]:
        """``start`` and ``completed``."""
        url, status = str(order.asked["hook"]), order.status(self.books.now())
        if not url:
            return ()
        body = json.dumps(self._view(order, "http://127.0.0.1/")).encode()
        names = ["start"] if status is not Status.QUEUED else []
        if status not in {Status.QUEUED, Status.RUNNING}:
            names.append("completed")
        stamp = int(time.time())
        return [
            (name, Call(url, sign(SECRET, f"msg_{order.id}_{name}", stamp, body), body))
            for name in names
        ]

    async def _list(self, request: Request) -> Response:
        self.books.requests["list"] += 1
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        if broken := self.broken():
            return broken
        after = datetime.fromisoformat(request.query_params.get("created_after", "1970-01-01"))
        since = after.replace(tzinfo=after.tzinfo or UTC).timestamp()
        until = self.books.now() - self.faults.list_lag
        kind = request.url.path.endswith("/trainings")
        every = [o for o in self.books.orders.values() if is_training(o) is kind]
        rows = [o for o in every if since <= o.created <= until]
        rows.reverse()
        first = int(request.query_params.get("cursor", 0))
        base = str(request.base_url)
        results = [self._view(order, base) for order in rows[first : first + PAGE]]
        more = request.url.include_query_params(cursor=first + PAGE)
        following = str(more) if first + PAGE < len(rows) else None
        return JSONResponse({"next": following, "previous": None, "results": results})

    async def _show(self, request: Request) -> Response:
        order = self.found(request)
        if isinstance(order, Response):
            return order
        return JSONResponse(self._view(order, str(request.base_url), request))

    async def _cancel(self, request: Request) -> Response:
        order = self.found(request, question="cancel")
        if isinstance(order, Response):
            return order
        self.books.cancel(order)
        return JSONResponse(self._view(order, str(request.base_url)))

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            self.books.requests[f"{request.method} {request.url.path.split('/')[2]}"] += 1
            if not self.authorised(request):
                return self.error(401, "the key is wrong")
            return self.broken() or await answer(request)

        return guarded

    async def _model(self, request: Request) -> Response:
        return self.workshop.show_model(request, self.books)

    async def _account(self, request: Request) -> Response:
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        return JSONResponse({"type": "user", "username": OWNER, "name": "Loopback"})

    async def _secret(self, request: Request) -> Response:
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        return JSONResponse({"key": SECRET})

    def _word(self, order: Order, status: Status) -> str:
        if order.fault == "job_aborted" and status is Status.FAILED:
            return "aborted"
        if order.fault == "job_strange" and status is Status.RUNNING:
            return "warming_up"
        return _WORDS[status]

    def _view(self, order: Order, base: str, request: Request | None = None) -> dict[str, Any]:
        now = self.books.now()
        status = order.status(now)
        if is_training(order):
            return view(order, self._word(order, status), now, base, KEPT_SECONDS)
        removed = now > order.ends + KEPT_SECONDS
        shown = status is Status.SUCCEEDED and not removed and order.fault != "job_empty"
        output = self.file(request, order) if shown and request is not None else None
        refused = order.fault == "job_refused" or REFUSED in order.asked["prompt"]
        why = "The input was flagged as sensitive. (E005)" if refused else "CUDA error (E1000)"
        place = f"{base}v1/predictions/{order.id}"
        return {
            "id": order.id,
            "model": order.asked["raw"]["version"],
            "version": "hidden",
            "status": self._word(order, status),
            "input": {} if removed else order.asked["raw"]["input"],
            "output": output,
            "error": why if status is Status.FAILED else None,
            "logs": "",
            "metrics": {},
            "source": "api",
            "created_at": datetime.fromtimestamp(order.created, UTC).isoformat(),
            "data_removed": removed,
            "urls": {"get": place, "cancel": f"{place}/cancel"},
        }


def sign(secret: str, message_id: str, stamp: int, body: bytes) -> dict[str, str]:
    """The headers of a webhook; ``stamp`` is seconds since the epoch."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{message_id}.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{signature}",
    }


if __name__ == "__main__":
    launch("replicate", KEY, lambda key, seed: ReplicateStandin(key=key, seed=seed))
