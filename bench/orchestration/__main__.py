"""Our runtime beside its peers on the same work: ``python -m bench.orchestration --help``."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.orchestration import interpreters
from bench.orchestration.contenders import CONTENDERS, Contender
from bench.orchestration.measure import Plan, measure, medians
from bench.orchestration.report import Figures, show
from bench.orchestration.running import EndedError, fielded
from bench.orchestration.servers import missing, started


async def one_round(
    contender: Contender, plan: Plan, partitions: int | None, keep: Path
) -> Figures:
    """Fresh servers and processes for one contender, and what was measured."""
    python = interpreters.of_peers() if contender.peer else interpreters.ours()
    # Not below a folder that others cannot enter: PostgreSQL may run as another user.
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        logs = folder / "logs"
        logs.mkdir()
        try:
            async with (
                started(contender.needs, folder, partitions) as servers,
                fielded(contender, python, servers, logs) as field,
            ):
                return await measure(field, servers, plan)
        except (EndedError, TimeoutError):
            shutil.copytree(logs, keep / contender.name, dirs_exist_ok=True)
            raise


async def race(
    contenders: Sequence[Contender], plan: Plan, repeat: int, partitions: int | None, keep: Path
) -> dict[str, Figures]:
    """Rounds in turns, so that a load that comes and goes meets everybody."""
    rounds: dict[str, list[dict[str, dict[str, float]]]] = {c.name: [] for c in contenders}
    for n in range(repeat):
        for contender in contenders:
            load = os.getloadavg()[0]
            print(f"round {n + 1}: {contender.title} (load {load:.1f})", file=sys.stderr)
            figures = await one_round(contender, plan, partitions, keep)
            rounds[contender.name].append({part: dict(f) for part, f in figures.items()})
    return {name: medians(figures) for name, figures in rounds.items()}


def main() -> None:
    names = [contender.name for contender in CONTENDERS]
    parser = argparse.ArgumentParser(prog="bench.orchestration", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300, help="jobs of the burst")
    parser.add_argument("--rate", type=float, default=5.0, help="jobs a second, steady")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the steady part")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds of nothing")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; medians are shown")
    parser.add_argument(
        "--partitions", type=int, help="per topic; the catalogue's own if not given"
    )
    parser.add_argument("--only", default=",".join(names), help=f"of {', '.join(names)}")
    parser.add_argument("--logs", type=Path, default=Path("bench-logs"), help="kept on a failure")
    parser.add_argument("--write", type=Path, help="write the table as a Markdown page")
    options = parser.parse_args()
    chosen: list[Contender] = []
    for contender in CONTENDERS:
        if contender.name in options.only.split(","):
            if lacking := missing(contender.needs):
                print(f"without {contender.title}: {lacking}", file=sys.stderr)
            else:
                chosen.append(contender)
    plan = Plan(options.jobs, options.rate, options.seconds, options.idle)
    results = asyncio.run(race(chosen, plan, options.repeat, options.partitions, options.logs))
    show(results, {contender.name: contender for contender in chosen}, plan, options.write)


if __name__ == "__main__":
    main()
