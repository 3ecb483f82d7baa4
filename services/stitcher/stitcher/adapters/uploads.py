"""Uploaded music: how long it is, and as a bed. What can be heard of a damaged file is still music.

Only as much of it is decoded as a film is long.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from contracts.mezzanine import SAMPLE_RATE
from contracts.music import LONGEST_SECONDS, ONE_FILE

from stitcher.adapters.synthesis import Samples, save
from stitcher.domain import music

DAMAGED: Final = (av.error.FFmpegError, IndexError, ValueError)


def seconds_of(path: Path) -> float | None:
    """How long a file sounds, by decoding it whole; ``None`` if no sound can be read."""
    samples = rate = 0
    try:
        with av.open(str(path), options=ONE_FILE) as container:
            for frame in container.decode(audio=0):
                samples, rate = samples + frame.samples, frame.sample_rate
                if samples > (LONGEST_SECONDS + 1) * rate:
                    break
    except DAMAGED:
        pass
    return samples / rate if samples and rate else None


def prepare(upload: Path, own: int, samples: int, path: Path) -> None:
    """The first ``samples`` of a file that has ``own`` as WAV; a short one is repeated.

    The length is exact: where less can be heard, it ends in silence.
    """
    parts = _decoded(upload, min(own, samples) if own >= music.ENOUGH else own)
    if own < music.ENOUGH:
        parts = _repeated(np.concatenate(list(parts), axis=1))
    save(path, _first(parts, samples))


def _repeated(sound: Samples) -> Iterator[Samples]:
    """Equal powers: two sounds with nothing in common stay as loud."""
    own = sound.shape[1]
    crossed = music.crossed(own)
    rise = np.sin(np.linspace(0, np.pi / 2, crossed, dtype=np.float32))
    both = sound[:, own - crossed :] * rise[::-1] + sound[:, :crossed] * rise
    yield sound[:, : own - crossed]
    for _ in range(music.rounds(own)):
        yield both
        yield sound[:, crossed : own - crossed]
    yield sound[:, own - crossed :]


def _decoded(upload: Path, samples: int) -> Iterator[Samples]:
    """So many samples of any music, stereo at the film's rate."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    missing = samples
    try:
        with av.open(str(upload), options=ONE_FILE) as container:
            for frame in chain(container.decode(audio=0), (None,)):
                for part in resampler.resample(frame):
                    sound = part.to_ndarray()[:, :missing].astype(np.float32)
                    missing -= sound.shape[1]
                    yield sound
                    if not missing:
                        return
    except DAMAGED:
        pass
    yield np.zeros((2, missing), np.float32)


def _first(parts: Iterator[Samples], samples: int) -> Iterator[Samples]:
    for part in parts:
        yield part[:, :samples]
        samples -= min(part.shape[1], samples)
        if not samples:
            return
