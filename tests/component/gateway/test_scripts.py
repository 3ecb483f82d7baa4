"""A script is read and edited scene by scene; a film is made of it as it stood."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from contracts.documents import Script
from contracts.events import GenerationRequested
from runtime.objects import get_model
from studio.embedded.broker import MockBroker

from tests.component.gateway.drafted import SAID, drafted_script, ids, patch, store_of
from tests.component.gateway.studio import LINK, Studio, problem, serving
from tests.conftest import TestDatabase


async def test_a_script_is_read_with_its_scenes_and_its_version(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    place = f"/api/v1/scripts/{script_id}"
    reply = await studio.http.get(place)
    assert (reply.status_code, reply.headers["etag"]) == (200, '"0"')
    body = reply.json()
    assert ids(body) == ["scene-1", "scene-2", "scene-3", "scene-4"]
    assert (body["version"], body["edited"], body["speakers"]) == (0, False, ["Alice", "Cat"])
    assert body["scenes"][1] == {
        "id": "scene-2",
        "title": "Scene 2",
        "lines": [{"speaker": "Cat", "text": SAID[1][1]}],
        "prompt": "A wood, 2",
        "negative_prompt": "",
        "camera": "push_in",
        "style": None,
        "seconds": 4,
        "characters": ["Cat"],
        "start": 8,
        "end": 12,
        "continues": False,
    }
    for known in ('"0"', 'W/"0"', "*"):
        same = await studio.http.get(place, headers={"If-None-Match": known})
        assert (same.status_code, same.content) == (304, b"")
    other = await studio.http.get(place, headers={"If-None-Match": '"1"'})
    assert other.status_code == 200


async def test_an_edit_names_the_version_it_is_of(studio: Studio, objects_root: Path) -> None:
    script_id = await drafted_script(studio, objects_root)
    edit = {"op": "edit", "scene_id": "scene-1", "camera": "still"}
    problem(await patch(studio.http, script_id, None, edit), 428, "INVALID_INPUT")
    first = await patch(studio.http, script_id, '"0"', edit)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    late = await patch(studio.http, script_id, '"0"', {"op": "delete", "scene_id": "scene-2"})
    problem(late, 412, "CONFLICT")
    assert late.headers["etag"] == '"1"'
    whichever = await patch(studio.http, script_id, "*", title="Mine")
    assert whichever.headers["etag"] == '"2"'
    after = await studio.http.get(f"/api/v1/scripts/{script_id}")
    assert (after.headers["etag"], after.json()["title"]) == ('"2"', "Mine")
    assert ids(after.json()) == ["scene-1", "scene-2", "scene-3", "scene-4"]


async def test_an_edit_whose_answer_was_lost_is_done_once(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    split = {"op": "split", "scene_id": "scene-1", "line": 0, "character": 19}
    first = await patch(studio.http, script_id, '"0"', split)
    again = await patch(studio.http, script_id, '"0"', split)
    assert (again.status_code, again.headers["etag"]) == (200, '"1"')
    assert again.json() == first.json()
    saved = await studio.http.patch(
        f"/api/v1/scripts/{script_id}",
        json={"title": "Quiet"},
        headers={"If-Match": '"1"', "Prefer": "return=minimal"},
    )
    assert (saved.status_code, saved.headers["etag"], saved.content) == (204, '"2"', b"")


STEPS: list[tuple[dict[str, Any], list[str]]] = [
    ({"op": "move", "scene_id": "scene-4"}, ["4", "1", "2", "3"]),
    (
        {"op": "reorder", "order": ["scene-1", "scene-2", "scene-3", "scene-4"]},
        ["1", "2", "3", "4"],
    ),
    (
        {"op": "split", "scene_id": "scene-1", "line": 0, "character": 19, "new_id": "scene-1b"},
        ["1", "1b", "2", "3", "4"],
    ),
    ({"op": "merge", "scene_id": "scene-2"}, ["1", "1b", "2", "4"]),
    ({"op": "delete", "scene_id": "scene-4"}, ["1", "1b", "2"]),
    (
        {
            "op": "add",
            "after": "scene-2",
            "new_id": "scene-9",
            "scene": {"lines": [{"speaker": "Dormouse", "text": "Treacle."}]},
        },
        ["1", "1b", "2", "9"],
    ),
]


async def test_scenes_are_moved_split_merged_deleted_and_added(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    for version, (operation, order) in enumerate(STEPS):
        reply = await patch(studio.http, script_id, f'"{version}"', operation)
        assert reply.status_code == 200, reply.text
        assert ids(reply.json()) == [f"scene-{name}" for name in order], operation
    body = (await studio.http.get(f"/api/v1/scripts/{script_id}")).json()
    texts = [[line["text"] for line in scene["lines"]] for scene in body["scenes"]]
    assert texts == [
        ["Would you tell me,"],
        ["please, which way I ought to go from here?"],
        [SAID[1][1], SAID[2][1]],
        ["Treacle."],
    ]
    assert (body["version"], body["edited"]) == (6, True)
    assert body["speakers"] == ["Alice", "Cat", "Dormouse"]
    assert body["seconds"] == sum(scene["seconds"] for scene in body["scenes"])


async def test_what_an_edit_cannot_do_leaves_the_script_alone(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)

    async def refused(status: int, code: str, *operations: Any, **fields: Any) -> str:
        reply = await patch(studio.http, script_id, '"0"', *operations, **fields)
        return str(problem(reply, status, code)["detail"])

    good = {"op": "edit", "scene_id": "scene-1", "title": "New"}
    gone = {"op": "delete", "scene_id": "scene-7"}
    assert "Operation 2" in await refused(404, "NOT_FOUND", good, gone)
    everything = [{"op": "delete", "scene_id": f"scene-{n}"} for n in (1, 2, 3, 4)]
    await refused(422, "INVALID_INPUT", *everything)
    await refused(422, "INVALID_INPUT", {"op": "reorder", "order": ["scene-1"]})
    await refused(422, "INVALID_INPUT", {"op": "merge", "scene_id": "scene-4"})
    await refused(422, "INVALID_INPUT", {"op": "edit", "scene_id": "scene-1", "camra": "x"})
    await refused(422, "INVALID_INPUT", {"op": "edit", "scene_id": "scene-1", "seconds": 61})
    await refused(422, "INVALID_INPUT", {"op": "edit", "scene_id": "scene-1", "prompt": "\x00"})
    await refused(422, "INVALID_INPUT", {"op": "edit", "scene_id": "scene-1", "title": "\ud800"})
    await refused(422, "INVALID_INPUT", {"op": "explode"})
    await refused(422, "INVALID_INPUT")
    await refused(422, "INVALID_INPUT", *[good] * 201)
    reply = await studio.http.get(f"/api/v1/scripts/{script_id}")
    assert (reply.headers["etag"], reply.json()["scenes"][0]["title"]) == ('"0"', "Scene 1")


async def test_another_users_script_does_not_exist(studio: Studio, objects_root: Path) -> None:
    script_id = await drafted_script(studio, objects_root)
    _, other = await studio.sign_up()
    async with other:
        place = f"/api/v1/scripts/{script_id}"
        problem(await other.get(place), 404, "NOT_FOUND")
        problem(await other.get(f"{place}/estimate"), 404, "NOT_FOUND")
        problem(await other.post(f"{place}/characters", json={"cast": []}), 404, "NOT_FOUND")
        problem(await patch(other, script_id, "*", title="Theirs"), 404, "NOT_FOUND")
    problem(await patch(studio.http, uuid4(), "*", title="None"), 404, "NOT_FOUND")
    assert (await studio.http.get(place)).headers["etag"] == '"0"'


async def test_a_script_that_is_not_ready_cannot_be_edited(studio: Studio) -> None:
    reply = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    script_id = UUID(reply.json()["script_id"])
    problem(await patch(studio.http, script_id, "*", title="x"), 409, "NOT_READY")
    estimate = await studio.http.get(f"/api/v1/scripts/{script_id}/estimate")
    problem(estimate, 409, "NOT_READY")
    await studio.sql.execute("update public.scripts set status = 'failed'")
    problem(await patch(studio.http, script_id, "*", title="x"), 409, "CONFLICT")


async def test_a_draft_survives_a_restart_and_the_loss_of_what_was_imported(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        script_id = await drafted_script(studio, objects_root)
        edit = {"op": "edit", "scene_id": "scene-2", "prompt": "A grin without a cat"}
        before = (await patch(studio.http, script_id, '"0"', edit)).json()
        user_id, http = studio.user_id, studio.http.headers["authorization"]
    async with serving(database, bus, objects_root) as studio:
        ref = await studio.sql.fetchval("select script_ref from public.scripts")
        await store_of(objects_root).delete(ref["key"])
        headers = {"Authorization": http}
        after = await studio.http.get(f"/api/v1/scripts/{script_id}", headers=headers)
        assert after.json() == before
        assert after.json()["scenes"][1]["prompt"] == "A grin without a cat"
        assert user_id != studio.user_id


async def test_a_film_is_made_of_the_script_as_it_stood(studio: Studio, objects_root: Path) -> None:
    script_id = await drafted_script(studio, objects_root)
    store = store_of(objects_root)
    body = {"script_id": str(script_id)}

    async def film(**said: Any) -> GenerationRequested:
        reply = await studio.http.post("/api/v1/jobs", json=body | said)
        assert reply.status_code == 202, reply.text
        event = (await studio.events())[-1]
        assert isinstance(event, GenerationRequested)
        return event

    untouched = await film()
    assert untouched.script.key.endswith(f"{script_id}.json")
    edit = {"op": "edit", "scene_id": "scene-2", "seconds": 9}
    await patch(studio.http, script_id, '"0"', edit)
    first = await film(script_version=1)
    folder = f"users/{studio.user_id}/projects/{first.project_id}/scripts/{script_id}/versions"
    assert first.script.key == f"{folder}/{first.script.sha256}.json"
    assert (await film()).script == first.script
    await patch(studio.http, script_id, '"1"', {"op": "delete", "scene_id": "scene-2"})
    second = await film()
    assert second.script != first.script
    kept = await get_model(store, first.script, Script)
    assert (kept.edited, kept.scenes[1].seconds, len(kept.scenes)) == (True, 9, 4)
    assert len((await get_model(store, second.script, Script)).scenes) == 3
    stale = await studio.http.post("/api/v1/jobs", json=body | {"script_version": 1})
    problem(stale, 412, "CONFLICT")
