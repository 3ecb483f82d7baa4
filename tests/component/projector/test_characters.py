"""What trainings leave in a character's row, from the real projector, every message twice."""

from typing import Any
from uuid import UUID, uuid4

from contracts import events as e
from contracts.errors import ErrorCode

from tests.component.harness import Running, of_type
from tests.component.projector.conftest import Start
from tests.samples import object_ref

MODEL = f"studio/ada:{'5' * 64}"


async def character(projector: Running) -> tuple[UUID, UUID]:
    """A user and a character of theirs."""
    user, ada = uuid4(), uuid4()
    await projector.sql.execute("insert into auth.users (id) values ($1)", user)
    await projector.sql.execute(
        "insert into public.characters (id, user_id, name) values ($1, $2, 'Ada')", ada, user
    )
    return user, ada


async def asked(projector: Running, user: UUID, ada: UUID) -> dict[str, Any]:
    """A training as the gateway makes it; the ids of its events."""
    job = uuid4()
    await projector.sql.execute(
        "insert into public.jobs (id, user_id, type, stage, character_id)"
        " values ($1, $2, 'character', 'training', $3)",
        job,
        user,
        ada,
    )
    ids = {"job_id": job, "user_id": user, "project_id": job, "character_id": ada}
    images = (object_ref("ada.webp", content_type="image/webp"),)
    await projector.send(e.CharacterRequested(**ids, name="Ada", images=images))
    return ids


def ready(ids: dict[str, Any], model: str = MODEL) -> e.CharacterReady:
    return e.CharacterReady.model_validate({**ids, "model_ref": model, "trigger_word": "chada"})


async def known(projector: Running, ada: UUID) -> tuple[str | None, str | None]:
    row = await projector.sql.fetchrow("select * from public.characters where id = $1", ada)
    assert row is not None
    return row["model_ref"], row["trigger_word"]


async def test_a_training_ends_in_its_characters_row(start: Start) -> None:
    async with start() as projector:
        user, ada = await character(projector)
        ids = await asked(projector, user, ada)
        await projector.send(
            e.CharacterProgressed(**ids, progress=0.5, provider="replicate"), ready(ids)
        )
        await projector.settle()
        assert await known(projector, ada) == (MODEL, "chada")
        job = await projector.sql.fetchrow("select * from public.jobs where id = $1", ids["job_id"])
        assert job is not None
        assert (job["status"], job["progress"], job["project_id"]) == ("succeeded", 100, None)
        told = of_type(await projector.said(), e.JobUpdated)
        assert {one.project_id for one in told} == {ids["job_id"]}


async def test_a_second_model_never_replaces_the_first(start: Start) -> None:
    async with start() as projector:
        user, ada = await character(projector)
        first = await asked(projector, user, ada)
        lost = {"stage": "generator", "code": ErrorCode.SCENE_TIMEOUT, "message": "m", "attempt": 1}
        own = {name: value for name, value in first.items() if name != "character_id"}
        await projector.send(e.StageFailed.model_validate(own | lost))
        await projector.settle()
        second = await asked(projector, user, ada)
        await projector.send(ready(second, f"studio/ada:{'6' * 64}"))
        await projector.send(ready(first))
        await projector.settle()
        # Both were paid for. Which of them counts follows from the jobs, not from who came first.
        assert await known(projector, ada) in {
            (MODEL, "chada"),
            (f"studio/ada:{'6' * 64}", "chada"),
        }
        again = await known(projector, ada)
        await projector.send(ready(second, f"studio/ada:{'6' * 64}"), ready(first))
        await projector.settle()
        assert await known(projector, ada) == again


async def test_a_character_that_was_deleted_is_no_trouble(start: Start) -> None:
    async with start() as projector:
        user, ada = await character(projector)
        ids = await asked(projector, user, ada)
        await projector.settle()
        await projector.sql.execute("delete from public.characters where id = $1", ada)
        await projector.send(ready(ids))
        await projector.settle()
        query = "select status from public.jobs where id = $1"
        assert await projector.sql.fetchval(query, ids["job_id"]) == "succeeded"
