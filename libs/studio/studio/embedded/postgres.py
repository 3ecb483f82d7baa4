"""The embedded database: PostgreSQL 18 from the wheel, run by us in the foreground.

It listens on 127.0.0.1 only, every connection needs a password (SCRAM), and it has no Unix
socket, whose path could be too long.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from studio.embedded.postgres_files import open_up, program, system_ids
from studio.process import Child, Command
from studio.trouble import Exit, Trouble
from studio.waiting import until

SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_READY_WITHIN = 60.0  # seconds; a recovery after kill -9 included
_LEFTOVER_GRACE = 5.0

_NOT_YET = (
    ConnectionError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database cluster in ``folder``. ``durable=False`` is for tests: no fsync.

    Without it, what was committed still survives a killed process, but not a lost machine.
    """

    folder: Path
    port: int
    password: str
    log: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "data"

    def dsn(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """A connection string, with the password. There is no TLS to ask for on the loopback."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def initialise(self) -> bool:
        """Make the cluster if there is none; whether it was made. Blocks for about a second.

        A half-made one of a killed run is made anew. Raises Trouble with initdb's own words.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ids = system_ids()
        if ids is not None:
            open_up(self.folder, ids)
        if (self.data / "PG_VERSION").exists():
            return False
        fresh = self.folder / "new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.folder / "password"
        try:
            password.write_text(self.password)
            password.chmod(0o600)
            if ids is not None:
                os.chown(password, *ids)
            _initdb(fresh, password, ids)
        finally:
            password.unlink(missing_ok=True)
        fresh.rename(self.data)
        return True

    def command(self) -> Command:
        """The server's command line. SIGINT is PostgreSQL's fast shutdown."""
        settings = dict(_SETTINGS)
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Command(
            name="postgres",
            argv=(str(program("postgres")), "-D", str(self.data), "-p", str(self.port), *options),
            log=self.log,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stop_signal=signal.SIGINT,
            ids=system_ids(),
            folder=self.data,
        )

    def clear_leftovers(self) -> int:
        """End servers that still hold this data directory, remove a stale lock; how many."""
        leftovers = [process for process in psutil.process_iter() if _works_in(process, self.data)]
        for process in leftovers:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGINT)
        _, stubborn = psutil.wait_procs(leftovers, timeout=_LEFTOVER_GRACE)
        for process in stubborn:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(stubborn, timeout=_LEFTOVER_GRACE)
        # PostgreSQL itself refuses to start when the number in it belongs to any living process.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return len(leftovers)

    async def wait_ready(self, ended: Callable[[], bool]) -> None:
        """Return when it takes connections.

        Raises Trouble when its process has ended or a minute has passed.
        """

        async def settled() -> bool:
            return ended() or await self._answers()

        if not await until(settled, within=_READY_WITHIN) or ended():
            raise Trouble(
                "The database does not take connections.",
                next_step=f"Its log: {self.log}",
                code=Exit.STACK,
            )

    async def _answers(self) -> bool:
        try:
            conn = await asyncpg.connect(self.dsn("postgres"), timeout=5)
        except _NOT_YET:
            return False
        except asyncpg.InvalidPasswordError as error:
            raise Trouble(
                f"The database on port {self.port} does not know our password.",
                next_step="The data folder's keys/ and postgres/ belong together: restore both.",
                code=Exit.STACK,
            ) from error
        await conn.close()
        return True


@asynccontextmanager
async def running(postgres: Postgres, grace: float = 6.0) -> AsyncGenerator[Postgres, None]:
    """The cluster, made if needed and running, for as long as the block lasts."""
    await asyncio.to_thread(postgres.initialise)
    await asyncio.to_thread(postgres.clear_leftovers)
    child = await Child.start(postgres.command())
    try:
        await postgres.wait_ready(lambda: child.ended)
        yield postgres
    finally:
        await child.stop(grace)


def _initdb(folder: Path, password: Path, ids: tuple[int, int] | None) -> None:
    words = [
        *(str(program("initdb")), "-D", str(folder), "-U", SUPERUSER),
        *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
        # The same order of words on every system, whatever locales it has.
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    uid, gid = ids or (None, None)
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder.parent,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=uid,
        group=gid,
        extra_groups=[] if ids else None,
    )
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Trouble(f"PostgreSQL's data cannot be made: {reason}", code=Exit.STACK)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error, OSError):
        return process.name().startswith("postgres") and Path(process.cwd()) == folder.resolve()
    return False
