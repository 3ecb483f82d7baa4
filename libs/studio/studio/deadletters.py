"""``studio dlq``: what was set aside because it is no event of ours, and what becomes of it."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.progress import Progress, TaskID
from runtime.dlq import DeadLetters
from runtime.letters import Letter, NoSuchLetterError, Wanted

from studio.guard import guarded, run
from studio.letterview import groups_table, letter_lines, letters_table
from studio.reach import checked_service, database_dsn, letters_at
from studio.terminal import DsnOption, HomeOption, console, say
from studio.trouble import Exit, Trouble

app = typer.Typer(
    name="dlq",
    help="Dead letters: records that no service could read, kept as they came.",
    epilog="Start with: studio dlq list",
    no_args_is_help=True,
)

_Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids, or how they begin.")]
_Service = Annotated[str | None, typer.Option("--service", help="Of this service only.")]
_Reason = Annotated[
    str | None, typer.Option("--reason", help="With this reason only, as in 'unknown_type'.")
]
_All = Annotated[bool, typer.Option("--all", help="Everything that is open.")]
_BAR: Final = TaskID(0)


@app.command(
    "list",
    epilog="Examples:  studio dlq list   ·   studio dlq list --ids --service transcriber"
    "   ·   studio dlq list --settled --dsn postgresql://…",
)
@guarded
def list_letters(
    *,
    service: _Service = None,
    reason: _Reason = None,
    ids: Annotated[bool, typer.Option("--ids", help="One line per letter, oldest first.")] = False,
    settled: Annotated[
        bool, typer.Option("--settled", help="Also what was put back or dropped.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="With --ids: how many.")] = 50,
    home: HomeOption = None,
    dsn: DsnOption = None,
) -> None:
    """Show how many there are, by service, reason and source."""
    wanted = Wanted(checked_service(service), reason, settled=settled)
    run(_list(database_dsn(home, dsn), wanted, limit if ids else None))


@app.command(
    epilog="Examples:  studio dlq show 5f0c2d   ·   studio dlq show 5f0c2d --raw > body.bin"
)
@guarded
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how it begins.")],
    raw: Annotated[bool, typer.Option("--raw", help="Only the body, byte for byte.")] = False,
    home: HomeOption = None,
    dsn: DsnOption = None,
) -> None:
    """Show one letter whole: why, from where, headers and body."""
    run(_show(database_dsn(home, dsn), letter, raw=raw))


@app.command(
    epilog="Examples:  studio dlq redrive 5f0c2d   ·   studio dlq redrive --service scripter"
    " --reason unknown_type   ·   studio dlq redrive 5f0c2d --again"
)
@guarded
def redrive(
    ids: _Ids = None,
    *,
    service: _Service = None,
    reason: _Reason = None,
    everything: _All = False,
    again: Annotated[bool, typer.Option("--again", help="Also what was put back before.")] = False,
    home: HomeOption = None,
    dsn: DsnOption = None,
) -> None:
    """Put letters back on the topics they came from, as they came, once.

    They go through the service's outbox: its relay publishes them while the service runs.
    Services that had understood them recognise them by their ids.
    """
    wanted = _wanted(ids, service, reason, settled=again, everything=everything)
    run(_redrive(database_dsn(home, dsn), ids or (), wanted))


@app.command(
    epilog="Examples:  studio dlq drop 5f0c2d   ·   studio dlq drop --reason not_cloudevents --yes"
)
@guarded
def drop(
    ids: _Ids = None,
    *,
    service: _Service = None,
    reason: _Reason = None,
    everything: _All = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: HomeOption = None,
    dsn: DsnOption = None,
) -> None:
    """Delete what letters hold, for good."""
    wanted = _wanted(ids, service, reason, settled=bool(ids), everything=everything)
    run(_drop(database_dsn(home, dsn), ids or (), wanted, sure=yes))


def _wanted(
    ids: Sequence[str] | None,
    service: str | None,
    reason: str | None,
    *,
    settled: bool,
    everything: bool,
) -> Wanted:
    if not (ids or service or reason or everything):
        raise Trouble(
            "Say which letters: ids, --service, --reason, or --all.",
            next_step="See what there is: studio dlq list --ids",
            code=Exit.USAGE,
        )
    return Wanted(checked_service(service), reason, settled=settled)


async def _list(dsn: str, wanted: Wanted, limit: int | None) -> None:
    async with letters_at(dsn) as letters:
        groups = await letters.groups(wanted)
        if not groups:
            say("No dead letters.")
        elif limit is None:
            console.print(groups_table(groups, datetime.now(UTC)))
            say("One by one: studio dlq list --ids")
        else:
            found = await letters.letters(wanted, limit)
            console.print(letters_table(found, datetime.now(UTC)))
            _say_if_more(len(found), sum(g.open + g.redriven + g.dropped for g in groups))


def _say_if_more(shown: int, there: int) -> None:
    if shown < there:
        say(f"{there - shown} more: --limit {there}")


async def _show(dsn: str, start_of_id: str, *, raw: bool) -> None:
    async with letters_at(dsn) as letters:
        letter = await _find(letters, start_of_id)
    if raw:
        sys.stdout.buffer.write(letter.body)
        sys.stdout.buffer.flush()
        return
    for line in letter_lines(letter, datetime.now(UTC)):
        say(line)


async def _redrive(dsn: str, ids: Sequence[str], wanted: Wanted) -> None:
    async with letters_at(dsn) as letters:
        named = [await _find(letters, start) for start in ids]
        wanted = _narrowed(wanted, named)
        put_back = stuck = 0
        with _bar("putting back", await letters.count(wanted)) as bar:
            async for moved in letters.redrive(wanted):
                put_back += moved.put_back
                stuck += moved.stuck
                bar.advance(_BAR, moved.put_back + moved.stuck)
    for letter in named:
        _say_why_not(letter, again=wanted.settled)
    say(f"{put_back} put back. Their services' relays publish them while they run.")
    if stuck:
        raise Trouble(
            f"{stuck} came from topics that are no more: they stay.",
            next_step="Look at them ('studio dlq show'), then drop them.",
        )


def _say_why_not(letter: Letter, *, again: bool) -> None:
    if letter.state == "dropped":
        say(f"{letter.id} was dropped: there is nothing to put back.")
    elif letter.state == "redriven" and not again:
        say(f"{letter.id} was put back before: --again does it once more.")


async def _drop(dsn: str, ids: Sequence[str], wanted: Wanted, *, sure: bool) -> None:
    async with letters_at(dsn) as letters:
        wanted = _narrowed(wanted, [await _find(letters, start) for start in ids])
        count = await letters.count(wanted)
        if count and not sure:
            _ask(count)
        dropped = 0
        with _bar("dropping", count) as bar:
            async for some in letters.drop(wanted):
                dropped += some
                bar.advance(_BAR, some)
    say(f"{dropped} dropped.")


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise Trouble(f"{count} would be dropped for good.", next_step="Say --yes if so.")
    if not typer.confirm(f"Drop {count} for good?"):
        raise Trouble("Nothing was dropped.")


def _narrowed(wanted: Wanted, named: Sequence[Letter]) -> Wanted:
    if not named:
        return wanted
    return Wanted(
        wanted.service, wanted.reason, tuple(letter.id for letter in named), wanted.settled
    )


async def _find(letters: DeadLetters, start_of_id: str) -> Letter:
    try:
        return await letters.find(start_of_id)
    except NoSuchLetterError as error:
        raise Trouble(str(error), next_step="See what there is: studio dlq list --ids") from error


class _Silent(AbstractContextManager["_Silent"]):
    """The bar where there is no terminal."""

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Nothing moves."""

    def __exit__(self, *_: object) -> None:
        return


def _bar(what: str, total: int) -> Progress | _Silent:
    if not console.is_terminal:
        return _Silent()
    progress = Progress(console=console)
    progress.add_task(what, total=total)
    return progress
