"""The real gateway on a real port, with users who have signed in."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import uvicorn
from contracts.envelope import Envelope
from contracts.events import Event, VideoStitched
from gateway.main import create_app
from gateway.settings import Settings
from pydantic import SecretStr
from runtime.db import connect
from studio.embedded.broker import MockBroker

from tests.component.harness import runtime_settings
from tests.conftest import TestDatabase
from tests.samples import object_ref
from tests.waiting import until

ISSUER = "https://issuer.test/auth/v1"
SECRET = "a-secret-of-at-least-thirty-two-bytes"
LINK = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def token(user_id: UUID | str, **changes: Any) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "authenticated",
        "role": "authenticated",
        "sub": str(user_id),
        "exp": int(time.time()) + 600,
    }
    return jwt.encode(claims | changes, SECRET, algorithm="HS256")


@dataclass
class Studio:
    """A running gateway; ``http`` is signed in as a first user."""

    url: str
    sql: "asyncpg.Connection[asyncpg.Record]"
    user_id: UUID
    http: httpx.AsyncClient

    async def sign_up(self) -> tuple[UUID, httpx.AsyncClient]:
        user_id = uuid4()
        await self.sql.execute("insert into auth.users (id) values ($1)", user_id)
        headers = {"Authorization": f"Bearer {token(user_id)}"}
        return user_id, httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)

    async def events(self) -> list[Event]:
        rows = await self.sql.fetch("select headers, body from gateway.outbox order by seq")
        return [Envelope.parse(row["headers"], row["body"]).event for row in rows]

    async def published(self) -> None:
        async def all_out() -> bool:
            query = "select count(*) from gateway.outbox where published_at is null"
            return await self.sql.fetchval(query) == 0

        await until(all_out, "the outbox is published")

    async def ready_script(self) -> UUID:
        """A script as the projector leaves it after a good import."""
        reply = await self.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
        assert reply.status_code == 202, reply.text
        script_id = UUID(reply.json()["script_id"])
        ref = object_ref("script.json").model_dump(mode="json")
        await self.sql.execute(
            "update public.scripts set status = 'ready', script_ref = $2, words = 9, seconds = 3"
            " where id = $1",
            script_id,
            ref,
        )
        return script_id

    async def film(self) -> UUID:
        """A generation job that has succeeded."""
        script_id = await self.ready_script()
        reply = await self.http.post("/api/v1/jobs", json={"script_id": str(script_id)})
        assert reply.status_code == 202, reply.text
        job_id = UUID(reply.json()["job_id"])
        result = VideoStitched(
            job_id=job_id,
            user_id=self.user_id,
            project_id=uuid4(),
            video=object_ref("film.mp4", size=5, content_type="video/mp4"),
            captions=object_ref("film.srt"),
            poster=object_ref("poster.jpg"),
            title="Moon",
            width=1280,
            height=720,
            fps=30,
            frames=300,
            scenes=2,
        ).model_dump(mode="json") | {"seconds": 10.0}
        await self.end(job_id, "succeeded", result=result)
        return job_id

    async def end(
        self, job_id: UUID, status: str, *, code: str | None = None, result: Any = None
    ) -> None:
        """What the projector writes when a job ends."""
        await self.sql.execute(
            "update public.jobs set status = $2, error_code = $3, result = $4, progress = 100,"
            " version = version + 1 where id = $1",
            job_id,
            status,
            code,
            result,
        )

    async def tell(self, job_id: UUID, seq: int, kind: str, status: str) -> None:
        """A row of ``job_events``."""
        await self.sql.execute(
            "insert into public.job_events (job_id, seq, event_id, type, data)"
            " values ($1, $2, $3, $4, $5)",
            job_id,
            seq,
            uuid4(),
            kind,
            {"job": {"status": status, "version": seq}, "scenes": []},
        )


@asynccontextmanager
async def serving(
    database: TestDatabase, bus: MockBroker, objects_root: Path, **changes: Any
) -> AsyncGenerator[Studio, None]:
    """Start the gateway; stop it as SIGTERM would."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        runtime = runtime_settings(
            "gateway", database, bus, objects_root, objects_public_url=f"{url}/objects"
        )
        values: dict[str, Any] = {
            "runtime": runtime,
            "jwt_issuer": ISSUER,
            "supabase_jwt_secret": SecretStr(SECRET),
            "stream_poll_seconds": 30.0,
        }
        app = create_app(Settings.model_validate(values | changes))
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        sql = await connect(database.superuser)
        try:

            async def started() -> bool:
                return server.started or task.done()

            await until(started, "the gateway serves")
            studio = Studio(url, sql, uuid4(), httpx.AsyncClient())
            await studio.http.aclose()
            studio.user_id, studio.http = await studio.sign_up()
            async with studio.http:
                yield studio
        finally:
            server.should_exit = True
            await task
            await sql.close()


def problem(reply: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem body of a refusal, after its form was checked."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["next_step"]
    return body


async def counts(studio: Studio) -> tuple[int, int, int]:
    """How many jobs, projects and events there are."""
    row = await studio.sql.fetchrow(
        "select (select count(*) from public.jobs), (select count(*) from public.projects),"
        " (select count(*) from gateway.outbox)"
    )
    assert row is not None
    return row[0], row[1], row[2]
