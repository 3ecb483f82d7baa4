"""A film's plan is shown to its own user: what it says, what it leaves out, who wrote it."""

from pathlib import Path
from uuid import UUID, uuid4

from contracts.documents import Cast, LeftOut, Line, Passage, Plan, Scene
from contracts.events import GenerationSettings
from runtime.objects import put_model

from tests.component.gateway.drafted import SAID, store_of
from tests.component.gateway.studio import Studio, problem


def planned(job_id: UUID) -> Plan:
    """Two shots of one sentence, and one that was left out."""
    scenes = tuple(
        Scene(
            index=index,
            title="The wood",
            frames=75,
            narration=text,
            lines=(Line(speaker="Alice", text=text),),
            prompt=f"A wood, {index}",
            characters=(Cast(name="Alice", color="#aabbcc"),),
            continues=index == 1,
        )
        for index, text in enumerate(("Would you tell me,", "please, which way?"))
    )
    return Plan(
        job_id=job_id,
        title="The wood",
        language="en",
        settings=GenerationSettings(fps=30),
        scenes=scenes,
        left_out=LeftOut(
            sentences=1,
            words=12,
            seconds=4,
            passages=(Passage(after=1, sentences=1, opening=SAID[1][1]),),
        ),
        split_sentences=1,
        written_by="a-model",
        notes=("The model's plan had faults and was mended.",),
    )


async def film(studio: Studio) -> tuple[UUID, str]:
    """A film that is being planned, and where its plan will lie."""
    reply = await studio.http.post(
        "/api/v1/jobs", json={"script_id": str(await studio.ready_script())}
    )
    job = UUID(reply.json()["job_id"])
    project = await studio.sql.fetchval("select project_id from public.jobs where id = $1", job)
    return job, f"users/{studio.user_id}/projects/{project}/jobs/{job}/plan.json"


async def test_a_plan_says_what_is_left_out_what_goes_on_and_who_wrote_it(
    studio: Studio, objects_root: Path
) -> None:
    job, key = await film(studio)
    plan = planned(job)
    await put_model(store_of(objects_root), key, plan)
    reply = await studio.http.get(f"/api/v1/jobs/{job}/plan")
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert (body["job_id"], body["title"], body["language"]) == (str(job), "The wood", "en")
    assert (body["written_by"], body["notes"]) == ("a-model", list(plan.notes))
    assert body["split_sentences"] == 1
    assert body["left_out"] == {
        "sentences": 1,
        "words": 12,
        "seconds": 4,
        "passages": [{"after": 1, "sentences": 1, "opening": SAID[1][1]}],
    }
    first, second = body["scenes"]
    assert (first["continues"], second["continues"]) == (False, True)
    assert second["lines"] == [{"speaker": "Alice", "text": "please, which way?"}]
    assert (second["scene_index"], second["seconds"]) == (1, 2.5)
    assert second["characters"] == ["Alice"]
    _, other = await studio.sign_up()
    async with other:
        problem(await other.get(f"/api/v1/jobs/{job}/plan"), 404, "NOT_FOUND")


async def test_a_film_without_a_plan_says_whether_there_will_be_one(studio: Studio) -> None:
    job, _ = await film(studio)
    place = f"/api/v1/jobs/{job}/plan"
    problem(await studio.http.get(place), 409, "NOT_READY")
    await studio.sql.execute("update public.jobs set status = 'failed' where id = $1", job)
    problem(await studio.http.get(place), 404, "NOT_FOUND")
    await studio.sql.execute("update public.jobs set type = 'import' where id = $1", job)
    problem(await studio.http.get(place), 404, "NOT_FOUND")
    problem(await studio.http.get(f"/api/v1/jobs/{uuid4()}/plan"), 404, "NOT_FOUND")
