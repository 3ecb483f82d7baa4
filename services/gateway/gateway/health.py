"""Health, readiness and metrics: for whoever runs the gateway, and in no document."""

from collections.abc import Mapping
from typing import Protocol

from fastapi import FastAPI
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from runtime.health import verdict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Parts(Protocol):
    """Who can say of each part what is wrong with it: ``None`` if nothing is."""

    def live(self) -> Mapping[str, str | None]:
        """Whether it has to be started again."""
        ...

    async def ready(self) -> Mapping[str, str | None]:
        """Whether it can be asked."""
        ...


def install(app: FastAPI, parts: Parts) -> None:
    """``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_: Request) -> Response:
        return _told(parts.live())

    async def readyz(_: Request) -> Response:
        return _told(await parts.ready())

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    for path, endpoint in {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}.items():
        app.add_route(path, endpoint, include_in_schema=False)


def _told(parts: Mapping[str, str | None]) -> JSONResponse:
    status, body = verdict(parts)
    return JSONResponse(body, status)
