"""The ``studio`` command: up, make, jobs, watch, token, dsn, doctor; dlq and replay."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from studio import deadletters, replaying, supervisor
from studio import doctor as examination
from studio.client import Client, connect
from studio.display import display_for, film_table, jobs_table
from studio.embedded.database import DATABASE, User, ensure_user
from studio.embedded.issuer import Issuer, local_user
from studio.guard import guarded, run
from studio.home import Home, Running
from studio.making import check_source, make_film, until_over
from studio.outside import Outside, standing_in
from studio.reach import database_dsn
from studio.services import GATEWAY, ISSUER, POSTGRES, embedded_postgres
from studio.settings import inherited_environment, read_settings
from studio.supervisor import Plan
from studio.terminal import HomeOption, console
from studio.terminal import folder as _folder
from studio.terminal import say as _say
from studio.trouble import Exit, Trouble

_TOKEN_HOURS = 24
_TOKEN_LIFE = timedelta(hours=_TOKEN_HOURS)

app = typer.Typer(
    name="studio",
    help="AI Film Studio on this machine: words in, a film out.",
    epilog="Start with: studio make samples/moonlight.vtt",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(deadletters.app)
app.add_typer(replaying.app)


@app.command(
    epilog="Examples:  studio up   ·   studio up --port 9000 --home /data"
    "   ·   studio up --standins"
)
@guarded
def up(
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="The API's port.")] = None,
    standins: Annotated[
        bool, typer.Option("--standins", help="Vendors on loopback that cost nothing, for trying.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    run(_up(Home.open(_folder(home)), port or read_settings().port, standins=standins))


@app.command(
    epilog="Examples:  studio make talk.vtt   ·   studio make https://youtu.be/…"
    "   ·   studio make story.txt --out story.mp4"
)
@guarded
def make(
    source: Annotated[str, typer.Argument(help="A .vtt, .srt or text file, or a YouTube link.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The MP4 to write.")] = None,
    language: Annotated[
        str | None, typer.Option(help="The words' language, as in 'en' or 'de'.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Make a film, on the running stack or on one that lives as long as this takes."""
    run(_make(Home.open(_folder(home)), check_source(source), out, language))


@app.command(epilog="Examples:  studio jobs   ·   studio jobs --limit 50")
@guarded
def jobs(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    home: HomeOption = None,
) -> None:
    """List the newest jobs of the running stack."""
    run(_jobs(Home(_folder(home)), limit))


@app.command(epilog="Example:  studio watch 8f14e45f-ceea-467f-a0e6-2f1d3b1c9a51")
@guarded
def watch(
    job: Annotated[str, typer.Argument(help="The job's id, as 'studio jobs' shows it.")],
    home: HomeOption = None,
) -> None:
    """Follow a job to its end; the exit code says how it ended."""
    run(_watch(Home(_folder(home)), job))


@app.command(epilog='Example:  curl -H "Authorization: Bearer $(studio token)" …/api/v1/jobs')
@guarded
def token(
    email: Annotated[str | None, typer.Option(help="Sign in as another local user.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="How long it is valid.")] = _TOKEN_HOURS,
    home: HomeOption = None,
) -> None:
    """Print an access token for the API, and nothing else."""
    run(_token(Home(_folder(home)), email, timedelta(hours=hours)))


@app.command(epilog='Example:  psql "$(studio dsn)"')
@guarded
def dsn(home: HomeOption = None) -> None:
    """Print the running stack's database, with its password, and nothing else."""
    typer.echo(database_dsn(_folder(home), None))


@app.command(epilog="Example:  studio doctor")
@guarded
def doctor(home: HomeOption = None) -> None:
    """Show what is installed, what is missing, and what that costs."""
    findings = examination.examine(_folder(home))
    console.print(examination.findings_table(findings))
    if not examination.well(findings):
        raise Trouble("Something that is needed is missing.", next_step="See the table above.")


def _plan(port: int | None, outside: Mapping[str, str]) -> Plan:
    asked = {GATEWAY: port} if port else {}
    return Plan(asked_ports=asked, inherited=inherited_environment() | dict(outside))


def _mint(home: Home, issuer_port: int, user: User, ttl: timedelta) -> str:
    return Issuer.open(home.keys, issuer_port).mint(user.id, user.email, ttl)


def _running(home: Home) -> Running:
    running = home.running()
    if running is None or not running.ready:
        raise Trouble(
            f"No stack is running in {home.folder}.",
            next_step="Start it with 'studio up', or use --home.",
            code=Exit.NOT_RUNNING,
        )
    return running


@asynccontextmanager
async def _client(home: Home, running: Running) -> AsyncGenerator[Client, None]:
    token = _mint(home, running.ports[ISSUER], local_user(), _TOKEN_LIFE)
    async with connect(running.api_url, token) as client:
        yield client


@asynccontextmanager
async def _started(
    home: Home, port: int | None, outside: Mapping[str, str] | None = None
) -> AsyncGenerator[Running, None]:
    plan = _plan(port, outside or {})
    async with AsyncExitStack() as stack:
        with console.status("starting the stack"):
            running = await stack.enter_async_context(supervisor.running(home, plan, _say))
        yield running


async def _up(home: Home, port: int | None, *, standins: bool) -> None:
    began = time.monotonic()
    async with AsyncExitStack() as around:
        outside = Outside({}, {})
        if standins:
            outside = await around.enter_async_context(standing_in(home.logs / "standins.log"))
        running = await around.enter_async_context(_started(home, port, outside.environment))
        _say(f"AI Film Studio is up ({time.monotonic() - began:.1f} s). Ctrl-C stops it.")
        for name, value in (
            ("API", running.api_url),
            ("docs", running.docs_url),
            ("data", home.folder),
            ("logs", home.logs),
            ("token", _mint(home, running.ports[ISSUER], local_user(), _TOKEN_LIFE)),
        ):
            _say(f"  {name:6} {value}")
        for name, url in outside.urls.items():
            _say(f"  in place of {name:10} {url}")
        with suppress(asyncio.CancelledError):  # Ctrl-C is how it is meant to end
            await asyncio.Event().wait()
        _say("stopping")
    _say("stopped")


async def _make(home: Home, source: str | Path, out: Path | None, language: str | None) -> None:
    async with AsyncExitStack() as around:
        running = home.running()
        if running is None or not running.ready:
            running = await around.enter_async_context(_started(home, read_settings().port))
        client = await around.enter_async_context(_client(home, running))
        with display_for(console) as display:
            film = await make_film(client, source, out, display, language=language)
    console.print(film_table(film))
    _say("Try next: 'studio make' with a YouTube link; 'studio up' for the API and its docs.")


async def _jobs(home: Home, limit: int) -> None:
    async with _client(home, _running(home)) as client:
        found = await client.jobs(limit)
    if found:
        console.print(jobs_table(found))
    else:
        _say("No jobs yet: try 'studio make samples/moonlight.vtt'.")


async def _watch(home: Home, job_id: str) -> None:
    async with _client(home, _running(home)) as client:
        with display_for(console) as display:
            await until_over(client, job_id, "job", display)
    _say(f"Job {job_id} succeeded.")


async def _token(home: Home, email: str | None, ttl: timedelta) -> None:
    port = home.remembered_ports().get(ISSUER)
    if port is None:
        raise Trouble(
            f"No stack has run in {home.folder} yet.",
            next_step="Start it with 'studio up'.",
            code=Exit.NOT_RUNNING,
        )
    user = local_user(email) if email else local_user()
    if email:  # the local user is made at every start, others when they are asked for
        postgres = embedded_postgres(home, _running(home).ports[POSTGRES])
        await ensure_user(postgres.dsn(DATABASE), user)
    typer.echo(_mint(home, port, user, ttl))


if __name__ == "__main__":
    app()
