"""Beds as a browser plays them: once through, softly ended, AAC in an MP4 that can be sought in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from contracts.mezzanine import SAMPLE_RATE

from stitcher.adapters import synthesis
from stitcher.domain.beds import BEDS, VERSION, Score

BITS: Final = 128_000
"""A second; half a megabyte for the longest bed."""
FAST: Final = {"aac_coder": "fast"}
"""Half the time of the default one, for what is heard once to choose."""
FALL: Final = 3 * SAMPLE_RATE
FRAME: Final = 1_024
"""Samples that AAC encodes together."""


@dataclass(frozen=True, slots=True)
class AacPreviews:
    """Implements the ``Previews`` port: numpy and PyAV in a thread."""

    version: int = VERSION

    def names(self) -> Sequence[str]:
        """The beds there are."""
        return tuple(BEDS)

    def seconds(self, name: str) -> float:
        """How long the preview of a bed is heard."""
        return round(synthesis.length(BEDS[name]) / SAMPLE_RATE, 3)

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file; a third of a second of work."""
        await asyncio.to_thread(_write, BEDS[name], path)


def _write(score: Score, path: Path) -> None:
    sound = synthesis.render(score)
    fall = min(FALL, sound.shape[1])
    sound[:, -fall:] *= np.linspace(1, 0, fall, dtype=np.float32)
    opened: Any = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
    with opened as container:
        stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        stream.bit_rate, stream.options = BITS, FAST
        for first in range(0, sound.shape[1], FRAME):
            part = np.ascontiguousarray(sound[:, first : first + FRAME])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
