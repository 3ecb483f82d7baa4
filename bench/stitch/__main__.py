"""The film beside other ways to make it: ``python -m bench.stitch --help``."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from contracts.mezzanine import Mezzanine
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.stitch import cases, figures
from bench.stitch.cases import CASES, MOVIEPY
from bench.stitch.clips import Sizes
from bench.stitch.figures import Figures, Key
from bench.stitch.interpreters import of_peers
from bench.stitch.report import page
from bench.stitch.running import Bench

RESULTS = Path(__file__).with_name("RESULTS.md")
SMALL = ("--clips", "4", "--seconds", "3", "--size", "640x360", "--repeat", "1", "--many", "8")
EXAMPLES = """\
examples:
  python -m bench.stitch --quick                       small clips, every case once, a minute or two
  python -m bench.stitch --cases a,b --by ours,copy    two cases of ours, and the copy floor
  python -m bench.stitch --folder /tmp/film --cases a,b
  python -m bench.stitch --folder /tmp/film --cases c --write
                                                       the same in two goes, and the page of both
"""


def asked(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="bench.stitch",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = ",".join(dict.fromkeys(name[0] for name in CASES))
    parser.add_argument("--cases", type=cases.chosen, default=every, help=f"of {every}")
    everybody = ",".join(cases.MAKERS)
    parser.add_argument("--by", type=cases.makers, default=everybody, help=f"of {everybody}")
    parser.add_argument("--clips", type=int, default=12, help="of a film")
    parser.add_argument("--many", type=int, default=60, help="clips of case g")
    parser.add_argument("--seconds", type=float, default=5.0, help="of a clip")
    parser.add_argument("--size", default="1920x1080", help="of the picture")
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; medians are shown")
    parser.add_argument("--folder", type=Path, help="keep clips and figures there for another go")
    parser.add_argument("--quick", action="store_true", help="small clips, once")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=RESULTS, help=f"write a page, else {RESULTS.name}"
    )
    return parser.parse_args([*SMALL, *words] if "--quick" in words else words)


def steps(options: argparse.Namespace, *, peers: bool) -> list[Key]:
    """What is made, round by round, so that a load that comes and goes meets everybody."""
    one = [
        (name, by)
        for name in options.cases
        for by in CASES[name].by
        if by in options.by and (by != MOVIEPY or peers)
    ]
    return one * options.repeat


def ran(folder: Path, options: argparse.Namespace, python: Path | None, command: str) -> Figures:
    """Make all films; their figures are kept in the folder as they come."""
    width, height = (int(side) for side in options.size.split("x"))
    profile = Mezzanine(width, height, options.fps)
    sizes = Sizes(options.clips, round(options.seconds * options.fps), profile)
    about = (
        f"{sizes.clips} clips of {options.seconds:g} s at {options.size} (g: {options.many}), "
        f"{options.fps} frames a second, moving test pictures with grain, tones in pink noise; "
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    path = folder / "figures.json"
    found = figures.opened(path, about)
    found.goes.append(f"`{command}` ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)")
    bench = Bench(folder, sizes, options.many, python)
    wanted = steps(options, peers=python is not None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as shown:
        task = shown.add_task("clips", total=len(wanted) + 1)
        bench.prepare()
        shown.advance(task)
        for name, by in wanted:
            shown.update(task, description=f"{name}, {by}")
            begun = time.perf_counter()
            one = bench.run(name, by)
            found.add(name, by, one)
            figures.saved(found, path)
            took = time.perf_counter() - begun
            shown.print(f"{name}, {by}: {one.cost.wall:.2f} s, {took:.0f} s with its checks")
            shown.advance(task)
    figures.saved(found, path)
    return found


def main() -> None:
    """Measure, and say or write what was found."""
    options = asked(sys.argv[1:])
    python = of_peers() if MOVIEPY in options.by else None
    if MOVIEPY in options.by and python is None:
        print("without MoviePy: it could not be installed", file=sys.stderr)
    told = [word for word in sys.argv[1:] if word not in {"--folder", str(options.folder)}]
    command = " ".join(["python -m bench.stitch", *told])
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        written = page(ran(folder, options, python, command))
    if options.write:
        options.write.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
