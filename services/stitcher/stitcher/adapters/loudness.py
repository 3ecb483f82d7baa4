"""A passage encoded as loud as asked, its peaks held down, and heard: arguments and reports."""

import math
import re
from pathlib import Path
from typing import Any, Final

import ffmpeg
from contracts.mezzanine import SAMPLE_RATE

from stitcher.adapters.sounds import measured
from stitcher.domain.loudness import Hearing
from stitcher.domain.passages import Passage

graph: Any = ffmpeg
"""The library has no types."""

CEILING: Final = -2.0
"""True peak before the encoder, dBTP: encoding adds a little, and -1 must not be passed."""
HIGHEST: Final = -1.0
DANGEROUS: Final = -5.0
"""From here on a mix is heard at four times its rate once it is encoded: between samples, and by
encoding, it can gain some dB. What is softer is heard as it is, which costs half as much."""
OVERSAMPLED: Final = 2 * SAMPLE_RATE
"""A limiter sees peaks between samples only at a higher rate: all but 0.7 dB of them at twice the
rate (ITU-R BS.1770, annex 2). What was encoded is heard at four times the rate."""
HOP: Final = SAMPLE_RATE // 10
"""From one block of 0.4 s to the next."""
LATE: Final = 3
"""A block is reported with its last tenth of a second."""

FLOOR: Final = -120.0
"""Nothing is softer than that, not even what is infinitely soft."""

AGAIN: Final = Path("again")


def read(report: Path, first: int, samples: int) -> Hearing:
    """What ffmpeg's ``ebur128`` wrote down of the blocks that begin within so many samples."""
    told = report.read_text()
    every = [float(found) for found in re.findall(r"lavfi\.r128\.M=(\S+)", told)]
    blocks = [max(FLOOR, block) for block in every[LATE:]][
        -(-first // HOP) : -(-(first + samples) // HOP)
    ]
    peaks = [float(peak) for peak in re.findall(r"_peaks_ch\d+=([\d.]+)", told)[-2:]]
    peak = max(peaks, default=0.0)
    return Hearing(tuple(blocks), 20 * math.log10(peak) if peak else FLOOR)


def limit_for(peak: float, gain: float, ceiling: float) -> float | None:
    """Where a sound is limited, dBTP, if it has to be."""
    return ceiling if peak + gain > ceiling else None


def levelling(
    passage: Passage, raw: Path, path: Path, *, gain: float, limit: float | None
) -> list[str]:
    """Encode a mixed passage, ``gain`` dB louder, its true peak held under ``limit`` dBTP."""
    skipped = passage.before - passage.lead
    sound = graph.input(str(raw)).audio
    if skipped:
        sound = sound.filter("atrim", start_sample=skipped).filter("asetpts", "N")
    sound = sound.filter("volume", f"{gain:.2f}dB")
    if limit is not None:
        sound = (
            sound.filter("aresample", OVERSAMPLED)
            .filter("alimiter", limit=f"{10 ** (limit / 20):.5f}", level=0, latency=1,
                    attack=5, release=80)
            .filter("aresample", SAMPLE_RATE)
        )  # fmt: skip
    length = passage.mixed - skipped
    sound = sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)
    options = passage.profile.audio_options() | passage.profile.container_options()
    args: list[str] = graph.output(sound, str(path), **options).get_args()
    return args


def hearing(report: Path, *, loud: bool) -> list[str]:
    """Further arguments: decode what is being encoded, and write down how loud it is.

    The peak of what is ``loud`` is the true one, else that of the samples.
    """
    # A stream that is decoded again has a name that the library would not let pass.
    args: list[str] = measuring(AGAIN, report, peak="true" if loud else "sample")
    graphed = args[args.index("-filter_complex") + 1].replace("[0:a]", "[dec:0]")
    return ["-dec", "0:0", "-filter_complex", graphed, *args[args.index("-map") :]]


def measuring(path: Path, report: Path, *, peak: str = "true") -> list[str]:
    """Hear a file to its end, and write down how loud it is."""
    sound = measured(graph.input(str(path)).audio, report, peak=peak)
    args: list[str] = graph.output(sound, "-", f="null").get_args()
    return args
