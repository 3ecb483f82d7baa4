"""The gateway's API as this command uses it. Refusals become ``Trouble`` in the user's words."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from studio.trouble import Away, Exit, Trouble

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_QUIET_STREAM = 60.0  # seconds without even a heartbeat: connect again
_NOT_NOW = frozenset({429, 502, 503, 504})


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class JobError(_Answer):
    """Why a job failed: our code, its title and what to do."""

    code: str
    title: str = ""
    next_step: str = ""
    message: str = ""


class SceneState(_Answer):
    """One scene of a film in the making; progress is 0 to 100."""

    scene_index: int
    title: str | None = None
    status: str = "queued"
    progress: float = 0.0


class Job(_Answer):
    """A job as the API shows it; progress is 0 to 100."""

    id: str
    type: str = ""
    status: str
    stage: str | None = None
    progress: float = 0.0
    script_id: str | None = None
    error: JobError | None = None
    scenes: tuple[SceneState, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in {"succeeded", "failed", "cancelled"}

    @property
    def waits(self) -> bool:
        """Whether nothing more will happen to it until its user does something."""
        return self.status in {"needs_source", "needs_review"}


class File(_Answer):
    """A signed link that expires, and what lies there."""

    url: str
    sha256: str


class Result(_Answer):
    """A finished film; its length in seconds."""

    title: str
    video: File
    captions: File
    seconds: float
    width: int
    height: int
    scenes: int


class _Accepted(_Answer):
    job_id: str
    script_id: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One signed-in user of one gateway."""

    http: httpx.AsyncClient

    async def import_link(self, link: str, language: str | None = None) -> str:
        """Ask for a video's words; the id of the import job."""
        body = {"youtube_url": link, "language": language}
        return await self._start("/api/v1/youtube/import", json=body)

    async def import_file(self, path: Path, language: str | None = None) -> str:
        """Send a file of words or sound; the import job's id. Raises Trouble if unreadable."""
        data = {"language": language} if language else None
        try:
            with path.open("rb") as file:
                files = {"file": (path.name, file)}
                return await self._start("/api/v1/imports", files=files, data=data)
        except OSError as error:
            raise Trouble(f"{path} cannot be read: {error.strerror}.", code=Exit.USAGE) from error

    async def make_film(self, script_id: str) -> str:
        """Ask for the film of a script; the job's id."""
        return await self._start("/api/v1/jobs", json={"script_id": script_id})

    async def job(self, job_id: str) -> Job:
        """The job as it is now, with its scenes."""
        return Job.model_validate(await self._ask("GET", f"/api/v1/jobs/{job_id}"))

    async def jobs(self, limit: int) -> list[Job]:
        """The newest jobs first."""
        page = await self._ask("GET", "/api/v1/jobs", params={"limit": limit})
        return [Job.model_validate(item) for item in page["items"]]

    async def result(self, job_id: str) -> Result:
        """Where the finished film can be fetched."""
        return Result.model_validate(await self._ask("GET", f"/api/v1/jobs/{job_id}/result"))

    async def download(self, file: File, path: Path) -> None:
        """Fetch a signed link to a path, whole or not at all. Raises Trouble if it is not whole."""
        fresh = path.with_name(f".{path.name}.part")
        digest = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The link carries its own signature: the token stays home.
            async with self.http.stream("GET", file.url, headers={"Authorization": ""}) as reply:
                await _raise_for(reply)
                with fresh.open("wb") as target:
                    async for chunk in reply.aiter_bytes():
                        digest.update(chunk)
                        target.write(chunk)
            if digest.hexdigest() != file.sha256:
                raise Away(f"{path.name} arrived damaged.", next_step="Try again.")
            fresh.replace(path)
        except httpx.HTTPError as error:
            raise _unreachable(self.http, error) from error
        except OSError as error:
            raise Trouble(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    async def happenings(self, job_id: str) -> AsyncIterator[str]:
        """The ids of a job's events until nothing is at work for it. May raise HTTPError."""
        url = f"/api/v1/jobs/{job_id}/events?until=ended"
        timeout = httpx.Timeout(_QUIET_STREAM, connect=5.0)
        async with self.http.stream("GET", url, timeout=timeout) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("id:"):
                    yield line.removeprefix("id:").strip()

    async def _start(self, path: str, **request: Any) -> str:
        return _Accepted.model_validate(await self._ask("POST", path, **request)).job_id

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            response = await self.http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise _unreachable(self.http, error) from error
        await _raise_for(response)
        try:
            answer: dict[str, Any] = response.json()
        except ValueError as error:
            raise Trouble(f"What answers at {self.http.base_url} is not our API.") from error
        return answer


@asynccontextmanager
async def connect(
    api_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncGenerator[Client, None]:
    """A client for as long as the block lasts."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=api_url, headers=headers, timeout=_TIMEOUT, trust_env=False, transport=transport
    ) as http:
        yield Client(http)


def _unreachable(http: httpx.AsyncClient, error: httpx.HTTPError) -> Away:
    reason = str(error) or type(error).__name__
    return Away(
        f"The API at {http.base_url} does not answer ({reason}).",
        next_step="Is 'studio up' running? Its log is in the data folder's logs/gateway.log.",
        code=Exit.NOT_RUNNING,
    )


async def _raise_for(response: httpx.Response) -> None:
    """Turn a problem body (RFC 9457) into Trouble."""
    if response.is_success:
        return
    await response.aread()
    try:
        problem: dict[str, Any] = response.json()
        title, code = str(problem["title"]), str(problem.get("code", response.status_code))
    except (ValueError, KeyError, TypeError):
        problem, title, code = {}, "The API answered with an error", str(response.status_code)
    detail = str(problem.get("detail") or "")
    more = f" {detail}" if detail and detail != title else ""
    kind = Away if response.status_code in _NOT_NOW else Trouble
    raise kind(f"{code}: {title}.{more}", next_step=str(problem.get("next_step") or ""))
