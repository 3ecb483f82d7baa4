"""What a film would take is told before it is asked for."""

from pathlib import Path
from typing import Any

from studio.embedded.broker import MockBroker

from tests.component.gateway.drafted import drafted_script, patch
from tests.component.gateway.studio import Studio, problem, serving
from tests.conftest import TestDatabase


async def test_an_estimate_has_scenes_seconds_and_money_of_every_provider(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, prices={"http": "0.1"}) as studio:
        script_id = await drafted_script(studio, objects_root)
        place = f"/api/v1/scripts/{script_id}/estimate"

        async def estimate(**query: Any) -> Any:
            reply = await studio.http.get(place, params=query)
            assert reply.status_code == 200, reply.text
            return reply.json()

        body = await estimate()
        assert (body["version"], body["scenes"], body["seconds"]) == (0, 4, 16)
        offers = {offer["provider"]: offer for offer in body["providers"]}
        assert set(offers) == {"animatic", "http", "replicate", "runway", "pika"}
        # Four scenes of 4 s: 16 s by length; clips of 5 s at those who sell no shorter ones.
        assert (offers["http"]["usd"], offers["http"]["price"]) == (1.6, "configured")
        assert (offers["pika"]["usd"], offers["pika"]["billed_seconds"]) == (0.8, 20)
        assert (offers["runway"]["usd"], offers["runway"]["price"]) == (1, "list")
        assert offers["animatic"]["usd"] == 0
        assert (offers["replicate"]["usd"], offers["replicate"]["usd_per_second"]) == (None, None)
        fewer = await estimate(max_scenes=2, providers="pika,runway")
        assert (fewer["scenes"], fewer["seconds"]) == (2, 8)
        assert (body["spoken_scenes"], fewer["spoken_scenes"]) == (4, 2)
        assert [offer["usd"] for offer in fewer["providers"]] == [0.4, 0.5]
        judged = await estimate(providers="pika,runway,replicate", budget_usd="0.9")
        assert [o["within_budget"] for o in judged["providers"]] == [True, False, None]
        assert {o["within_budget"] for o in body["providers"]} == {None}
        unknown = await studio.http.get(place, params={"providers": "sora"})
        assert "runway" in problem(unknown, 422, "INVALID_INPUT")["detail"]
        for scenes in (0, 201):
            bad = await studio.http.get(place, params={"max_scenes": scenes})
            problem(bad, 422, "INVALID_INPUT")


async def test_an_estimate_is_of_the_script_as_it_stands(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    longer = {"op": "edit", "scene_id": "scene-1", "seconds": 12}
    await patch(studio.http, script_id, '"0"', longer, {"op": "delete", "scene_id": "scene-4"})
    place = f"/api/v1/scripts/{script_id}/estimate"
    query = {"providers": "pika", "max_scenes": 1}
    body = (await studio.http.get(place, params=query)).json()
    assert (body["version"], body["scenes"], body["seconds"]) == (1, 3, 20)
    (offer,) = body["providers"]
    assert (offer["billed_seconds"], offer["usd"], offer["scenes_too_long"]) == (20, 0.8, 1)
