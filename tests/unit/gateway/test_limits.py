"""Buckets that refill, bodies that are too large."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from contracts.errors import ErrorCode, Transient
from fastapi import FastAPI, Request
from gateway import problems
from gateway.limits import BodyLimit, Buckets

A, B = UUID(int=1), UUID(int=2)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_then_the_rate_holds() -> None:
    clock = Clock()
    buckets = Buckets(per_second=0.5, burst=3, now=clock)
    for _ in range(3):
        buckets.take(A)
    with pytest.raises(Transient) as caught:
        buckets.take(A)
    assert (caught.value.code, caught.value.retry_after) == (ErrorCode.RATE_LIMITED, 2)
    buckets.take(B)
    clock.now = 2.0
    buckets.take(A)
    with pytest.raises(Transient):
        buckets.take(A)


def test_a_refused_request_costs_nothing() -> None:
    clock = Clock()
    buckets = Buckets(per_second=1, burst=1, now=clock)
    buckets.take(A)
    for _ in range(10):
        clock.now += 0.09
        with pytest.raises(Transient):
            buckets.take(A)
    clock.now += 0.11
    buckets.take(A)


def test_users_who_are_away_are_forgotten() -> None:
    clock = Clock()
    buckets = Buckets(per_second=1, burst=1, now=clock)
    for n in range(10_001):
        buckets.take(UUID(int=n))
        clock.now += 0.001
    assert len(buckets._levels) < 1_100


def app() -> FastAPI:
    app = FastAPI()

    async def count(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    for path in ("/small", "/large"):
        app.add_api_route(path, count, methods=["POST"])
    app.add_middleware(BodyLimit, limit=2_048, larger={"/large": 4_096})
    problems.install(app)
    return app


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_is_refused_by_what_it_says_and_by_what_it_is(*, streamed: bool) -> None:
    async def pieces(size: int) -> AsyncGenerator[bytes]:
        for start in range(0, size, 512):
            yield b"x" * min(512, size - start)

    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path, size, status in (
            ("/small", 2_048, 200),
            ("/small", 2_049, 413),
            ("/large", 4_096, 200),
            ("/large", 4_097, 413),
        ):
            content = pieces(size) if streamed else b"x" * size
            reply = await http.post(path, content=content)
            assert reply.status_code == status, (path, size)
            if status == 413:
                assert reply.json()["code"] == "INVALID_INPUT"
                assert "KB" in reply.json()["detail"]
            else:
                assert reply.json() == {"size": size}
