"""Writes the figures as a page."""

from collections.abc import Sequence

from bench.generator.encoding import Encoding
from bench.generator.overhead import Overhead
from bench.generator.waiting import Waiting

_ABOUT = """\
Written by `python -m bench.generator --write` on {where}. The provider is the stand-in for
Replicate on loopback, PostgreSQL syncs to disk, the bus is the embedded one; all run on the same
machine."""
_WAITING = """\
One generator process with its own defaults, polling alone. *Age*: how long orders have been out
when it is watched, for longer than the time between two looks at one. Aim: 2,000 scenes under
300 MB and 10 % of a core."""
_BEYOND = """\
Seconds from a scene's row to its fact beyond the provider's own time: placing the order, hearing of
its end, download, probe, mezzanine encode of one second at 320x320, poster, storing. Scenes come
one by one. Aim: p95 under 1 s with webhooks."""
_ENCODE = """\
1920x1080 at 25 frames a second to 1280x720 at 30, ours with probes before and after, beside ffmpeg
alone with the same words, in turn; medians. Aim: a ratio of at most 1.1."""


def page(
    where: str, waits: Sequence[Waiting], beyond: Sequence[Overhead], encodes: Sequence[Encoding]
) -> str:
    """Everything that was measured, with what was aimed at."""
    parts = [
        "# What the generator costs beside its providers",
        _ABOUT.format(where=where),
        "## Scenes that wait",
        _WAITING,
        _waiting(waits),
        "## Overhead of a scene",
        _BEYOND,
        _beyond(beyond),
        "## Mezzanine encode",
        _ENCODE,
        _encodes(encodes),
    ]
    return "\n\n".join(parts) + "\n"


def _waiting(waits: Sequence[Waiting]) -> str:
    head = ("scenes", "age, s", "MiB before", "MiB", "of one core", "orders placed a second")
    return _table(
        head,
        [
            (
                *(f"{w.scenes:,}", f"{w.age:.0f}", f"{w.idle_rss:.0f}"),
                *(f"{w.rss:.0f}", f"{w.cpu:.1%}", f"{w.placed:.0f}"),
            )
            for w in waits
        ],
    )


def _beyond(beyond: Sequence[Overhead]) -> str:
    head = ("hears by", "scenes", "provider's time, s", "p50, s", "p95, s")
    hears = {True: "webhooks", False: "polling"}
    rows = [
        (hears[o.webhooks], str(o.scenes), f"{o.make:g}", f"{o.p50:.2f}", f"{o.p95:.2f}")
        for o in beyond
    ]
    return _table(head, rows)


def _encodes(encodes: Sequence[Encoding]) -> str:
    head = ("frames", "runs", "ours, s", "plain ffmpeg, s", "ratio")
    rows = [
        (str(e.frames), str(e.runs), f"{e.ours:.2f}", f"{e.plain:.2f}", f"{e.ratio:.3f}")
        for e in encodes
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
