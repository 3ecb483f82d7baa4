"""A whole stack as its user runs it: ``studio up`` in a data folder of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
from studio.embedded.issuer import Issuer, local_user
from studio.home import Home

from tests.ports import lasting_port

START_SECONDS = 90.0
JOB_SECONDS = 150.0
MANY_REQUESTS = {
    "GATEWAY_WRITES_PER_MINUTE": "6000",
    "GATEWAY_WRITES_BURST": "500",
    "GATEWAY_READS_PER_MINUTE": "60000",
    "GATEWAY_READS_BURST": "5000",
}
"""All tests are the same user, who asks for more than any person does."""

TERMINAL = {"succeeded", "failed", "cancelled"}
SETTLED = TERMINAL | {"needs_source", "needs_review"}
"""What a job does not leave by itself."""


@dataclass
class Stack:
    """A running ``studio up``; killing and starting it again keeps its folder."""

    folder: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def note(self) -> dict[str, Any]:
        note: dict[str, Any] = json.loads((self.folder / "run" / "stack.json").read_text())
        return note

    @property
    def _studio(self) -> Path:
        return Path(sys.executable).with_name("studio")

    async def start(self) -> None:
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - starting takes no time
                [str(self._studio), "up", "--port", str(lasting_port()), *self.options],
                env={**os.environ, **MANY_REQUESTS, "STUDIO_HOME": str(self.folder)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self.process.poll() is None, "studio up ended"
            assert time.monotonic() < deadline, "studio up is not ready"
            await asyncio.sleep(0.1)

    def _ready(self) -> bool:
        with suppress(OSError, ValueError):
            note = self.note
            return (
                bool(note["ready"]) and self.process is not None and note["pid"] == self.process.pid
            )
        return False

    def pid(self, service: str) -> int:
        """The process of a service, as the supervisor notes it."""
        pid: int = self.note["processes"][service][0]
        return pid

    def kill(self, service: str) -> int:
        """kill -9 one service; its number."""
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_everything(self) -> None:
        """kill -9 the supervisor and every process below it, all at once."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        family = [top, *top.children(recursive=True)]
        for member in family:
            with suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(family, timeout=10)
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)

    def token(self, email: str | None = None) -> str:
        home = Home.open(self.folder)
        user = local_user(email) if email else local_user()
        port: int = self.note["ports"]["issuer"]
        return Issuer.open(home.keys, port).mint(user.id, user.email, timedelta(hours=1))

    def client(self, email: str | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.note["api_url"],
            headers={"Authorization": f"Bearer {self.token(email)}"},
            timeout=30.0,
            trust_env=False,
        )


@asynccontextmanager
async def running_stack(folder: Path, *options: str) -> AsyncGenerator[Stack, None]:
    """``studio up`` with ``options`` until the block ends."""
    stack = Stack(folder, options)
    try:
        await stack.start()
        yield stack
    finally:
        if stack.process is not None and stack.process.poll() is None:
            try:
                stack.stop()
            except subprocess.TimeoutExpired:
                stack.kill_everything()


async def import_file(api: httpx.AsyncClient, path: Path) -> dict[str, Any]:
    """Upload a source and wait for its import; the import job."""
    with path.open("rb") as file:
        reply = await api.post("/api/v1/imports", files={"file": (path.name, file)})
    assert reply.status_code == 202, reply.text
    return await finished(api, reply.json()["job_id"])


async def start_film(api: httpx.AsyncClient, script_id: str, **settings: Any) -> str:
    reply = await api.post("/api/v1/jobs", json={"script_id": script_id, "settings": settings})
    assert reply.status_code == 202, reply.text
    job_id: str = reply.json()["job_id"]
    return job_id


async def job(api: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    reply = await api.get(f"/api/v1/jobs/{job_id}")
    assert reply.status_code == 200, reply.text
    shown: dict[str, Any] = reply.json()
    return shown


def has_ended(shown: dict[str, Any]) -> bool:
    return shown["status"] in SETTLED


async def finished(api: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """The job when it has ended or waits for its user; polling is a client's own business here."""
    return await reached(api, job_id, has_ended)


async def reached(
    api: httpx.AsyncClient,
    job_id: str,
    condition: Callable[[dict[str, Any]], bool],
    *,
    seconds: float = JOB_SECONDS,
) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(httpx.TransportError):
            shown = await job(api, job_id)
            if condition(shown):
                return shown
            assert time.monotonic() < deadline, shown
        await asyncio.sleep(0.2)
