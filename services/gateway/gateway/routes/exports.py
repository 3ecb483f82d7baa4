"""Exports: a job's scenes joined again, in another shape or order, beside the job's own film."""

from typing import Any, Final
from uuid import UUID

from contracts.events import ChosenTake, ExportDropped, StitchRequested
from contracts.values import GenerationSettings
from fastapi import APIRouter, Response
from runtime.db import Conn

from gateway import exports, idempotency, music, records, reviews
from gateway.database import as_gateway
from gateway.domain import Accepted, exporting, fingerprint, reviewing
from gateway.exports import NewExport
from gateway.openapi import problems
from gateway.parts import UNKEPT, AppParts, Asked, Asking, Parts, Reader, answer
from gateway.plans import kept_plan
from gateway.routes.results import film_files
from gateway.views.answers import FilmResult
from gateway.views.exports import (
    ExportAccepted,
    ExportFilm,
    ExportList,
    ExportRequest,
    ExportView,
    ExportWithFilm,
)

router = APIRouter(prefix="/api/v1/jobs", tags=["exports"])

MOST_EXPORTS: Final = 50


@router.post(
    "/{job_id}/exports",
    status_code=202,
    responses=problems(404, 409, 503),
    summary="Join a film's scenes again, beside the film",
)
async def make_export(
    job_id: UUID, body: ExportRequest, asked: Asking, response: Response
) -> ExportAccepted:
    """The shown takes in the film's order, as planned, but for what is named here.

    Nothing is generated: it costs no money but for voices that were not heard before. The same
    export asked for again is the same export, unless it has failed or was given up.
    """
    said = {"job_id": job_id, **body.model_dump(mode="json", exclude_unset=True)}
    request = fingerprint("jobs/exports", said)
    async with asked.transaction() as conn:
        before = await idempotency.remembered(conn, asked.user, asked.key, request)
        if before is not None:
            return answer(response, before, ExportAccepted)
        job = await records.job(conn, job_id)
    reviewing.check_open(job)
    settings = await _settings(asked, job, body)

    async def order(conn: Conn) -> Accepted:
        export_id = await _export(conn, asked, job_id, body, settings)
        told = {"job_id": str(job_id), "export_id": str(export_id)}
        return Accepted(f"/api/v1/jobs/{job_id}/exports/{export_id}", told)

    return answer(response, await asked.once(request, order), ExportAccepted)


async def _settings(asked: Asked, job: Any, body: ExportRequest) -> GenerationSettings:
    """The planned settings with what the user named."""
    _, plan = await kept_plan(asked.parts.store, asked.user.id, job)
    planned = plan.settings
    size = exporting.size(planned, body.shape, body.height)
    changes = body.changes()
    if "sound" in changes:
        async with asked.parts.database.as_user(asked.user) as conn:
            changes["sound"] = await music.named(conn, changes["sound"])
    return exporting.settings_of(planned, size, changes)


async def _export(
    conn: Conn, asked: Asked, job_id: UUID, body: ExportRequest, settings: GenerationSettings
) -> UUID:
    """The export as it is to be made now; the one there is, if it is the same."""
    async with as_gateway(conn):
        job = await reviews.locked(conn, job_id)
    reviewing.check_open(job)
    scenes = reviews.scenes_of(await reviews.takes(conn, job_id))
    order = body.order or job["scene_order"] or sorted(scenes)
    film = exporting.film_of(order, body.takes, scenes)
    exporting.check_settings(settings, film, asked.user.id)
    recipe = exporting.recipe_of(settings, film)
    there = await exports.same(conn, job_id, recipe)
    if there is not None:
        return there
    await exports.check_room(conn, job_id, MOST_EXPORTS)
    event = StitchRequested(
        job_id=job_id,
        user_id=asked.user.id,
        project_id=job["project_id"],
        export_id=asked.parts.new_id(),
        order=tuple(film["order"]),
        takes=tuple(
            ChosenTake(scene_index=index, take=take)
            for index, take in zip(film["order"], film["takes"], strict=True)
        ),
        export=True,
        settings=settings,
    )
    async with as_gateway(conn):
        await exports.add(conn, NewExport(event, recipe))
    await asked.emit(conn, event, cause=event.export_id)
    return event.export_id


@router.get("/{job_id}/exports", responses=problems(404), summary="List a film's exports")
async def list_exports(job_id: UUID, user: Reader, parts: AppParts) -> ExportList:
    """The newest first. Their files are with each of them."""
    async with parts.database.as_user(user) as conn:
        await records.job(conn, job_id)
        rows = await exports.of_job(conn, job_id)
    return ExportList(items=[ExportView.of(row) for row in rows])


@router.get("/{job_id}/exports/{export_id}", responses=problems(404), summary="Look at an export")
async def read_export(
    job_id: UUID, export_id: UUID, user: Reader, parts: AppParts, response: Response
) -> ExportWithFilm:
    """How far it is; once it is there, addresses of all its files."""
    response.headers.update(UNKEPT)
    async with parts.database.as_user(user) as conn:
        await records.job(conn, job_id)
        row = await exports.one(conn, job_id, export_id)
    film = await _film(parts, row) if row["result"] else None
    return ExportWithFilm.of(row, film=film)


@router.delete(
    "/{job_id}/exports/{export_id}",
    status_code=202,
    response_model=ExportAccepted,
    responses=problems(404, 409) | {204: {"description": "It had ended, and is deleted."}},
    summary="Give up or delete an export",
)
async def drop_export(
    job_id: UUID, export_id: UUID, asked: Asking, response: Response
) -> ExportAccepted | Response:
    """One that is being made stops and becomes `cancelled`; asking again changes nothing.

    One that has ended is deleted with its files; the film and other exports stay as they are.
    """
    async with asked.transaction() as conn:
        async with as_gateway(conn):
            job = await reviews.locked(conn, job_id)
        row = await exports.one(conn, job_id, export_id)
        event = ExportDropped(
            job_id=job_id,
            user_id=asked.user.id,
            project_id=job["project_id"],
            export_id=export_id,
            request_id=exports.request_of(export_id),
        )
        ended = row["status"] in {"succeeded", "failed"}
        if ended:
            await exports.check_no_upload(conn, event)
        async with as_gateway(conn):
            await (exports.delete if ended else exports.give_up)(conn, export_id)
        await asked.emit(conn, event, cause=export_id)
    if ended:
        return Response(status_code=204)
    response.headers["Location"] = f"/api/v1/jobs/{job_id}/exports/{export_id}"
    return ExportAccepted(job_id=job_id, export_id=export_id)


async def _film(parts: Parts, row: Any) -> ExportFilm:
    film = FilmResult.model_validate(row["result"])
    files = await film_files(parts, film, f"film-{str(row['job_id'])[:8]}-{str(row['id'])[:8]}")
    return ExportFilm.model_validate(film.told() | files)
