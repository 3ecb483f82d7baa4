"""Sources come in: a YouTube link, or a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Self
from uuid import UUID

from contracts import sources
from contracts.events import ImportRequested, Source
from contracts.file_kinds import KINDS, MEDIA
from contracts.values import SourceKind
from fastapi import APIRouter, Request, Response
from runtime.db import Conn

from gateway import idempotency, records
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint, plain_filename, title_from
from gateway.forms import Form, FormFile, read_form
from gateway.openapi import form_body, problems
from gateway.parts import Asked, Asking, answer
from gateway.views.answers import ImportAccepted
from gateway.views.requests import UploadFields, YoutubeImport

router = APIRouter(prefix="/api/v1", tags=["imports"])

_CONTENT_TYPES: Final = {
    SourceKind.CAPTIONS: "text/vtt; charset=utf-8",
    SourceKind.TEXT: "text/plain; charset=utf-8",
}
SOURCE_FIELD: Final[dict[str, Any]] = {
    "type": "string",
    "format": "binary",
    "description": "Captions (.vtt, .srt, .json3), a text (.txt, .md), or sound or video.",
}
_FORM: Final = form_body(
    {
        "file": SOURCE_FIELD,
        "language": {"type": "string", "example": "en"},
        "project_id": {"type": "string", "format": "uuid"},
        "title": {"type": "string", "maxLength": 120},
    },
    required=["file"],
)


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
    openapi_extra=_FORM,
    summary="Import a caption, text, sound or video file",
)
async def import_file(request: Request, asked: Asking, response: Response) -> ImportAccepted:
    """Stores the file and starts a job that makes a script of it."""
    # Read here and not by the framework, which would take the whole file before the sign-in.
    async with read_form(request, largest=largest_source(asked)) as form:
        fields = form.fields(UploadFields)
        file = SourceFile.of(form)
        said = fields.model_dump(mode="json") | file.said
        asked_for = fingerprint("imports", said)
        before = await _before(asked, fields.project_id, asked_for)
        if before is not None:
            return answer(response, before, ImportAccepted)
        project_id = fields.project_id or asked.parts.new_id()
        source = await file.stored(asked, project_id, fields.language)
    title = fields.title or title_from(file.name)
    wanted = Wanted(fields.project_id, fields.title, title, fields.language)
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


def largest_source(asked: Asked) -> Callable[[str], int]:
    """The most bytes of a file by its name: sound and video may be large."""
    settings = asked.parts.settings

    def largest(filename: str) -> int:
        kind = KINDS.get(PurePosixPath(filename).suffix.lower())
        return settings.max_media_bytes if kind in MEDIA else settings.max_text_bytes

    return largest


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An upload that may be a source, by its name, its size and its beginning."""

    file: FormFile
    name: str
    kind: SourceKind

    @classmethod
    def of(cls, form: Form) -> Self:
        """Raises ``Rejected`` for what cannot be a source, ``RequestValidationError`` for none."""
        file = form.files_of("file")[0]
        name = plain_filename(file.filename)
        return cls(file, name, sources.check_upload(name, file.head, file.size))

    @property
    def said(self) -> dict[str, str]:
        """What makes it the same upload again."""
        return {"file": self.file.sha256, "filename": self.name}

    async def stored(self, asked: Asked, project_id: UUID, language: str | None) -> Source:
        """In the object store, under its content."""
        ending = PurePosixPath(self.name).suffix.lower()
        key = f"users/{asked.user.id}/projects/{project_id}/uploads/{self.file.sha256}{ending}"
        store = asked.parts.store
        content_type = _CONTENT_TYPES.get(self.kind, "application/octet-stream")
        # Named by its content: what is there is the same.
        ref = await store.head(key) or await store.put(key, self.file.path, content_type)
        return Source(kind=self.kind, upload=ref, filename=self.name, language=language)
