"""What only a training at Replicate says and wants."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from generator.adapters import replicate_training
from generator.adapters.replicate_training import Trainer
from generator.adapters.wire import Account, Terms
from generator.domain.provider import Order, Phase, Ticket
from generator.domain.training import Prepared, Subject
from generator.handlers.bundle import bundle
from pydantic import SecretStr
from runtime.objects import LocalObjects
from standins.replicate import KEY, ReplicateStandin
from standins.replicate_training import OWNER, TRAINER
from standins.server import serving
from standins.video_faults import Faults

from tests.adapters.answering import answering
from tests.adapters.video_api import now
from tests.component.generator.school import ADA, MODEL, wished
from tests.unit.generator.rows import Clock

VERSION = "5" * 64
SUBJECT = Subject(ADA, "Ada", ())
READY = Prepared("https://files.example.com/1", MODEL, VERSION)
ORDER = Order(SUBJECT.request, "work.1", 1_700_000_000.0)
TICKET = Ticket(ORDER, "t1", links=READY.links())


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ReplicateStandin, str]]:
    standin = ReplicateStandin()
    with serving(standin.app) as base:
        yield standin, base


def made(client: httpx.AsyncClient, base: str) -> Trainer:
    account = Account(SecretStr(KEY), base, terms=Terms(connect=2, create=5, read=5))
    trainer = replicate_training.trainer(client, account, TRAINER, "", None)
    assert trainer is not None
    return trainer


def trainer_at(answer: Any) -> Trainer:
    """The adapter whose server is a function."""

    def make(client: httpx.AsyncClient, account: Account) -> Trainer:
        found = replicate_training.trainer(client, account, TRAINER, OWNER, None)
        assert found is not None
        return found

    return answering(make, answer)


async def pictures(folder: Path) -> tuple[LocalObjects, Path]:
    store = LocalObjects(folder / "store", public_url="http://127.0.0.1", signing_key=b"key")
    event = await wished(store)
    (folder / "pack").mkdir(exist_ok=True)
    return store, await bundle(store, event.images, folder / "pack")


async def test_a_character_is_prepared_again_at_will_and_trained_by_name(
    served: tuple[ReplicateStandin, str], tmp_path: Path
) -> None:
    standin, base = served
    clock = Clock(1_700_000_000.0)
    standin.books.now, standin.faults = clock, Faults(make_seconds=(100, 100))
    _, packed = await pictures(tmp_path)
    async with httpx.AsyncClient(trust_env=False) as client:
        trainer = made(client, base)
        first = await trainer.prepare(SUBJECT, packed)
        again = await trainer.prepare(SUBJECT, packed)
        assert first.destination == again.destination == MODEL
        assert first.version == again.version
        training = trainer.training(SUBJECT, again)
        ticket = await training.submit(ORDER, now)
        found = await training.reconcile(ORDER)
        assert found is not None
        assert (found.request_id, dict(found.links)) == (ticket.request_id, again.links())
        assert (await training.poll(ticket)).phase is Phase.QUEUED
        clock.time += 50
        half = await training.poll(ticket)
        assert (half.phase, half.progress) == (Phase.RUNNING, 0.5)
        clock.time += 50
        done = await training.poll(ticket)
        assert done.phase is Phase.SUCCEEDED
        assert done.cost_usd == Decimal("1.5250")
        clock.time += 7_200  # its training is forgotten by then, and its model is not
        late = await training.poll(ticket)
        assert (late.phase, late.output) == (Phase.SUCCEEDED, done.output)
        assert done.output.startswith(f"{MODEL}:")


async def test_the_same_pictures_make_the_same_file(tmp_path: Path) -> None:
    packs: list[bytes] = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _, packed = await pictures(tmp_path / name)
        packs.append(packed.read_bytes())
    assert packs[0] == packs[1]


async def test_a_trainer_that_is_not_there_is_a_matter_of_our_settings(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"")
    trainer = trainer_at(httpx.Response(404, json={"detail": "no"}))
    with pytest.raises(Rejected) as caught:
        await trainer.prepare(SUBJECT, tmp_path / "x.zip")
    assert caught.value.code is ErrorCode.PROVIDER_NOT_CONFIGURED


async def test_without_what_was_prepared_nothing_leaves() -> None:
    def nobody(_: httpx.Request) -> httpx.Response:
        raise AssertionError("something left")

    with pytest.raises(Transient):
        await trainer_at(nobody).training(SUBJECT, None).submit(ORDER, now)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({}, True),
        ({"destination": None}, True),
        ({"destination": f"{OWNER}/somebody-else"}, False),
        ({"input": {"wandb_run": "work.2"}}, False),
        ({"created_at": "2020-01-01T00:00:00Z"}, False),
    ],
)
async def test_a_lost_training_is_known_by_its_token_and_destination(
    row: dict[str, Any], *, found: bool
) -> None:
    told = {
        "id": "t1",
        "destination": MODEL,
        "created_at": "2023-11-14T22:13:25Z",
        "input": {"wandb_run": "work.1"},
        "status": "starting",
    }
    answer = httpx.Response(200, json={"next": None, "results": [told | row]})
    ticket = await trainer_at(answer).training(SUBJECT, READY).reconcile(ORDER)
    assert (ticket is not None) is found


async def test_a_list_that_hides_what_was_asked_proves_nothing() -> None:
    row = {"id": "t1", "created_at": "2023-11-14T22:13:25Z", "input": {}, "data_removed": True}
    answer = httpx.Response(200, json={"next": None, "results": [row]})
    with pytest.raises(Transient):
        await trainer_at(answer).training(SUBJECT, READY).reconcile(ORDER)


@pytest.mark.parametrize(
    ("fields", "phase", "progress"),
    [
        ({"status": "warming_up"}, Phase.RUNNING, 0.0),
        ({"status": "processing", "logs": "x 10%|█ y 42%|██"}, Phase.RUNNING, 0.42),
        ({"status": "canceled"}, Phase.CANCELLED, 0.0),
        ({"status": "failed", "error": "CUDA"}, Phase.FAILED, 0.0),
    ],
)
async def test_where_a_training_stands(
    fields: dict[str, Any], phase: Phase, progress: float
) -> None:
    training = trainer_at(httpx.Response(200, json=fields)).training(SUBJECT, READY)
    status = await training.poll(TICKET)
    assert (status.phase, status.progress) == (phase, progress)
