"""Providers' webhooks at the real gateway: verified, passed on once, and never taken for news."""

import json
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from contracts.callbacks import Callback
from contracts.events import ProviderCalledBack
from standins import fal as fal_standin
from standins import replicate as replicate_standin
from standins.server import serving as serving_app
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, problem, serving
from tests.conftest import TestDatabase

SEAL = "a-seal-of-sixteen-bytes"
BODY = json.dumps({"id": "p1", "status": "succeeded"}).encode()
FAL_BODY = json.dumps({"request_id": "req_1", "status": "OK", "payload": {}}).encode()


@pytest.fixture
async def studio(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> AsyncGenerator[Studio, None]:
    with serving_app(fal_standin.FalStandin().app) as fal:
        told = {
            "callback_signing_key": SEAL,
            "replicate_webhook_secret": replicate_standin.SECRET,
            "fal_jwks_url": f"{fal}/.well-known/jwks.json",
        }
        async with serving(database, bus, objects_root, **told) as made:
            yield made


def about(provider: str, job_id: UUID, key: str = SEAL) -> str:
    return Callback(provider, job_id, uuid4(), uuid4(), "work.1").sealed(key.encode())


async def post(
    studio: Studio, hook: str, headers: dict[str, str], body: bytes, sealed: str
) -> httpx.Response:
    async with httpx.AsyncClient(base_url=studio.url) as anybody:
        path = f"/webhooks/{hook}"
        return await anybody.post(path, params={"about": sealed}, headers=headers, content=body)


async def told(studio: Studio) -> list[ProviderCalledBack]:
    return [event for event in await studio.events() if isinstance(event, ProviderCalledBack)]


def replicate(body: bytes = BODY, message: str = "msg_1", at: float = 0) -> dict[str, str]:
    return replicate_standin.sign(replicate_standin.SECRET, message, int(time.time() + at), body)


def fal(body: bytes = FAL_BODY, at: float = 0) -> dict[str, str]:
    return fal_standin.sign("req_1", int(time.time() + at), body)


async def test_a_webhook_is_passed_on_once_however_often_it_comes(studio: Studio) -> None:
    job = uuid4()
    sealed = about("replicate", job)
    for _ in range(3):
        assert (await post(studio, "replicate", replicate(), BODY, sealed)).status_code == 204
    (event,) = await told(studio)
    assert (event.job_id, event.provider) == (job, "replicate")
    assert (event.provider_request_id, event.attempt_token) == ("p1", "work.1")
    assert (await post(studio, "replicate", replicate(message="m2"), BODY, sealed)).is_success
    assert len(await told(studio)) == 2
    await studio.published()


async def test_fals_webhook_is_checked_with_its_published_keys(studio: Studio) -> None:
    job = uuid4()
    for _ in range(2):
        assert (await post(studio, "fal", fal(), FAL_BODY, about("pika", job))).status_code == 204
    (event,) = await told(studio)
    assert (event.job_id, event.provider, event.provider_request_id) == (job, "pika", "req_1")


async def test_what_is_not_signed_is_refused_and_changes_nothing(studio: Studio) -> None:
    sealed = about("replicate", uuid4())
    changed = BODY.replace(b"p1", b"p2")
    for hook, headers, body in (
        ("replicate", replicate(), changed),
        ("replicate", replicate(at=-301), BODY),
        ("replicate", {}, BODY),
        ("fal", fal(), changed),
        ("fal", fal(at=-301), FAL_BODY),
        ("fal", {}, FAL_BODY),
    ):
        problem(await post(studio, hook, headers, body, sealed), 400, "WEBHOOK_INVALID")
    assert await told(studio) == []


async def test_a_good_signature_about_nothing_of_ours_changes_nothing(studio: Studio) -> None:
    for sealed in ("", "v1.x.y", about("replicate", uuid4(), "somebody else's key")):
        reply = await post(studio, "replicate", replicate(), BODY, sealed)
        assert reply.status_code == 204
        assert (await post(studio, "fal", fal(), FAL_BODY, sealed)).status_code == 204
    assert await told(studio) == []


async def test_a_body_that_is_too_large_is_not_read(studio: Studio) -> None:
    large = b"{" + b" " * 1_100_000 + b"}"
    reply = await post(studio, "replicate", replicate(large), large, "x")
    assert reply.status_code == 413


async def test_without_secrets_nobody_is_heard(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        sealed = about("replicate", uuid4())
        assert (await post(studio, "replicate", replicate(), BODY, sealed)).status_code == 404
        assert await told(studio) == []


async def test_while_fals_keys_cannot_be_had_it_is_asked_to_come_again(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    told_ = {"callback_signing_key": SEAL, "fal_jwks_url": "http://127.0.0.1:1/keys"}
    async with serving(database, bus, objects_root, **told_) as studio:
        reply = await post(studio, "fal", fal(), FAL_BODY, about("pika", uuid4()))
        assert reply.status_code == 503
        assert await told(studio) == []
