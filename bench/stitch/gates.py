"""What every film has to be: decoded to its end and measured, outside of what is timed."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.stream import Stream

from bench.stitch.clips import PROGRAM

ALIKE = 0.98
"""SSIM that a film of ours has to have beside the same film without any encoding."""


class GateError(Exception):
    """A film of ours is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film as it was measured; times in seconds, ``warnings`` are lines of the decoder's."""

    frames: int
    start: float
    seconds: float
    heard: float
    warnings: int


def measured(path: Path) -> Film:
    """Decode a film whole."""
    quiet = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning")
    command = (PROGRAM, *quiet, "-progress", "pipe:1", "-i", str(path))
    output = ("-fps_mode", "passthrough", "-f", "null", "-")
    done = subprocess.run((*command, *output), check=True, capture_output=True, text=True)
    counts = re.findall(r"^frame=\s*(\d+)", done.stdout, re.MULTILINE)
    with av.open(str(path)) as container:
        start, seconds = _clock(container.streams.video[0])
        first, length = _clock(container.streams.audio[0])
    heard = float(first - start + length)
    warnings = len(done.stderr.splitlines())
    return Film(int(counts[-1]), float(start), float(seconds), heard, warnings)


def wrong(film: Film, frames: int, fps: int) -> list[str]:
    """The gates a film does not pass, in words."""
    frame = 1 / fps
    checks = {
        f"{film.frames} frames instead of {frames}": film.frames == frames,
        f"{film.seconds:.4f} s long": abs(film.seconds - frames * frame) < frame / 10,
        f"starts at {film.start:.4f} s": film.start == 0,
        f"sound ends at {film.heard:.4f} s": abs(film.heard - film.seconds) < frame,
        f"{film.warnings} warnings": film.warnings == 0,
    }
    return [name for name, passed in checks.items() if not passed]


def alike(comparing: Sequence[str]) -> float:
    """The mean SSIM that a command of ``graphs.comparing`` tells, from 0 to 1."""
    done = subprocess.run(comparing, check=True, capture_output=True, text=True)
    return similarity(done.stderr)


def similarity(log: str) -> float:
    """What ffmpeg's ``ssim`` said at its end. Raises ``GateError`` if it said nothing."""
    found = re.findall(r"SSIM .*All:([\d.]+)", log)
    if not found:
        raise GateError("the film was not compared")
    return float(found[-1])


def _clock(stream: Stream) -> tuple[Fraction, Fraction]:
    base = cast("Fraction", stream.time_base)
    return (stream.start_time or 0) * base, (stream.duration or 0) * base
