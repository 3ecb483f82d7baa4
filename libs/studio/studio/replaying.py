"""``studio replay``: the bus from the outboxes, and the read model from the outboxes."""

import asyncio
import json
import re
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import asyncpg
import typer
from runtime.replay import replay_each, unpublished

from studio.guard import guarded, run
from studio.reach import connected, database_dsn, our_schemas
from studio.settings import inherited_environment
from studio.terminal import DsnOption, HomeOption, console, say
from studio.trouble import Exit, Trouble

app = typer.Typer(
    name="replay",
    help="Make the bus or the read model anew from what the outboxes keep.",
    epilog="Start with: studio replay bus --help",
    no_args_is_help=True,
)

_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_PATIENCE: Final = 15.0  # seconds in which a running relay publishes at least something
_LOOK_EVERY: Final = 0.5


@app.command(
    epilog="Examples:  studio replay bus   ·   studio replay bus --since 6h"
    "   ·   studio replay bus --since 2026-11-21T08:00Z --no-wait"
)
@guarded
def bus(
    since: Annotated[
        str | None,
        typer.Option(help="Only what was written since then: '6h', '2d', or an ISO 8601 time."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until the relays have published it.")
    ] = True,
    home: HomeOption = None,
    dsn: DsnOption = None,
) -> None:
    """Publish the kept events again, after the broker lost its log.

    Services may be running: every event keeps its id, and what a service has worked on or the
    projector has folded is recognised. Of jobs that ended, only the last 14 days are published.
    """
    instant = None if since is None else parse_since(since, datetime.now(UTC))
    run(_bus(database_dsn(home, dsn), instant, wait=wait))


@app.command(
    "read-model",
    epilog="Examples:  studio replay read-model   ·   studio replay read-model --dsn …",
)
@guarded
def read_model(home: HomeOption = None, dsn: DsnOption = None) -> None:
    """Fold every job's kept events anew and correct the rows that users see.

    Services may be running, and readers see a job's old rows until its new ones are all there.
    A job whose events are no longer all kept is left as it is. What users own is not touched.
    """
    run(_read_model(database_dsn(home, dsn)))


def parse_since(text: str, now: datetime) -> datetime:
    """``6h`` before ``now``, or an ISO 8601 time (this machine's zone if it has none).

    Raises Trouble for anything else.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        with suppress(OverflowError):
            return now - timedelta(seconds=float(span[1]) * _SECONDS[span[2]])
    with suppress(ValueError):
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    raise Trouble(
        f"--since {text!r} is no time.",
        next_step="Say how long ago ('90min', '6h', '2d') or when ('2026-11-21T08:00Z').",
        code=Exit.USAGE,
    )


async def _bus(dsn: str, since: datetime | None, *, wait: bool) -> None:
    async with connected(dsn) as conn:
        total = 0
        schemas = await our_schemas(conn)
        with console.status("marking the kept events"):
            async for schema, rows in replay_each(conn, schemas, since=since):
                total += rows
                if rows:
                    say(f"{schema:12} {rows}")
        say(f"Kept events to be published again: {total}.")
        if total and wait:
            await _until_published(conn, schemas)


async def _until_published(conn: "asyncpg.Connection[asyncpg.Record]", schemas: list[str]) -> None:
    left, moved = await unpublished(conn, schemas), time.monotonic()
    with console.status(f"{left} to be published") as status:
        while left and time.monotonic() - moved < _PATIENCE:
            await asyncio.sleep(_LOOK_EVERY)
            now = await unpublished(conn, schemas)
            if now != left:
                left, moved = now, time.monotonic()
                status.update(f"{left} to be published")
    if left:
        say(f"{left} wait for their services: they are published as soon as those run.")
    else:
        say("All of them are on the bus.")


async def _read_model(dsn: str) -> None:
    async with connected(dsn) as conn:  # says what is wrong before a process is started
        await our_schemas(conn)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "projector.main", "--rebuild"),
        env={**inherited_environment(), "DATABASE_URL": dsn},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, said = await asyncio.gather(_follow(process.stdout), _read(process.stderr))
        if await process.wait() != 0 or told is None:
            words = said.strip().splitlines()
            raise Trouble((words[-1] if words else "The rebuild ended without a word.")[:300])
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
    say(
        f"Jobs folded anew: {told['looked_at']}, of which had other rows before: {told['changed']}."
    )
    if told["left"]:
        say(f"Jobs left as they are, because not all of their events are kept: {told['left']}.")


async def _follow(lines: asyncio.StreamReader | None) -> dict[str, Any] | None:
    """The last thing that was told."""
    told: dict[str, Any] | None = None
    with console.status("reading the outboxes") as status:
        async for line in lines or asyncio.StreamReader():
            step: dict[str, Any] = json.loads(line)
            status.update(f"{step['looked_at']} of {step['of']} jobs")
            told = step
    return told


async def _read(lines: asyncio.StreamReader | None) -> str:
    return (await lines.read()).decode(errors="replace") if lines is not None else ""
