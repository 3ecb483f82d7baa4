"""Reviews: look at the takes of a film, have some made again, choose, order, approve."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from contracts.errors import ErrorCode, Rejected
from contracts.events import ChosenTake, SceneRequested, StitchRequested
from fastapi import APIRouter, Path, Response
from runtime.db import Conn

from gateway import idempotency, records, reviews
from gateway.addresses import Address, Wanted
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint
from gateway.domain import reviewing as rules
from gateway.domain.reviewing import ReviewedScene
from gateway.openapi import problems
from gateway.parts import UNKEPT, AppParts, Asked, Asking, Reader, answer
from gateway.plans import kept_plan
from gateway.views.answers import ErrorView
from gateway.views.reviews import (
    AnotherTake,
    MediaView,
    ReviewAccepted,
    ReviewedSceneView,
    ReviewView,
    SceneOrder,
    TakeAccepted,
    TakeChoice,
    TakeView,
)

router = APIRouter(prefix="/api/v1/jobs", tags=["reviews"])

MOST_TAKES: Final = 20
_MEDIA: Final = ("s3_key", "poster_key")
Index = Annotated[int, Path(ge=0, le=999, description="as in `scenes`, from 0")]
_ERRORS: Final = problems(404, 409)


@router.get("/{job_id}/scenes", responses=problems(404), summary="Look at a film's takes")
async def read_scenes(
    job_id: UUID, user: Reader, parts: AppParts, response: Response
) -> ReviewView:
    """Every take with its clip, its poster and its cost, the scenes in the film's order."""
    response.headers.update(UNKEPT)
    async with parts.database.as_user(user) as conn:
        job = await records.job(conn, job_id)
        order = await conn.fetchval("select scene_order from public.jobs where id = $1", job_id)
        rows = await reviews.takes(conn, job_id)
    scenes = reviews.scenes_of(rows)
    keys = {row[name] for row in rows for name in _MEDIA} - {None}
    media = await parts.addresses.of(Wanted(key) for key in sorted(keys))
    shown = [
        _scene(media, scenes[index], [row for row in rows if row["scene_index"] == index])
        for index in order or sorted(scenes)
    ]
    return ReviewView(
        job_id=job_id,
        status=job["status"],
        cost_usd=job["cost_usd"],
        film_error=ErrorView.of_film(job),
        scenes=shown,
    )


def _scene(
    media: Mapping[Wanted, Address], scene: ReviewedScene, rows: list[Any]
) -> ReviewedSceneView:
    return ReviewedSceneView.model_validate(
        {
            "scene_index": scene.index,
            "title": rows[0]["title"],
            "take": scene.take,
            "verdict": scene.judgement,
            "cost_usd": sum(row["cost_usd"] for row in rows),
            "takes": [
                TakeView.of(row, *(_view(media, row[name]) for name in _MEDIA)) for row in rows
            ],
        }
    )


def _view(media: Mapping[Wanted, Address], key: str | None) -> MediaView | None:
    if key is None:
        return None
    found = media[Wanted(key)]
    return MediaView(url=found.url, expires_at=found.expires_at)


@router.post(
    "/{job_id}/scenes/{scene_index}/regenerate",
    status_code=202,
    responses=problems(404, 409, 503),
    summary="Make a scene again",
)
async def make_again(
    job_id: UUID, scene_index: Index, body: AnotherTake, asked: Asking, response: Response
) -> TakeAccepted:
    """Orders another take, which may cost money; the earlier ones stay and can be chosen.

    Send an Idempotency-Key: without one every request is another take.
    """
    said = {"job_id": job_id, "scene_index": scene_index, **body.model_dump(mode="json")}
    request = fingerprint("jobs/regenerate", said)
    async with asked.transaction() as conn:
        before = await idempotency.remembered(conn, asked.user, asked.key, request)
        if before is not None:
            return answer(response, before, TakeAccepted)
        job = await records.job(conn, job_id)
    rules.check_open(job)
    wanted = await _request(asked, job, scene_index, body)

    async def order(conn: Conn) -> Accepted:
        await _scene_of(conn, job_id, scene_index)
        async with as_gateway(conn):
            take = await reviews.next_take(conn, job_id, scene_index, MOST_TAKES)
        event = wanted.model_copy(update={"take": take})
        await asked.emit(conn, event, cause=uuid5(job_id, f"scene:{scene_index}:take:{take}"))
        told = {"job_id": str(job_id), "scene_index": scene_index, "take": take}
        return Accepted(f"/api/v1/jobs/{job_id}/scenes", told)

    return answer(response, await asked.once(request, order), TakeAccepted)


async def _request(asked: Asked, job: Any, index: int, body: AnotherTake) -> SceneRequested:
    """The second take as it is asked for; which one it really is shows when it is counted."""
    ref, plan = await kept_plan(asked.parts.store, asked.user.id, job)
    scene = next((scene for scene in plan.scenes if scene.index == index), None)
    if scene is None:
        raise _no_scene(index)
    negative = body.negative_prompt
    return SceneRequested(
        job_id=job["id"],
        user_id=asked.user.id,
        project_id=job["project_id"],
        plan=ref,
        scene_index=index,
        scene_count=len(plan.scenes),
        take=2,
        providers=plan.settings.providers if body.provider is None else (body.provider,),
        prompt=scene.prompt if body.prompt is None else body.prompt,
        negative_prompt=scene.negative_prompt if negative is None else negative,
        seed=body.seed,
    )


@router.post(
    "/{job_id}/scenes/{scene_index}/select", responses=_ERRORS, summary="Choose a take of a scene"
)
async def select_take(
    job_id: UUID, scene_index: Index, body: TakeChoice, asked: Asking
) -> ReviewAccepted:
    """The film shows this take from its next cut on."""
    async with asked.transaction() as conn:
        _, scenes = await _scene_of(conn, job_id, scene_index)
        take = rules.check_take(scenes[scene_index], body.take)
        async with as_gateway(conn):
            await reviews.choose(conn, job_id, scene_index, take)
    return ReviewAccepted(job_id=job_id)


@router.post("/{job_id}/scenes/{scene_index}/approve", responses=_ERRORS, summary="Approve a scene")
async def approve_scene(job_id: UUID, scene_index: Index, asked: Asking) -> ReviewAccepted:
    """Of the take that is shown. When a waiting film's last scene is approved, it is made."""
    async with asked.transaction() as conn:
        job, scenes = await _judged(conn, job_id, scene_index, rules.APPROVED)
        whole = all(scene.judgement == rules.APPROVED for scene in scenes.values())
        waits = job["status"] == "needs_review"
        cut = await _film(conn, asked, job, scenes) if whole and waits else None
    return ReviewAccepted(job_id=job_id, cut=cut)


@router.post("/{job_id}/scenes/{scene_index}/reject", responses=_ERRORS, summary="Reject a scene")
async def reject_scene(job_id: UUID, scene_index: Index, asked: Asking) -> ReviewAccepted:
    """No film is made with this take, until it is approved or another is shown."""
    async with asked.transaction() as conn:
        await _judged(conn, job_id, scene_index, rules.REJECTED)
    return ReviewAccepted(job_id=job_id)


@router.post(
    "/{job_id}/approve", status_code=202, responses=_ERRORS, summary="Make the film as it is now"
)
async def approve_film(job_id: UUID, asked: Asking) -> ReviewAccepted:
    """Joins the shown takes in the chosen order. What was joined already is not joined again.

    A film that could not be joined is tried again.
    """
    async with asked.transaction() as conn:
        job, scenes = await _open(conn, job_id)
        cut = await _film(conn, asked, job, scenes)
    return ReviewAccepted(job_id=job_id, cut=cut)


@router.put("/{job_id}/order", responses=_ERRORS, summary="Put the scenes in another order")
async def reorder(job_id: UUID, body: SceneOrder, asked: Asking) -> ReviewAccepted:
    """The film has this order from its next cut on."""
    async with asked.transaction() as conn:
        _, scenes = await _open(conn, job_id)
        order = rules.check_order(body.order, scenes)
        async with as_gateway(conn):
            await reviews.keep_order(conn, job_id, order)
    return ReviewAccepted(job_id=job_id)


async def _open(conn: Conn, job_id: UUID) -> tuple[Any, dict[int, ReviewedScene]]:
    """The job, locked, and its scenes. Raises ``Rejected`` if it cannot be reviewed now."""
    async with as_gateway(conn):
        job = await reviews.locked(conn, job_id)
    rules.check_open(job)
    return job, reviews.scenes_of(await reviews.takes(conn, job_id))


async def _scene_of(conn: Conn, job_id: UUID, index: int) -> tuple[Any, dict[int, ReviewedScene]]:
    job, scenes = await _open(conn, job_id)
    if index not in scenes:
        raise _no_scene(index)
    return job, scenes


async def _judged(
    conn: Conn, job_id: UUID, index: int, verdict: str
) -> tuple[Any, dict[int, ReviewedScene]]:
    _, scenes = await _scene_of(conn, job_id, index)
    take = rules.check_take(scenes[index], None)
    async with as_gateway(conn):
        await reviews.judge(conn, job_id, index, verdict, take)
    return await _open(conn, job_id)


async def _film(conn: Conn, asked: Asked, job: Any, scenes: dict[int, ReviewedScene]) -> int | None:
    """Ask for the film, once for the same scenes; its number, if it is not the planned one."""
    film = rules.film_of(job["scene_order"] or sorted(scenes), scenes)
    if job["asked_film"] == film and job["failed_cut"] < job["asked_cut"]:
        return int(job["asked_cut"])
    if job["status"] == "succeeded" and not job["asked_cut"] and rules.is_as_planned(film):
        return None
    cut = job["asked_cut"] + 1
    async with as_gateway(conn):
        await reviews.keep_film(conn, job["id"], cut, film)
    event = StitchRequested(
        job_id=job["id"],
        user_id=asked.user.id,
        project_id=job["project_id"],
        export_id=asked.parts.new_id(),
        order=tuple(film["order"]),
        takes=tuple(
            ChosenTake(scene_index=index, take=take)
            for index, take in zip(film["order"], film["takes"], strict=True)
        ),
        cut=cut,
    )
    await asked.emit(conn, event, cause=uuid5(job["id"], f"cut:{cut}"))
    return cut


def _no_scene(index: int) -> Rejected:
    return Rejected(ErrorCode.NOT_FOUND, f"This film has no scene {index}.")
