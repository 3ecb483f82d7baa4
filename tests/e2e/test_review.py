"""A film whose user looks at its scenes first: made again, chosen, ordered, approved, given up."""

from typing import Any

import httpx
import pytest

from tests.e2e.stack import finished, reached, start_film
from tests.e2e.test_pipeline import SMALL, fetched, film_of, frames_of, script_of
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


async def takes(api: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    reply = await api.get(f"/api/v1/jobs/{job_id}/scenes")
    assert reply.status_code == 200, reply.text
    shown: dict[str, Any] = reply.json()
    return shown


def made(scene: dict[str, Any]) -> list[int]:
    return [take["take"] for take in scene["takes"] if take["status"] == "succeeded"]


async def waiting_film(api: httpx.AsyncClient) -> str:
    settings = {**SMALL, "max_scenes": 3, "review": True, "transition": "cut"}
    job_id = await start_film(api, await script_of(api), **settings)
    assert (await finished(api, job_id))["status"] == "needs_review"
    return job_id


async def test_a_scene_is_made_again_chosen_and_in_the_film(api: httpx.AsyncClient) -> None:
    job_id = await waiting_film(api)
    first = (await takes(api, job_id))["scenes"]
    assert [made(scene) for scene in first] == [[1]] * len(first)
    assert (await api.get(f"/api/v1/jobs/{job_id}/result")).json()["code"] == "NOT_READY"

    place = f"/api/v1/jobs/{job_id}/scenes/1"
    body = {"prompt": "A forest at night", "seed": 7}
    key = {"Idempotency-Key": f"again-{job_id}"}
    asked = [await api.post(f"{place}/regenerate", json=body, headers=key) for _ in range(2)]
    assert [(reply.status_code, reply.json()["take"]) for reply in asked] == [(202, 2)] * 2

    def has_two(shown: dict[str, Any]) -> bool:
        return shown["scenes"][1]["take"] == 2

    assert (await reached(api, job_id, has_two))["status"] == "needs_review"
    scene = (await takes(api, job_id))["scenes"][1]
    assert (made(scene), scene["take"]) == ([1, 2], 2)
    clips = [await fetched(take["clip"]["url"]) for take in scene["takes"]]
    assert clips[0] != clips[1]
    assert (await fetched(scene["takes"][1]["poster"]["url"]))[:2] == b"\xff\xd8"

    order = [2, 1, 0]
    assert (await api.put(f"/api/v1/jobs/{job_id}/order", json={"order": order})).status_code == 200
    assert (await api.post(f"{place}/select", json={"take": 2})).status_code == 200
    approved = await api.post(f"/api/v1/jobs/{job_id}/approve")
    assert (approved.status_code, approved.json()["cut"]) == (202, 1)
    await reached(api, job_id, lambda shown: shown["status"] == "succeeded")
    result, video = await film_of(api, job_id)
    assert frames_of(video)[0] == round(result["seconds"] * 30)

    again = await api.post(f"/api/v1/jobs/{job_id}/approve")
    assert again.json()["cut"] == 1
    assert (await api.post(f"{place}/select", json={"take": 1})).status_code == 200
    assert (await api.post(f"/api/v1/jobs/{job_id}/approve")).json()["cut"] == 2

    async def newer() -> bool:
        newest = (await api.get(f"/api/v1/jobs/{job_id}/result")).json()
        return newest["scenes"] == 3 and newest["video"]["sha256"] != result["video"]["sha256"]

    await until(newer, "the film with the other take", seconds=60)


async def test_a_film_is_given_up_during_its_review(api: httpx.AsyncClient) -> None:
    job_id = await waiting_film(api)
    assert (await api.post(f"/api/v1/jobs/{job_id}/cancel")).status_code == 202
    await reached(api, job_id, lambda shown: shown["status"] == "cancelled")
    for path in ("approve", "scenes/0/regenerate", "scenes/0/approve"):
        reply = await api.post(f"/api/v1/jobs/{job_id}/{path}", json={})
        assert (reply.status_code, reply.json()["code"]) == (409, "CONFLICT")
