"""Speaks fal's queue for Pika: facts of section 6 of the fact sheet on outside services.

    POST /fal-ai/pika/v2.2/{text,image}-to-video[?fal_webhook=U]
    GET  /fal-ai/pika/requests/{id}/status   GET /fal-ai/pika/requests/{id}
    PUT  /fal-ai/pika/requests/{id}/cancel
    GET  /v1/models/requests/by-endpoint     GET /.well-known/jwks.json

COMPLETED is not success. Results live for six minutes, files longer; only what has ended is listed.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standins.video_asked import Asked, mapping
from standins.video_hooks import Call
from standins.video_orders import LIVE, Order, Status
from standins.video_paid import REFUSED, PaidStandin, launch

__all__ = ["KEY", "USER", "FalStandin", "sign"]

KEY = "loopback:key"
USER = "user_loopback"
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
RESULT_SECONDS = 360.0
USD_PER_SECOND = {"720p": Decimal("0.04"), "1080p": Decimal("0.09")}
PAGE = 100
_APP = "/fal-ai/pika"
_KNOWN = {
    *("prompt", "negative_prompt", "seed", "resolution", "duration", "aspect_ratio", "image_url"),
}


class FalStandin(PaidStandin):
    """The queue and its books. ``now`` is seconds since the epoch."""

    def __init__(
        self, *, key: str = KEY, seed: int = 0, now: Callable[[], float] = time.time
    ) -> None:
        requests = _APP + "/requests/{id}"
        super().__init__(
            [
                Route(_APP + "/v2.2/{kind}-to-video", self.take, methods=["POST"]),
                Route(requests, self._result),
                Route(requests + "/status", self._status),
                Route(requests + "/cancel", self._cancel, methods=["PUT"]),
                Route("/v1/models/requests/by-endpoint", self._list),
                Route("/.well-known/jwks.json", self._keys),
            ],
            key=key,
            seed=seed,
            now=now,
        )

    def authorised(self, request: Request) -> bool:
        """``Key id:secret``."""
        return request.headers.get("authorization") == f"Key {self.key}"

    def error(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """``{detail, error_type}``; no money is a locked user here."""
        if status == 402:  # noqa: PLR2004
            status, message = 403, "User is locked. Reason: Exhausted balance."
        body = {"detail": message, "error_type": "bad_request"}
        return JSONResponse(body, status_code=status, headers=headers)

    def read(self, request: Request, body: Any) -> Asked | Response:
        """The model's input."""
        fields = mapping(body)
        if fields is None or set(fields) - _KNOWN:
            return _invalid("body", "extra_forbidden")
        seconds, prompt = fields.get("duration"), fields.get("prompt")
        if seconds not in {5, 10} or not prompt:
            return _invalid("duration", "value_error")
        if (request.path_params["kind"] == "image") != ("image_url" in fields):
            return _invalid("image_url", "missing")
        width, height = (int(side) for side in fields.get("aspect_ratio", "16:9").split(":"))
        seed = int(fields.get("seed", 0))
        return Asked(
            prompt=str(prompt),
            seconds=int(seconds),
            ratio=(width, height),
            usd=USD_PER_SECOND[fields.get("resolution", "720p")] * int(seconds),
            raw={"endpoint": request.url.path.lstrip("/"), "input": fields},
            seed=seed,
            token=f"seed-{seed}" if seed else "",
            hook=request.query_params.get("fal_webhook", ""),
        )

    def taken(self, request: Request, order: Order) -> Response:
        """Where the request is asked for from now on."""
        place = f"{str(request.base_url).rstrip('/')}{_APP}/requests/{order.id}"
        return JSONResponse(
            {
                "status": "IN_QUEUE",
                "request_id": order.id,
                "response_url": place,
                "status_url": f"{place}/status",
                "cancel_url": f"{place}/cancel",
                "queue_position": 0,
            }
        )

    def told(self, order: Order) -> Sequence[tuple[str, Call]]:
        """``OK`` or ``ERROR``, once it has ended."""
        url, status = str(order.asked["hook"]), order.status(self.books.now())
        if not url or status in LIVE:
            return ()
        fine = status is Status.SUCCEEDED
        body = json.dumps(
            {"request_id": order.id, "status": "OK" if fine else "ERROR", "payload": {}}
        ).encode()
        return [("ended", Call(url, sign(order.id, int(time.time()), body), body))]

    async def _status(self, request: Request) -> Response:
        order = self.found(request)
        if isinstance(order, Response):
            return order
        match order.status(self.books.now()):
            case Status.QUEUED:
                return JSONResponse({"status": "IN_QUEUE", "queue_position": 1}, status_code=202)
            case Status.RUNNING:
                strange = order.fault == "job_strange"
                word = "PREPARING_OUTPUT" if strange else "IN_PROGRESS"
                return JSONResponse({"status": word, "logs": None}, status_code=202)
            case Status.CANCELLED:
                gone = {"error": "Request was cancelled", "error_type": "client_cancelled"}
                return JSONResponse({"status": "COMPLETED", **gone})
            case Status.FAILED if order.fault == "job_aborted":
                late = {"error": "Timed out", "error_type": "request_timeout"}
                return JSONResponse({"status": "COMPLETED", **late})
            case _:
                return JSONResponse({"status": "COMPLETED", "metrics": {"inference_time": 1.0}})

    async def _result(self, request: Request) -> Response:
        order = self.found(request, question="result")
        if isinstance(order, Response):
            return order
        status, now = order.status(self.books.now()), self.books.now()
        if status in LIVE:
            return self.error(400, "Request is still in progress")
        if now > order.ends + RESULT_SECONDS:
            return self.error(404, "Request not found")
        if status is Status.SUCCEEDED:
            return JSONResponse(self._output(request, order))
        if order.fault == "job_refused" or REFUSED in order.asked["prompt"]:
            return _invalid("prompt", "content_policy_violation")
        body = {"detail": "Runner went away", "error_type": "runner_disconnected"}
        return JSONResponse(body, status_code=400)

    async def _cancel(self, request: Request) -> Response:
        order = self.found(request, question="cancel")
        if isinstance(order, Response):
            return order
        if order.status(self.books.now()) not in LIVE:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, status_code=400)
        self.books.cancel(order)
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, status_code=202)

    async def _list(self, request: Request) -> Response:
        self.books.requests["list"] += 1
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        if broken := self.broken():
            return broken
        query, now = request.query_params, self.books.now()
        since = datetime.fromisoformat(query.get("start", "1970-01-01T00:00:00+00:00")).timestamp()
        rows = [
            order
            for order in self.books.orders.values()
            if order.asked["raw"]["endpoint"] == query.get("endpoint_id")
            and order.created >= since
            and order.status(now) not in LIVE
            and now >= order.ends + self.faults.list_lag
        ]
        first = int(query.get("cursor", 0))
        items = [self._item(request, order) for order in rows[first : first + PAGE]]
        more = first + PAGE < len(rows)
        cursor = str(first + PAGE) if more else None
        return JSONResponse({"items": items, "next_cursor": cursor, "has_more": more})

    async def _keys(self, _: Request) -> Response:
        public = SIGNING_KEY.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
        return JSONResponse({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]})

    def _output(self, request: Request, order: Order) -> dict[str, Any]:
        if order.fault == "job_empty":
            return {"error": "no video was made"}
        url = self.file(request, order, 86_400.0)
        return {"video": {"url": url, "content_type": "video/mp4", "file_name": "output.mp4"}}

    def _item(self, request: Request, order: Order) -> dict[str, Any]:
        done = order.status(self.books.now()) is Status.SUCCEEDED
        return {
            "request_id": order.id,
            "endpoint_id": order.asked["raw"]["endpoint"],
            "sent_at": datetime.fromtimestamp(order.created, UTC).isoformat(),
            "ended_at": datetime.fromtimestamp(order.ends, UTC).isoformat(),
            "status_code": 200 if done else 500,
            "json_input": order.asked["raw"]["input"],
            "json_output": self._output(request, order) if done else None,
        }


def sign(request_id: str, stamp: int, body: bytes) -> dict[str, str]:
    """The headers of a webhook; ``stamp`` is seconds since the epoch."""
    digest = hashlib.sha256(body).hexdigest()
    text = f"{request_id}\n{USER}\n{stamp}\n{digest}".encode()
    return {
        "content-type": "application/json",
        "x-fal-webhook-request-id": request_id,
        "x-fal-webhook-user-id": USER,
        "x-fal-webhook-timestamp": str(stamp),
        "x-fal-webhook-signature": SIGNING_KEY.sign(text).hex(),
    }


def _invalid(field: str, kind: str) -> Response:
    detail = [{"loc": ["body", field], "msg": "not valid", "type": kind, "input": None}]
    return JSONResponse({"detail": detail}, status_code=422)


if __name__ == "__main__":
    launch("fal", KEY, lambda key, seed: FalStandin(key=key, seed=seed))
