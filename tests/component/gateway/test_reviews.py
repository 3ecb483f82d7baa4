"""Reviews: takes are asked for once, chosen and judged by their own user, and joined once."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from contracts.documents import Line, Plan, Scene
from contracts.events import Event, GenerationSettings, SceneRequested, StitchRequested
from runtime.objects import LocalObjects, put_model

from tests.component.gateway.studio import Studio, problem


async def add_take(studio: Studio, job: UUID, index: int, take: int, status: str) -> None:
    """A row as the projector leaves it."""
    await studio.sql.execute(
        "insert into public.job_scenes (job_id, scene_index, take, status, title, prompt, s3_key,"
        " poster_key, cost_usd) values ($1, $2, $3, $4, 'A scene', $5, 'a.mp4', 'a.jpg', 0.25)",
        job,
        index,
        take,
        status,
        {"text": "a hill", "frames": 30},
    )


async def waiting(studio: Studio, objects_root: Path) -> UUID:
    """A film of two scenes that waits for its user."""
    body = {"script_id": str(await studio.ready_script()), "settings": {"review": True}}
    reply = await studio.http.post("/api/v1/jobs", json=body)
    job = UUID(reply.json()["job_id"])
    await studio.sql.execute("update public.jobs set status = 'needs_review' where id = $1", job)
    project = await studio.sql.fetchval("select project_id from public.jobs where id = $1", job)
    for index in range(2):
        await add_take(studio, job, index, 1, "succeeded")
    scenes = tuple(
        Scene(
            index=index,
            title="A scene",
            frames=30,
            narration="Hello.",
            lines=(Line(text="Hello."),),
            prompt=f"a hill, {index}",
            negative_prompt="text",
        )
        for index in range(2)
    )
    plan = Plan(job_id=job, title="F", language="en", settings=GenerationSettings(), scenes=scenes)
    store = LocalObjects(objects_root, public_url=studio.url, signing_key=b"test-signing-key")
    await put_model(store, f"users/{studio.user_id}/projects/{project}/jobs/{job}/plan.json", plan)
    return job


async def said(studio: Studio, kind: type[Event]) -> list[Any]:
    return [event for event in await studio.events() if isinstance(event, kind)]


async def test_a_take_is_asked_for_once_per_key(studio: Studio, objects_root: Path) -> None:
    job = await waiting(studio, objects_root)
    place = f"/api/v1/jobs/{job}/scenes/1/regenerate"

    async def ask(body: dict[str, Any], key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return await studio.http.post(place, json=body, headers=headers)

    twice = await asyncio.gather(*(ask({"prompt": "A forest", "seed": 4}, "a") for _ in "12"))
    assert [(reply.status_code, reply.json()["take"]) for reply in twice] == [(202, 2)] * 2
    assert (await ask({"provider": "replicate"}, "b")).json()["take"] == 3
    problem(await ask({"seed": 5}, "b"), 409, "CONFLICT")
    asked = await said(studio, SceneRequested)
    told = [(e.take, e.prompt, e.negative_prompt, e.providers, e.seed) for e in asked]
    assert told == [
        (2, "A forest", "text", ("animatic",), 4),
        (3, "a hill, 1", "text", ("replicate",), None),
    ]
    assert {(e.job_id, e.scene_index, e.scene_count) for e in asked} == {(job, 1, 2)}


async def test_the_chosen_takes_are_joined_in_the_chosen_order_once(
    studio: Studio, objects_root: Path
) -> None:
    job = await waiting(studio, objects_root)
    await add_take(studio, job, 0, 2, "succeeded")
    http, place = studio.http, f"/api/v1/jobs/{job}"
    seen = (await http.get(f"{place}/scenes")).json()["scenes"]
    assert [scene["take"] for scene in seen] == [2, 1]
    assert [float(scene["cost_usd"]) for scene in seen] == [0.5, 0.25]
    assert seen[0]["takes"][0]["clip"]["url"].startswith(studio.url)
    assert (await http.post(f"{place}/scenes/0/select", json={"take": 1})).status_code == 200
    assert [s["take"] for s in (await http.get(place)).json()["scenes"]] == [1, 1]
    problem(await http.put(f"{place}/order", json={"order": [0, 0]}), 422, "INVALID_INPUT")
    assert (await http.put(f"{place}/order", json={"order": [1, 0]})).status_code == 200
    cuts = await asyncio.gather(*(http.post(f"{place}/approve") for _ in "123"))
    assert [(reply.status_code, reply.json()["cut"]) for reply in cuts] == [(202, 1)] * 3
    (event,) = await said(studio, StitchRequested)
    assert (event.order, event.cut) == ((1, 0), 1)
    assert [(one.scene_index, one.take) for one in event.takes] == [(1, 1), (0, 1)]


async def test_a_film_is_made_when_its_last_scene_is_approved_and_not_with_a_rejected_one(
    studio: Studio, objects_root: Path
) -> None:
    job = await waiting(studio, objects_root)
    http, place = studio.http, f"/api/v1/jobs/{job}"
    assert (await http.post(f"{place}/scenes/0/approve")).json()["cut"] is None
    assert (await http.post(f"{place}/scenes/1/reject")).status_code == 200
    problem(await http.post(f"{place}/approve"), 409, "CONFLICT")
    await add_take(studio, job, 1, 2, "succeeded")
    shown = (await http.get(f"{place}/scenes")).json()["scenes"]
    assert [scene["verdict"] for scene in shown] == ["approved", None]
    assert (await http.post(f"{place}/scenes/1/approve")).json()["cut"] == 1
    assert len(await said(studio, StitchRequested)) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [("running", "NOT_READY"), ("failed", "CONFLICT"), ("cancelled", "CONFLICT")],
)
async def test_scenes_are_reviewed_only_while_they_can_be(
    studio: Studio, objects_root: Path, status: str, code: str
) -> None:
    job = await waiting(studio, objects_root)
    await studio.sql.execute("update public.jobs set status = $2 where id = $1", job, status)
    for path in ("approve", "scenes/0/approve", "scenes/0/reject", "scenes/0/regenerate"):
        reply = await studio.http.post(f"/api/v1/jobs/{job}/{path}", json={})
        problem(reply, 409, code)
    assert await said(studio, SceneRequested) == []


async def test_what_is_not_there_is_refused(studio: Studio, objects_root: Path) -> None:
    job = await waiting(studio, objects_root)
    place = f"/api/v1/jobs/{job}"
    problem(await studio.http.post(f"{place}/scenes/7/approve"), 404, "NOT_FOUND")
    gone = await studio.http.post(f"{place}/scenes/0/select", json={"take": 3})
    problem(gone, 409, "NOT_READY")
    problem(await studio.http.get(f"/api/v1/jobs/{uuid4()}/scenes"), 404, "NOT_FOUND")
    _, other = await studio.sign_up()
    async with other:
        for path in ("approve", "scenes/0/approve", "scenes/0/regenerate"):
            problem(await other.post(f"{place}/{path}", json={}), 404, "NOT_FOUND")
        problem(await other.get(f"{place}/scenes"), 404, "NOT_FOUND")


async def test_a_finished_film_that_was_not_changed_is_not_joined_again(
    studio: Studio, objects_root: Path
) -> None:
    job = await waiting(studio, objects_root)
    await studio.sql.execute("update public.jobs set status = 'succeeded' where id = $1", job)
    assert (await studio.http.post(f"/api/v1/jobs/{job}/approve")).json()["cut"] is None
    await studio.http.put(f"/api/v1/jobs/{job}/order", json={"order": [1, 0]})
    assert (await studio.http.post(f"/api/v1/jobs/{job}/approve")).json()["cut"] == 1
