"""A film as loud as it should be: measured, made louder or softer, and measured again."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import ffmpeg
import structlog
from contracts.mezzanine import SAMPLE_RATE

from stitcher.adapters.sounds import measured
from stitcher.domain.sound import Soundtrack

graph: Any = ffmpeg
"""The library has no types."""
log = structlog.get_logger()

Run: TypeAlias = Callable[[Sequence[str]], Awaitable[None]]

CEILING: Final = -2.0
"""True peak before the encoder, dBTP: encoding adds a little, and -1 must not be passed."""
HIGHEST: Final = -1.0
TOLERANCE: Final = 0.5
LOUDEST_GAIN: Final = 30.0
"""More would make a film of what is next to silence."""
SILENCE: Final = -60.0
ROUNDS: Final = 5
EAGER: Final = 1.6
"""How much more than is missing a limited sound is raised: a part of it is limited away."""
OVERSAMPLED: Final = 4 * SAMPLE_RATE
"""A limiter sees peaks between samples only at a higher rate (ITU-R BS.1770, annex 2)."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, and true peak in dBTP."""

    lufs: float
    peak: float


def read(report: str) -> Loudness:
    """What ffmpeg's ``ebur128`` wrote down; the last lines are of the whole sound."""
    lufs = re.findall(r"lavfi\.r128\.I=(-?[\d.]+)", report)
    peaks = [float(peak) for peak in re.findall(r"true_peaks_ch\d+=([\d.]+)", report)[-2:]]
    peak = max(peaks, default=0.0)
    return Loudness(
        float(lufs[-1]) if lufs else -math.inf, 20 * math.log10(peak) if peak else -math.inf
    )


async def level(run: Run, wanted: Soundtrack, raw: Path, report: Path, path: Path) -> None:
    """Encode ``raw``, whose loudness is in ``report``, as loud as wanted and not above the peak."""
    heard = read(await asyncio.to_thread(report.read_text))
    silent = heard.lufs <= SILENCE
    gain = 0.0 if silent else min(wanted.lufs - heard.lufs, LOUDEST_GAIN)
    ceiling, made = CEILING, heard
    for _ in range(ROUNDS):
        limit = ceiling if heard.peak + gain > ceiling else None
        await run(levelling(wanted, raw, path, gain=gain, limit=limit))
        if silent:
            return
        await run(measuring(path, report))
        made = read(await asyncio.to_thread(report.read_text))
        off = wanted.lufs - made.lufs
        if abs(off) <= TOLERANCE and made.peak < HIGHEST:
            return
        gain = min(gain + off * (1.0 if limit is None else EAGER), LOUDEST_GAIN)
        ceiling -= max(0.0, made.peak - HIGHEST + 0.3)
    log.info("sound.level", wanted=wanted.lufs, lufs=made.lufs, peak=made.peak)


def levelling(
    wanted: Soundtrack, raw: Path, path: Path, *, gain: float, limit: float | None
) -> list[str]:
    """Encode a mixed sound, ``gain`` dB louder, its true peak held under ``limit`` dBTP."""
    sound = graph.input(str(raw)).audio.filter("volume", f"{gain:.2f}dB")
    if limit is not None:
        sound = (
            sound.filter("aresample", OVERSAMPLED)
            .filter("alimiter", limit=f"{10 ** (limit / 20):.5f}", level=0, latency=1,
                    attack=5, release=80)
            .filter("aresample", SAMPLE_RATE)
        )  # fmt: skip
    sound = sound.filter("apad", whole_len=wanted.samples).filter(
        "atrim", end_sample=wanted.samples
    )
    options = wanted.profile.audio_options() | wanted.profile.container_options()
    args: list[str] = graph.output(sound, str(path), **options).get_args()
    return args


def measuring(path: Path, report: Path) -> list[str]:
    """Hear a file to its end, and write down how loud it is."""
    sound = measured(graph.input(str(path)).audio, report)
    args: list[str] = graph.output(sound, "-", f="null").get_args()
    return args
