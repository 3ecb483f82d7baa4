"""The film beside other ways to make it: ``python -m bench.stitch --help``."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from contracts.mezzanine import Mezzanine

from bench.stitch import clips
from bench.stitch.clips import Sizes
from bench.stitch.interpreters import of_peers
from bench.stitch.report import Line, page, ratios, together
from bench.stitch.running import Bench, Ran

Makers = Mapping[str, Callable[[], Ran]]
WARM, COLD = "ours, warm", "ours, cold"


def makers(bench: Bench, scale: tuple[int, ...]) -> dict[str, Callable[[], Ran]]:
    """Everything that is made once a round."""
    count = bench.sizes.clips
    first = bench.ready[:count]
    changed = clips.renamed(first[count // 2], bench.folder / "clips" / "changed.mp4")
    other = [*first[: count // 2], changed, *first[count // 2 + 1 :]]
    whole, ahead = bench.keep(first, "whole"), bench.keep(first[:-1], "ahead")
    found = {
        "a warm": lambda: bench.join(first, fades=False),
        "copy": bench.copied,
        "b warm": lambda: bench.join(first, fades=True),
        "graph": bench.one_graph,
        "last": lambda: bench.join(first, fades=True, kept=ahead),
        "e": lambda: bench.join(other, fades=True, kept=whole),
    }
    longer = {
        f"g {n}": (lambda n=n: bench.join(bench.ready[:n], fades=True)) for n in scale if n != count
    }
    return found | longer


def raced(wanted: Makers, repeat: int) -> dict[str, list[Ran]]:
    """Rounds in turns, so that a load that comes and goes meets everybody."""
    ran: defaultdict[str, list[Ran]] = defaultdict(list)
    for n in range(repeat):
        for name, make in wanted.items():
            begun = time.perf_counter()
            ran[name].append(make())
            took = time.perf_counter() - begun
            print(f"round {n + 1}: {name}, {took:.1f} s with its checks", file=sys.stderr)
    return ran


def lines(ran: Mapping[str, list[Ran]], sizes: Sizes) -> dict[str, Line]:
    """The lines of the page by short names, in order."""
    cuts, fades = "a) hard cuts", "b) 0.5 s cross-fades"
    found = {"a warm": Line(cuts, WARM, ran["a warm"])}
    found["a cold"] = together(ran["encode"], found["a warm"], COLD)
    found["copy"] = Line(cuts, "concat demuxer, copy", ran["copy"])
    found["b warm"] = Line(fades, WARM, ran["b warm"])
    found["b cold"] = together(ran["encode"], found["b warm"], COLD)
    found["graph"] = Line(fades, "ffmpeg, one graph", ran["graph"])
    if "moviepy" in ran:
        found["moviepy"] = Line(fades, "MoviePy 2", ran["moviepy"])
    found["encode"] = Line("mezzanine encode alone", "ours", ran["encode"])
    found["last"] = Line("b, all windows but the last one's kept", WARM, ran["last"])
    found["e"] = Line("e) one scene of b replaced, segments kept", WARM, ran["e"])
    longer = {name: runs for name, runs in ran.items() if name.startswith("g ")}
    longer[f"g {sizes.clips}"] = ran["b warm"]
    for name in sorted(longer, key=lambda name: int(name[2:])):
        found[name] = Line(f"g) b with {name[2:]} clips", WARM, longer[name])
    return found


def measured(folder: Path, options: argparse.Namespace, command: str) -> str:
    """The whole page."""
    width, height = (int(side) for side in options.size.split("x"))
    profile = Mezzanine(width, height, options.fps)
    sizes = Sizes(options.clips, round(options.seconds * options.fps), profile)
    scale = tuple(n * sizes.clips for n in (1, *options.scale))
    python = of_peers() if options.moviepy else None
    bench = Bench(folder, sizes)
    load = os.getloadavg()[0]
    encoded = [bench.prepare(max(scale))]
    ran = raced(makers(bench, scale), options.repeat)
    ran["encode"] = encoded + raced({"e": bench.encode}, options.encodes - 1).get("e", [])
    notes: list[str] = []
    if python is not None:
        ran |= raced({"moviepy": lambda: bench.moviepy(python)}, options.moviepy)
    else:
        notes.append("MoviePy was left out: not asked for, or not to be installed here.")
    found = lines(ran, sizes)
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, load {load:.1f} at the start"
    )
    shown = list(found.values())
    return page(command, where, sizes, shown, [ratios(found), *notes])


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.stitch", description=__doc__)
    parser.add_argument("--clips", type=int, default=12, help="of a film")
    parser.add_argument("--seconds", type=float, default=5.0, help="of a clip")
    parser.add_argument("--size", default="1280x720", help="of the picture")
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; medians are shown")
    parser.add_argument("--encodes", type=int, default=3, help="runs of the mezzanine encode")
    parser.add_argument("--moviepy", type=int, default=3, help="its rounds; 0 leaves it out")
    parser.add_argument("--scale", type=int, nargs="*", default=[2, 5], help="times the clips")
    parser.add_argument("--quick", action="store_true", help="small and once, about a minute")
    parser.add_argument("--write", type=Path, help="write the figures as a Markdown page")
    words = sys.argv[1:]
    if "--quick" in words:
        small = (
            "--clips 4 --seconds 3 --size 640x360 --repeat 1 --encodes 1 --moviepy 1 --scale 2 4"
        )
        words = [*small.split(), *words]
    options = parser.parse_args(words)
    command = " ".join(["python -m bench.stitch", *sys.argv[1:]])
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        written = measured(Path(name), options, command)
    if options.write:
        options.write.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
