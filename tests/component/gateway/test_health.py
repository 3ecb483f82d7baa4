"""Health that tells the truth, and a gateway that works on while the bus is away."""

import asyncio
from pathlib import Path

import httpx
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import LINK, Studio, serving
from tests.component.harness import runtime_settings
from tests.conftest import TestDatabase
from tests.ports import free_port
from tests.waiting import until


async def test_health_readiness_metrics_and_the_document_are_open_to_all(studio: Studio) -> None:
    await studio.http.get("/api/v1/jobs", headers={"X-Request-Id": "mine"})
    async with httpx.AsyncClient(base_url=studio.url) as http:
        live = await http.get("/healthz")
        assert (live.status_code, live.json()["relay"]) == (200, "ok")
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (200, "ok")
        metrics = (await http.get("/metrics")).text
        assert 'filmstudio_http_requests_total{method="GET",route="/api/v1/jobs"' in metrics
        document = (await http.get("/openapi.json")).json()
        assert "HTTPValidationError" not in document["components"]["schemas"]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                assert operation["security"], (path, method)
                problem = operation["responses"]["401"]["content"]["application/problem+json"]
                assert problem["schema"]["$ref"].endswith("/Problem")
    named = await studio.http.get("/api/v1/jobs", headers={"X-Request-Id": "mine"})
    assert named.headers["x-request-id"] == "mine"
    odd = await studio.http.get("/api/v1/jobs", headers={"X-Request-Id": "a b"})
    assert odd.headers["x-request-id"] != "a b"


async def test_a_dead_relay_turns_health_red(studio: Studio) -> None:
    (relay,) = [task for task in asyncio.all_tasks() if task.get_name() == "relay"]
    relay.cancel()

    async def red() -> bool:
        reply = await studio.http.get("/healthz")
        return (reply.status_code, reply.json()["relay"]) == (503, "its loop has ended")

    await until(red, "health is red")


async def test_while_the_bus_is_away_requests_are_kept_and_published_later(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    nowhere = runtime_settings(
        "gateway",
        database,
        bus,
        objects_root,
        kafka_bootstrap_servers=f"127.0.0.1:{free_port()}",
    )
    async with serving(database, bus, objects_root, runtime=nowhere) as studio:
        reply = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
        assert reply.status_code == 202
        assert (await studio.http.get("/readyz")).status_code == 200
        waiting = "select count(*) from gateway.outbox where published_at is null"
        assert await studio.sql.fetchval(waiting) == 1
    async with serving(database, bus, objects_root) as studio:
        await studio.published()
