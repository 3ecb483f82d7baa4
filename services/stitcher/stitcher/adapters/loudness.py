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
OVERSAMPLED: Final = 2 * SAMPLE_RATE
"""A limiter sees peaks between samples only at a higher rate: all but 0.7 dB of them at twice the
rate (ITU-R BS.1770, annex 2). What was encoded is heard at four times the rate."""


AGAIN: Final = Path("again")
TAIL_BYTES: Final = 4_096
"""Of a report: its last lines are of the whole sound."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, and peak in dB: true, or of the samples, as was asked for."""

    lufs: float
    peak: float


def read(report: Path) -> Loudness:
    """What ffmpeg's ``ebur128`` wrote down; a sound too short for it is silent."""
    with report.open("rb") as file:
        file.seek(max(report.stat().st_size - TAIL_BYTES, 0))
        lines = file.read().decode()
    lufs = re.findall(r"lavfi\.r128\.I=(-?[\d.]+)", lines)
    peaks = [float(peak) for peak in re.findall(r"_peaks_ch\d+=([\d.]+)", lines)[-2:]]
    peak = max(peaks, default=0.0)
    return Loudness(
        float(lufs[-1]) if lufs else -math.inf, 20 * math.log10(peak) if peak else -math.inf
    )


async def level(run: Run, wanted: Soundtrack, raw: Path, report: Path, path: Path) -> None:
    """Encode ``raw``, whose loudness is in ``report``, as loud as wanted and not above the peak.

    What was encoded is heard at once; if it is not as it should be, it is encoded again.
    """
    heard = await asyncio.to_thread(read, report)
    silent = heard.lufs <= SILENCE
    gain = 0.0 if silent else min(wanted.lufs - heard.lufs, LOUDEST_GAIN)
    peak, ceiling, made = heard.peak, CEILING, heard
    for _ in range(ROUNDS):
        limit = ceiling if peak + gain > ceiling else None
        encoding = levelling(wanted, raw, path, gain=gain, limit=limit)
        await run([*encoding, *hearing(report)])
        if silent:
            return
        made = await asyncio.to_thread(read, report)
        off = wanted.lufs - made.lufs
        if abs(off) <= TOLERANCE and made.peak < HIGHEST:
            return
        if limit is None:
            peak = made.peak - gain
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


def hearing(report: Path) -> list[str]:
    """Further arguments: decode what is being encoded, and write down how loud it is."""
    # A stream that is decoded again has a name that the library would not let pass.
    args: list[str] = measuring(AGAIN, report)
    graphed = args[args.index("-filter_complex") + 1].replace("[0:a]", "[dec:0]")
    return ["-dec", "0:0", "-filter_complex", graphed, *args[args.index("-map") :]]


def measuring(path: Path, report: Path) -> list[str]:
    """Hear a file to its end, and write down how loud it is."""
    sound = measured(graph.input(str(path)).audio, report)
    args: list[str] = graph.output(sound, "-", f="null").get_args()
    return args
