"""Writes the figures as a page."""

from collections.abc import Sequence

from bench.stitch.cases import CASES, COPY, GRAPH, MOVIEPY, NAMES, OURS
from bench.stitch.figures import Figure, Figures
from bench.stitch.measure import Cost, median

ENCODE = "m"
"""The case of the mezzanine encode alone, of all clips of a film."""

_ABOUT = """\
Of {about}.
Medians of the runs, which are made in turns on one machine: compare lines, not machines. Made by
{goes}.

*Warm*: the mezzanine clips are at hand and nothing else was made ahead. *After the last clip* is
what a user waits for: windows and sound were made while the clips arrived, as far as they could be.
*Cold*: warm and the mezzanine encode of every clip together (measured apart, added; peak memory is
the larger one). Ours goes from the object store (files) to the film through the stitcher's own
cutting room, with its checks, and brings the sound to -14 LUFS, which nobody else here does. The
graph and MoviePy read the clips as they came, with the encoder settings of the mezzanine; in c and
d the graph has the same narration, music and captions given as files. The start of a Python
interpreter is not counted, nor that a service encodes one grey picture for its first film of a
size, to know the parameter sets; ffmpeg's own start is, and so are all children, in CPU and memory
(what processes share is counted once).

Every film of ours was decoded whole and had to pass: frames exact, length exact, first picture at
0, sound and picture ending within a frame of each other, no warning of the decoder; and, once for
each case but g, SSIM of at least 0.98 beside the same film made of the same clips without any
encoding. Narration: Edgar Allan Poe, "Annabel Lee", 1849 (public domain)."""

_RATIOS = (
    (
        "a, warm, takes {:.2f} times the wall seconds of the copy floor",
        "a",
        OURS,
        "a",
        COPY,
        "wall",
    ),
    (
        "a, after its last clip, takes {:.2f} times the copy floor's wall seconds",
        "a last",
        OURS,
        "a",
        COPY,
        "wall",
    ),
    (
        "a, after its last clip, takes {:.2f} times its CPU seconds",
        "a last",
        OURS,
        "a",
        COPY,
        "cpu",
    ),
    ("a, exported again, takes {:.2f} times", "a again", OURS, "a", COPY, "wall"),
    ("b, warm, takes 1/{:.1f} of the one graph's CPU seconds", "b", GRAPH, "b", OURS, "cpu"),
    ("c, warm, takes 1/{:.1f} of the one graph's CPU seconds", "c", GRAPH, "c", OURS, "cpu"),
    ("d, warm, takes 1/{:.1f} of the one graph's CPU seconds", "d", GRAPH, "d", OURS, "cpu"),
    ("b, warm, takes 1/{:.1f} of MoviePy's CPU seconds", "b", MOVIEPY, "b", OURS, "cpu"),
    ("e takes {:.0%} of c's CPU seconds", "e", OURS, "c", OURS, "cpu"),
    ("e takes {:.0%} of c's wall seconds", "e", OURS, "c", OURS, "wall"),
    ("f has {:.0%} of c's CPU seconds left", "f", OURS, "c", OURS, "cpu"),
)


def page(figures: Figures) -> str:
    """Everything that was measured."""
    about = _ABOUT.format(goes=",\n".join(figures.goes), about=figures.about)
    parts = ["# The film beside other ways to make it", about, table(figures), ratios(figures)]
    return "\n\n".join(part for part in parts if part) + "\n"


def ratios(figures: Figures) -> str:
    """What the figures say, as far as they were measured."""
    said = []
    for text, case, by, other, to, what in _RATIOS:
        one, two = figures.cost(case, by), figures.cost(other, to)
        if one and two:
            said.append(text.format(getattr(one, what) / getattr(two, what)))
    cold, graph = _cold(figures, "b"), figures.cost("b", GRAPH)
    if cold and graph:
        said.append(f"b, cold, takes {cold.cpu / graph.cpu:.2f} times the one graph's CPU seconds")
    said += _growth(figures)
    return "\n".join(f"- {line}." for line in said)


def table(figures: Figures) -> str:
    """A line for each case and maker, in order."""
    head = (
        "case",
        "by",
        "runs",
        "wall, s",
        "CPU, s",
        "peak, MiB",
        "frames",
        "starts, s",
        "MB",
        "SSIM",
    )
    rows: list[tuple[str, ...]] = []
    for name, case in CASES.items():
        for by in case.by:
            runs = figures.of(name, by)
            if runs:
                cost = median([run.cost for run in runs])
                rows.append((case.title, NAMES[by], str(len(runs)), *_words(cost), *_film(runs)))
            if by == OURS and name in {"a", "b", "c"} and (cold := _cold(figures, name)):
                rows.append((case.title, "ours, cold", "", *_words(cold), *_film(runs)))
    ruled = [head, ("---", "---", *["---:"] * (len(head) - 2)), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _cold(figures: Figures, case: str) -> Cost | None:
    """The same film with the mezzanine encode counted in."""
    warm, encode = figures.cost(case, OURS), figures.cost(ENCODE, OURS)
    if warm is None or encode is None:
        return None
    return Cost(warm.wall + encode.wall, warm.cpu + encode.cpu, max(warm.peak, encode.peak))


def _growth(figures: Figures) -> list[str]:
    """What a frame costs in a long film, beside a short one."""
    short, long = figures.of("b", OURS), figures.of("g", OURS)
    if not short or not long:
        return []
    few, many = (median([run.cost for run in runs]) for runs in (short, long))
    each = (many.cpu / long[-1].frames) / (few.cpu / short[-1].frames)
    return [f"a frame of g takes {each:.2f} times the CPU seconds of a frame of b"]


def _words(cost: Cost) -> tuple[str, ...]:
    return (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.peak:.0f}")


def _film(runs: Sequence[Figure]) -> tuple[str, ...]:
    last = runs[-1]
    if not last.frames:
        return "-", "-", "-", "-"
    alike = [run.ssim for run in runs if run.ssim is not None]
    ssim = f"{alike[-1]:.4f}" if alike else "-"
    return f"{last.frames:,}", f"{last.start:.3f}", f"{last.size / 1e6:.1f}", ssim
