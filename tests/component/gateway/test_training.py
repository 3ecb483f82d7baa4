"""A character is trained once, as a job; refusals say what to do."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from contracts.events import CharacterRequested, GenerationRequested, JobCancelled
from gateway.premade.seeding import seed
from studio.embedded.broker import MockBroker

from tests.component.gateway.drafted import store_of
from tests.component.gateway.pictures import picture
from tests.component.gateway.studio import Studio, problem, serving
from tests.component.harness import of_type
from tests.conftest import TestDatabase

PLACE = "/api/v1/characters"


async def ada(http: httpx.AsyncClient, pictures: int = 4) -> Any:
    files = [("images", (f"{n}.png", picture("PNG", size=(100 + n, 100)))) for n in range(pictures)]
    reply = await http.post(PLACE, data={"name": "Ada"}, files=files)
    assert reply.status_code == 201, reply.text
    return reply.json()


async def trained(studio: Studio, character: Any, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await studio.http.post(f"{PLACE}/{character['id']}/train", headers=headers)


async def shown(studio: Studio, character: Any) -> tuple[str, str | None]:
    body = (await studio.http.get(f"{PLACE}/{character['id']}")).json()
    return body["training"], body["training_job_id"]


async def test_a_character_is_trained_once_and_its_job_is_like_any_other(studio: Studio) -> None:
    character = await ada(studio.http)
    assert await shown(studio, character) == ("none", None)
    replies = [await trained(studio, character, key) for key in ("a", "a", "b", None)]
    assert [reply.status_code for reply in replies] == [202] * 4
    (job_id,) = {reply.json()["job_id"] for reply in replies}
    assert await shown(studio, character) == ("training", job_id)
    (wish,) = of_type(await studio.events(), CharacterRequested)
    assert (str(wish.job_id), wish.project_id, len(wish.images)) == (job_id, wish.job_id, 4)
    (listed,) = (await studio.http.get("/api/v1/jobs?type=character")).json()["items"]
    assert (listed["project_id"], listed["character_id"]) == (None, character["id"])
    body = problem(await studio.http.delete(f"{PLACE}/{character['id']}"), 409, "CONFLICT")
    assert "Cancel" in body["detail"]
    reply = await studio.http.post(f"/api/v1/jobs/{job_id}/cancel")
    assert reply.status_code == 202
    (given_up,) = of_type(await studio.events(), JobCancelled)
    assert given_up.job_id == given_up.project_id == wish.job_id
    problem(await trained(studio, character), 409, "CONFLICT")
    await studio.end(wish.job_id, "cancelled", code="CANCELLED")
    assert (await shown(studio, character))[0] == "none"
    again = await trained(studio, character)
    assert again.json()["job_id"] != job_id


async def test_a_trained_character_brings_its_model_into_films_and_stays_trained(
    studio: Studio,
) -> None:
    character = await ada(studio.http)
    job_id = UUID((await trained(studio, character)).json()["job_id"])
    await studio.end(job_id, "succeeded")
    await studio.sql.execute(
        "update public.characters set model_ref = $2, trigger_word = 'chada' where id = $1",
        UUID(character["id"]),
        f"studio/ada:{'5' * 64}",
    )
    assert await shown(studio, character) == ("ready", str(job_id))
    assert (await trained(studio, character)).json()["job_id"] == str(job_id)
    script_id = await studio.ready_script()
    wish = {"script_id": str(script_id), "characters": [{"character_id": character["id"]}]}
    assert (await studio.http.post("/api/v1/jobs", json=wish)).status_code == 202
    (film,) = of_type(await studio.events(), GenerationRequested)
    (cast,) = film.characters
    assert (cast.model_ref, cast.trigger_word) == (f"studio/ada:{'5' * 64}", "chada")
    assert (await studio.http.delete(f"{PLACE}/{character['id']}")).status_code == 204
    job = (await studio.http.get(f"/api/v1/jobs/{job_id}")).json()
    assert (job["status"], job["character_id"]) == ("succeeded", None)


async def test_what_cannot_be_trained_is_refused_with_what_to_do(
    studio: Studio, objects_root: Path
) -> None:
    few = await ada(studio.http, 2)
    body = problem(await trained(studio, few), 422, "INVALID_INPUT")
    assert "4 pictures and Ada has 2" in body["detail"]
    await seed(studio.sql, store_of(objects_root))
    premade = (await studio.http.get(f"{PLACE}?premade=true")).json()["items"][0]
    assert premade["training"] == "none"
    problem(await trained(studio, premade), 409, "CONFLICT")
    _, stranger = await studio.sign_up()
    async with stranger:
        reply = await stranger.post(f"{PLACE}/{few['id']}/train")
        problem(reply, 404, "NOT_FOUND")
    assert of_type(await studio.events(), CharacterRequested) == []


async def test_where_nobody_trains_that_is_said_at_once(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, character_training=False) as studio:
        character = await ada(studio.http)
        reply = await trained(studio, character)
        body = problem(reply, reply.status_code, "PROVIDER_NOT_CONFIGURED")
        assert reply.status_code in {409, 422}
        assert "first picture" in body["detail"]
        assert of_type(await studio.events(), CharacterRequested) == []
