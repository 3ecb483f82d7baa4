"""``python -m tests.chaos --seed n --jobs m [--minutes k]``: kill everything, lose nothing."""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from tests.chaos.providers import named
from tests.chaos.run import NotStartedError, Options, Run, State, Watch, fault_line
from tests.chaos.schedule import faults
from tests.kafka.broker import JAVA, java_found
from tests.kafka.jars import fetched

_EXAMPLES: Final = """\
examples:
  python -m tests.chaos --seed 1 --jobs 40             the long one
  python -m tests.chaos --seed 7 --jobs 3 --minutes 1  a short one
  python -m tests.chaos --seed 7 --jobs 3 --show       what seed 7 would do
  python -m tests.chaos --seed 7 --jobs 6 --providers replicate,fal

Standard output is one line of JSON; the exit code is 0 if every promise held, 1 if one was
broken, 2 if the run could not be made. The timeline and the logs of a run that failed are kept,
and so are those of any run with --keep.
"""
_SECONDS_PER_JOB: Final = 6.0
_LEAST_SECONDS: Final = 90.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, required=True, help="what goes wrong, and when")
    parser.add_argument("--jobs", type=int, required=True, help="films to be made")
    parser.add_argument(
        "--minutes", type=float, help="how long things go wrong (default: by the jobs)"
    )
    parser.add_argument("--show", action="store_true", help="print the faults of the seed, and end")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run too")
    parser.add_argument("--folder", type=Path, help="where everything lies (default: a new one)")
    parser.add_argument(
        "--providers",
        default=os.environ.get("PROVIDERS", "all"),
        help="who makes the clips: some of http, replicate, runway, pika (or fal), or animatic,"
        " who has no bill to check (default: $PROVIDERS, or all with a bill)",
    )
    asked = parser.parse_args()
    try:
        asked.providers = named(asked.providers)
    except ValueError as error:
        parser.error(f"--providers: {error}")
    if asked.jobs < 1 or (asked.minutes is not None and asked.minutes <= 0):
        parser.error("--jobs and --minutes are larger than 0")
    if asked.folder is not None and asked.folder.exists() and any(asked.folder.iterdir()):
        parser.error("--folder has to be new or empty")
    return asked


def main() -> int:
    """The whole command; its exit code."""
    asked = _options()
    err = Console(stderr=True, highlight=False)
    by_jobs = max(_LEAST_SECONDS, _SECONDS_PER_JOB * asked.jobs)
    seconds = asked.minutes * 60 if asked.minutes else by_jobs
    schedule = faults(asked.seed, seconds)
    for fault in schedule:
        err.print(fault_line(fault))
    if asked.show:
        return 0
    if not (java_found() and fetched()):
        err.print(f"There is no Apache Kafka: install Java {JAVA}+ and Maven, run 'make kafka'.")
        return 2
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"chaos-{asked.seed}-"))
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells what we did to it
    options = Options(asked.seed, asked.jobs, seconds, asked.providers)
    try:
        with _bar(err, asked.jobs, len(schedule)) as watch:
            line = asyncio.run(Run(options, folder, watch)())
    except NotStartedError as error:
        err.print(f"Not everything starts:\n{error}\nThe logs: {folder / 'logs'}", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        err.print(f"Interrupted. What happened so far: {folder / 'timeline.txt'}", soft_wrap=True)
        return 130
    except BaseException:
        err.print(f"The run did not get to its end. What happened: {folder / 'timeline.txt'}")
        raise
    return _report(err, line, folder, keep=asked.keep)


@contextmanager
def _bar(err: Console, jobs: int, troubles: int) -> Generator[Watch, None, None]:
    """A line that shows how far the run is; only where somebody can see it."""
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("films"),
        TextColumn("{task.fields[faults]} faults"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[latest]}", table_column=Column(no_wrap=True, ratio=1)),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("starting", total=jobs, faults=f"0/{troubles}", latest="")

        def watch(state: State) -> None:
            progress.update(
                bar,
                completed=state.done,
                description=state.phase,
                faults=f"{state.faults}/{troubles}",
                latest=escape(state.latest),
            )

        yield watch


def _report(err: Console, line: dict[str, Any], folder: Path, *, keep: bool) -> int:
    good = not line["violations"]
    if not good:
        err.print(f"Broken promises: {line['violations']}. What happened:")
        err.print(f"  {folder / 'timeline.txt'}\n  {folder / 'logs'}", soft_wrap=True)
    elif not keep:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
