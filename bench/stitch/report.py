"""Writes the figures as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.stitch.clips import Sizes
from bench.stitch.measure import Cost, median
from bench.stitch.running import Ran

_ABOUT = """\
Made by `{command}` on {where}: {clips} clips of {seconds:g} s at {width}x{height}, {fps} frames a
second, moving test pictures with grain, a tone each. Medians of the runs, which are made in turns
on one machine: compare lines, not machines.

*Warm*: the mezzanine clips are at hand, which is what a user waits for after the last scene.
*Cold*: warm and the mezzanine encode of every clip together (measured apart, added; peak memory is
the larger one). Ours goes from the object store (files) to the film through the stitcher's own
cutting room, with its checks, and makes the sound as loud as films should be, which nobody else
here does. The graph and MoviePy read the clips as they came, with the encoder settings of the
mezzanine. The start of a Python interpreter is not counted, ffmpeg's own start is.

Every film of ours was decoded whole and had to pass: frames exact, length exact, first picture at
0, sound and picture ending within a frame of each other, no warning of the decoder."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case, by whom, and its runs; ``films`` says that there is a film to speak of."""

    case: str
    who: str
    runs: Sequence[Ran]

    @property
    def cost(self) -> Cost:
        return median([run.cost for run in self.runs])


def together(encode: Sequence[Ran], warm: Line, who: str) -> Line:
    """The same film with the mezzanine encode counted in."""
    before = median([run.cost for run in encode])
    runs = [
        Ran(
            Cost(
                before.wall + run.cost.wall,
                before.cpu + run.cost.cpu,
                max(before.peak, run.cost.peak),
            ),
            run.frames,
            run.start,
        )
        for run in warm.runs
    ]
    return Line(warm.case, who, runs)


def page(
    command: str, where: str, sizes: Sizes, lines: Sequence[Line], notes: Sequence[str]
) -> str:
    """Everything that was measured."""
    profile = sizes.profile
    about = _ABOUT.format(
        command=command,
        where=where,
        clips=sizes.clips,
        seconds=sizes.frames / profile.fps,
        width=profile.width,
        height=profile.height,
        fps=profile.fps,
    )
    parts = ["# The film beside other ways to make it", about, _table(lines), *notes]
    return "\n\n".join(parts) + "\n"


def ratios(lines: Mapping[str, Line]) -> str:
    """What the figures say, as far as they were measured."""
    pairs = (
        ("a, warm, is {:.2f} times the wall seconds of the copy floor", "a warm", "copy", "wall"),
        ("b, warm, takes 1/{:.1f} of the one graph's CPU seconds", "graph", "b warm", "cpu"),
        ("b, cold, takes {:.2f} times the one graph's CPU seconds", "b cold", "graph", "cpu"),
        ("b, warm, takes 1/{:.1f} of MoviePy's CPU seconds", "moviepy", "b warm", "cpu"),
        ("e takes {:.0%} of b's CPU seconds", "e", "b warm", "cpu"),
        ("e takes {:.0%} of b's wall seconds", "e", "b warm", "wall"),
    )
    said = [
        f"- {text.format(getattr(lines[one].cost, what) / getattr(lines[two].cost, what))}."
        for text, one, two, what in pairs
        if one in lines and two in lines
    ]
    return "\n".join(said)


def _table(lines: Sequence[Line]) -> str:
    head = ("case", "by", "runs", "wall, s", "CPU, s", "peak, MiB", "frames", "first picture, s")
    rows = [(*_words(line), *_film(line)) for line in lines]
    ruled = [head, ("---", "---", *["---:"] * (len(head) - 2)), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _words(line: Line) -> tuple[str, ...]:
    cost = line.cost
    figures = (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.peak:.0f}")
    return (line.case, line.who, str(len(line.runs)), *figures)


def _film(line: Line) -> tuple[str, str]:
    last = line.runs[-1]
    return (f"{last.frames:,}", f"{last.start:.3f}") if last.frames else ("-", "-")
