"""Films beside a film: asked for twice and made once, in another shape, the film as it was."""

import io
from typing import Any

import av
import httpx
import pytest

from tests.e2e.stack import start_film
from tests.e2e.test_pipeline import SMALL, fetched, film_of, script_of
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def size_of(video: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(video), "r") as container:
        shown = container.streams.video[0]
        return shown.width, shown.height


async def test_a_film_is_exported_upright_once_and_stays_as_it_is(api: httpx.AsyncClient) -> None:
    settings = {**SMALL, "max_scenes": 2, "transition": "fade"}
    job_id = await start_film(api, await script_of(api), **settings)
    _, own = await film_of(api, job_id)
    place = f"/api/v1/jobs/{job_id}/exports"
    body = {"shape": "9:16", "order": [1, 0], "sound": {"music": None}}
    asked = [await api.post(place, json=body) for _ in range(2)]
    assert [reply.status_code for reply in asked] == [202, 202]
    (export,) = {reply.json()["export_id"] for reply in asked}
    shown: dict[str, Any] = {}

    async def made() -> bool:
        shown.update((await api.get(f"{place}/{export}")).json())
        assert shown["status"] != "failed", shown
        return shown["status"] == "succeeded"

    await until(made, "the export", seconds=120)
    film = shown["film"]
    assert (shown["progress"], film["width"], film["height"]) == (100, 320, 568)
    assert size_of(await fetched(film["video"]["url"])) == (320, 568)
    assert b"-->" in await fetched(film["vtt"]["url"])
    assert [item["id"] for item in (await api.get(place)).json()["items"]] == [export]
    assert (await api.post(place, json=body)).json()["export_id"] == export

    result, video = await film_of(api, job_id)
    assert video == own
    assert result["width"] == 568
