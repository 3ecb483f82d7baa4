"""Sources come in: a YouTube link, or a file."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID

from contracts import sources
from contracts.events import ImportRequested, ObjectRef, Source
from contracts.values import SourceKind
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from runtime.db import Conn
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as FormFile

from gateway import idempotency, records
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint, plain_filename, title_from
from gateway.openapi import problems
from gateway.parts import Asked, Asking, answer
from gateway.views.answers import ImportAccepted
from gateway.views.requests import UploadFields, YoutubeImport

router = APIRouter(prefix="/api/v1", tags=["imports"])

UPLOADS_PATH: Final = "/api/v1/imports"
_CONTENT_TYPES: Final = {
    SourceKind.CAPTIONS: "text/vtt; charset=utf-8",
    SourceKind.TEXT: "text/plain; charset=utf-8",
}
_MULTIPART: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "Captions (.vtt, .srt) or a text (.txt, .md).",
                        },
                        "language": {"type": "string", "example": "en"},
                        "project_id": {"type": "string", "format": "uuid"},
                        "title": {"type": "string", "maxLength": 120},
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import as it was asked for. ``project_id`` is ``None`` for a project of its own."""

    project_id: UUID | None
    title: str | None
    project_title: str | None
    language: str | None
    youtube_url: str | None = None


@router.post(
    "/youtube/import",
    status_code=202,
    responses=problems(404, 409),
    summary="Import a YouTube video's words",
)
async def import_youtube(body: YoutubeImport, asked: Asking, response: Response) -> ImportAccepted:
    """Starts a job that fetches the captions. The script is ready when the job has succeeded."""
    video = sources.video_id(body.youtube_url)
    url = f"https://www.youtube.com/watch?v={video}"
    request = fingerprint("youtube/import", body.model_dump(mode="json"))
    wanted = Wanted(body.project_id, body.title, body.title, body.language, url)
    project_id = body.project_id or asked.parts.new_id()
    source = Source(kind=SourceKind.YOUTUBE, url=url, language=body.language)
    accepted = await asked.once(request, lambda conn: _add(conn, asked, wanted, project_id, source))
    return answer(response, accepted, ImportAccepted)


@router.post(
    "/imports",
    status_code=202,
    responses=problems(404, 409, 413, 503),
    openapi_extra=_MULTIPART,
    summary="Import a caption or text file",
)
async def import_file(request: Request, asked: Asking, response: Response) -> ImportAccepted:
    """Stores the file and starts a job that makes a script of it."""
    # Read here and not by the framework, which would take the whole file before the sign-in.
    async with request.form(max_files=1, max_fields=8) as form:
        fields, upload = _read_form(form)
        name = plain_filename(upload.filename or "")
        async with _spooled(upload) as file:
            kind = sources.check_upload(name, file.head, file.size)
            said = fields.model_dump(mode="json") | {"file": file.sha256, "filename": name}
            asked_for = fingerprint("imports", said)
            before = await _before(asked, fields.project_id, asked_for)
            if before is not None:
                return answer(response, before, ImportAccepted)
            project_id = fields.project_id or asked.parts.new_id()
            ref = await _store(asked, project_id, file, name, kind)
    wanted = Wanted(
        fields.project_id, fields.title, fields.title or title_from(name), fields.language
    )
    source = Source(kind=kind, upload=ref, filename=name, language=fields.language)
    accepted = await asked.once(
        asked_for, lambda conn: _add(conn, asked, wanted, project_id, source)
    )
    return answer(response, accepted, ImportAccepted)


async def _before(asked: Asked, project_id: UUID | None, request: str) -> Accepted | None:
    """The answer to an earlier request with this key; checks the project before storing."""
    async with asked.transaction() as conn:
        if project_id is not None:
            await records.check_project(conn, project_id)
        return await idempotency.remembered(conn, asked.user, asked.key, request)


async def _add(
    conn: Conn, asked: Asked, wanted: Wanted, project_id: UUID, source: Source
) -> Accepted:
    user, job_id, script_id = asked.user, asked.parts.new_id(), asked.parts.new_id()
    if wanted.project_id is None:
        await records.add_project(conn, user, project_id, wanted.project_title)
    else:
        await records.check_project(conn, project_id)
    fields = {
        "title": wanted.title,
        "youtube_url": wanted.youtube_url,
        "language": wanted.language,
    }
    await records.add_script(conn, user, script_id, project_id, fields)
    async with as_gateway(conn):
        job = records.NewJob(job_id, user.id, project_id, "import", "transcript", script_id)
        await records.add_job(conn, job)
    event = ImportRequested(
        job_id=job_id, user_id=user.id, project_id=project_id, script_id=script_id, source=source
    )
    await asked.emit(conn, event)
    body = {"job_id": str(job_id), "script_id": str(script_id), "project_id": str(project_id)}
    return Accepted(f"/api/v1/jobs/{job_id}", body)


# --- files -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spooled:
    """An upload on this machine's disk. ``head`` is its beginning."""

    path: Path
    head: bytes
    size: int
    sha256: str


def _read_form(form: FormData) -> tuple[UploadFields, FormFile]:
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = [value for name, value in form.multi_items() if name == "file"]
    texts.pop("file", None)
    if not files or not isinstance(files[0], FormFile):
        missing = {"type": "missing", "loc": ("body", "file"), "msg": "Field required"}
        raise RequestValidationError([missing])
    try:
        return UploadFields.model_validate({k: v for k, v in texts.items() if v}), files[0]
    except ValidationError as error:
        located = [{**e, "loc": ("body", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(located) from error


@asynccontextmanager
async def _spooled(upload: FormFile) -> AsyncGenerator[Spooled]:
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "file"

        def copy() -> Spooled:
            with path.open("wb") as file:
                shutil.copyfileobj(upload.file, file)
            with path.open("rb") as file:
                head = file.read(sources.HEAD_BYTES)
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Spooled(path, head, path.stat().st_size, digest)

        yield await asyncio.to_thread(copy)


async def _store(
    asked: Asked, project_id: UUID, file: Spooled, name: str, kind: SourceKind
) -> ObjectRef:
    ending = PurePosixPath(name).suffix.lower()
    folder = f"users/{asked.user.id}/projects/{project_id}/uploads"
    key = f"{folder}/{file.sha256}{ending}"
    return await asked.parts.store.put(key, file.path, _CONTENT_TYPES[kind])
