"""What the generator costs beside its providers: ``python -m bench.generator --help``."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.generator.encoding import encoding
from bench.generator.overhead import overhead
from bench.generator.report import page
from bench.generator.waiting import waiting

RESULTS = Path(__file__).with_name("RESULTS.md")


async def measured(folder: Path, *, quick: bool) -> str:
    """The whole page. ``quick`` is a tenth of everything."""
    encodes = [await encoding(folder / "encoding", 60 if quick else 240, 3 if quick else 5)]
    scenes, make = (6, 2.0) if quick else (40, 6.0)
    beyond = [
        await overhead(
            folder / f"overhead-{hears}", webhooks=hears, scenes=scenes, make=make, gap=0.7
        )
        for hears in (True, False)
    ]
    many, seconds, age = (200, 10.0, 10.0) if quick else (2_000, 80.0, 60.0)
    waits = [await waiting(folder / "waiting", many, seconds, age)]
    where = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )
    return page(where, waits, beyond, encodes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.generator", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, about a minute")
    parser.add_argument("--write", action="store_true", help=f"also to {RESULTS.name}")
    told = parser.parse_args()
    # Not below a folder that is closed to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="filmstudio-bench-") as name:
        written = asyncio.run(measured(Path(name), quick=told.quick))
    if told.write:
        RESULTS.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
