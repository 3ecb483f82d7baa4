"""The figures for people (a table) and for programs (one JSON line)."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.orchestration.contenders import Contender
from bench.orchestration.measure import Plan

Figures = Mapping[str, Mapping[str, float]]
SERVERS = ("kafka", "postgres", "redis")
TITLE = "3 steps, 12 parallel scenes, fan-in, a last step; handlers do nothing"


Rows = list[tuple[str, ...] | None]


def rows(results: Mapping[str, Figures], contenders: Mapping[str, Contender], plan: Plan) -> Rows:
    """Lines of a table, a label and a cell per contender; ``None`` parts two sections."""
    lines: Rows = []

    def row(label: str, part: str, figure: str, form: str) -> None:
        cells = (
            format(figures[part][figure], form) if figure in figures[part] else "-"
            for figures in results.values()
        )
        lines.append((label, *cells))

    row(f"burst of {plan.jobs}: jobs/s", "burst", "jobs_s", ".1f")
    row("scenes/s", "burst", "scenes_s", ".0f")
    for p in ("p50", "p95", "p99"):
        row(f"latency {p}, ms", "burst", p, ".0f")
    row("p50 / p99", "burst", "p50_p99", ".2f")
    row("CPU ms/job, contender's processes", "burst", "contender_ms", ".1f")
    for server in SERVERS:
        row(f"CPU ms/job, {server}", "burst", f"{server}_ms", ".1f")
    row("messages/job", "burst", "messages", ".1f")
    row("other load, cores", "burst", "others", ".2f")
    lines.append(None)
    for p in ("p50", "p95", "p99"):
        row(f"steady {plan.rate:g} jobs/s: latency {p}, ms", "steady", p, ".0f")
    row("CPU ms/job, contender's processes", "steady", "contender_ms", ".1f")
    row("other load, cores", "steady", "others", ".2f")
    lines.append(None)
    row("idle: % of a core per process", "idle", "percent", ".2f")
    lines.append(("processes", *(str(contenders[name].processes) for name in results)))
    lines.append(("messages are", *(contenders[name].unit for name in results)))
    return lines


def table(titles: Sequence[str], lines: Rows) -> Table:
    """For the terminal."""
    shown = Table(title=TITLE)
    shown.add_column("")
    for title in titles:
        shown.add_column(title, justify="right")
    for line in lines:
        if line is None:
            shown.add_section()
        else:
            shown.add_row(*line)
    return shown


def page(titles: Sequence[str], lines: Rows, promises: Mapping[str, str], command: str) -> str:
    """For the repository: the same as Markdown, with the machine and the day."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    out = ["# Orchestration beside its peers", ""]
    out += [f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}, {machine}: {TITLE}.", ""]
    out += [
        "Medians of the rounds, which are run in turns. PostgreSQL and Redis sync every commit,"
    ]
    out += [
        "Kafka is Apache Kafka; all of it shares the machine. Compare columns, not machines.",
        "",
    ]
    out += ["| | " + " | ".join(titles) + " |", "|---|" + "---:|" * len(titles)]
    out += ["| " + " | ".join(line) + " |" for line in lines if line is not None]
    out += ["", "What each keeps when a process dies:", ""]
    out += [f"- **{title}**: {promise}." for title, promise in promises.items()]
    return "\n".join(out) + "\n"


def show(
    results: Mapping[str, Figures],
    contenders: Mapping[str, Contender],
    plan: Plan,
    write: Path | None,
) -> None:
    """The table, what each promises, and the JSON line; ``write`` gets them as a page."""
    console = Console()
    lines = rows(results, contenders, plan)
    titles = [contenders[name].title for name in results]
    console.print(table(titles, lines))
    for name in results:
        console.print(f"[bold]{contenders[name].title}[/]: {contenders[name].keeps}")
    rounded = {
        name: {part: {k: round(v, 3) for k, v in f.items()} for part, f in figures.items()}
        for name, figures in results.items()
    }
    print(json.dumps({"bench": "orchestration", "jobs": plan.jobs, "rate": plan.rate, **rounded}))
    if write is not None:
        promises = {contenders[name].title: contenders[name].keeps for name in results}
        command = f"python -m bench.orchestration --jobs {plan.jobs} --write {write}"
        write.write_text(page(titles, lines, promises, command))
