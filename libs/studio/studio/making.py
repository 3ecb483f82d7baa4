"""From a source to a film on this disk: import, wait, make, wait, fetch."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.client import Client, Job
from studio.trouble import Exit, Trouble
from studio.watching import PACE, Pace, follow

_LINK = re.compile(r"^(https?://|(www\.|m\.)?youtu(be\.com|\.be)/)", re.IGNORECASE)
_NAME_LENGTH = 80


class Display(Protocol):
    """Shows how a job goes; ``phase`` is what is being done, in the user's words."""

    def show(self, phase: str, job: Job) -> None:
        """The job changed."""
        ...


@dataclass(frozen=True, slots=True)
class Film:
    """What was made. Times are seconds."""

    job_id: str
    video: Path
    captions: Path
    seconds: float
    width: int
    height: int
    scenes: int
    took: float


def check_source(source: str) -> str | Path:
    """A link as it is, or the path of a readable file. Raises Trouble for anything else."""
    if _LINK.match(source):
        return source
    path = Path(source).expanduser()
    hint = "Give a caption file (.vtt, .srt), a text, a sound or video file, or a YouTube link."
    if path.is_dir():
        raise Trouble(f"{source} is a folder.", next_step=hint, code=Exit.USAGE)
    if not path.exists():
        raise Trouble(f"There is no file {source}.", next_step=hint, code=Exit.USAGE)
    return path


async def make_film(
    client: Client,
    source: str | Path,
    out: Path | None,
    display: Display,
    *,
    language: str | None = None,
    pace: Pace = PACE,
    now: Callable[[], float] = time.monotonic,
) -> Film:
    """The whole way; ``out`` defaults to ``./demo/<title>.mp4``. Raises Trouble when it fails."""
    began = now()
    if isinstance(source, Path):
        import_id = await client.import_file(source, language)
    else:
        import_id = await client.import_link(source, language)
    imported = await until_over(client, import_id, "reading the words", display, pace)
    if imported.script_id is None:
        raise Trouble("The import gave no script.", next_step="Look at 'studio jobs'.")
    job_id = await client.make_film(imported.script_id)
    await until_over(client, job_id, "making the film", display, pace)
    result = await client.result(job_id)
    name = source.stem if isinstance(source, Path) else result.title
    video = out or Path("demo") / f"{file_name(name)}.mp4"
    captions = video.with_suffix(".srt")
    await client.download(result.video, video)
    await client.download(result.captions, captions)
    return Film(
        job_id=job_id,
        video=video,
        captions=captions,
        seconds=result.seconds,
        width=result.width,
        height=result.height,
        scenes=result.scenes,
        took=now() - began,
    )


async def until_over(
    client: Client, job_id: str, phase: str, display: Display, pace: Pace = PACE
) -> Job:
    """Follow a job to its success. Raises Trouble with its code when it ends otherwise."""
    job: Job | None = None
    async for job in follow(client, job_id, pace):
        display.show(phase, job)
    if job is None or job.status == "succeeded":
        return job or await client.job(job_id)
    if job.status == "needs_review":
        raise Trouble(
            f"Job {job_id} waits for your review.",
            next_step=f"Look at GET /api/v1/jobs/{job_id}/scenes, then "
            f"POST /api/v1/jobs/{job_id}/approve.",
        )
    if job.error is None:
        raise Trouble(f"Job {job_id} was {job.status}.")
    if job.waits:
        raise Trouble(
            f"Job {job_id} waits for another source. {job.error.message or job.error.title}",
            next_step=f"Send a caption, text or sound file as the form field 'file' to POST "
            f"/api/v1/imports/{job_id}/source, or make a film of that file.",
        )
    said = job.error.message
    more = f" {said}" if said and said != job.error.title else ""
    raise Trouble(f"{job.error.code}: {job.error.title}.{more}", next_step=job.error.next_step)


def file_name(title: str) -> str:
    """A title as a file's name: no separators, no leading dot, not too long."""
    plain = re.sub(r"[^\w\-. ]+", " ", title)
    return re.sub(r"\s+", " ", plain).strip(" .")[:_NAME_LENGTH].rstrip(" .") or "film"
