"""The figures for people (a table) and for programs (one JSON line)."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bench.orchestration.contenders import Contender
from bench.orchestration.measure import Plan

Figures = Mapping[str, Mapping[str, float]]
SERVERS = ("kafka", "postgres", "redis")


def table(results: Mapping[str, Figures], contenders: Mapping[str, Contender], plan: Plan) -> Table:
    """One column a contender."""
    shown = Table(title="3 steps, 12 parallel scenes, fan-in, a last step; handlers do nothing")
    shown.add_column("")
    for name in results:
        shown.add_column(contenders[name].title, justify="right")

    def row(label: str, part: str, figure: str, form: str) -> None:
        cells = [
            format(figures[part][figure], form) if figure in figures[part] else "-"
            for figures in results.values()
        ]
        shown.add_row(label, *cells)

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
    shown.add_section()
    for p in ("p50", "p95", "p99"):
        row(f"steady {plan.rate:g} jobs/s: latency {p}, ms", "steady", p, ".0f")
    row("CPU ms/job, contender's processes", "steady", "contender_ms", ".1f")
    row("other load, cores", "steady", "others", ".2f")
    shown.add_section()
    row("idle: % of a core per process", "idle", "percent", ".2f")
    shown.add_row("processes", *(str(contenders[name].processes) for name in results))
    shown.add_row("messages are", *(contenders[name].unit for name in results))
    return shown


def show(results: Mapping[str, Figures], contenders: Mapping[str, Contender], plan: Plan) -> None:
    """The table, what each promises, and the JSON line."""
    console = Console()
    console.print(table(results, contenders, plan))
    for name in results:
        console.print(f"[bold]{contenders[name].title}[/]: {contenders[name].keeps}")
    rounded = {
        name: {part: {k: round(v, 3) for k, v in f.items()} for part, f in figures.items()}
        for name, figures in results.items()
    }
    print(json.dumps({"bench": "orchestration", "jobs": plan.jobs, "rate": plan.rate, **rounded}))
