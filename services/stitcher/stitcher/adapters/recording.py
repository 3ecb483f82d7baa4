"""Spoken lines made alike (rate, level, no silence around), and as they are heard in a film."""

import asyncio
import shutil
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import av
import av.error
import av.filter
import numpy as np
from contracts.mezzanine import SAMPLE_RATE
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LEVEL: Final = 10 ** (-20 / 20)
"""Mean power of every voice, as a share of full scale."""
PEAK: Final = 10 ** (-3 / 20)
QUIET: Final = 10 ** (-50 / 20)
"""Below this a voice has not begun."""
EDGE: Final = SAMPLE_RATE // 100
SOFT: Final = SAMPLE_RATE * 6 // 100
"""How fast a line fades that is cut off, in samples."""
FULL: Final = 32_767


@dataclass(frozen=True, slots=True)
class Recorder:
    """Implements the ``Recorder`` port: PyAV and numpy in a thread."""

    _one: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def tidy(self, spoken: Path, path: Path) -> tuple[float, float] | None:
        """One voice as the others, without silence before and after.

        Says how long it is and what was cut off in front, in seconds; ``None`` if nothing is said.
        """
        async with self._one:
            return await asyncio.to_thread(_tidy, spoken, path)

    async def play(self, tidied: Path, tempo: float, samples: int, path: Path) -> None:
        """A tidied voice ``tempo`` times as fast, exactly so long.

        What is too long is cut off and ends softly; what is too short ends in silence.
        """
        async with self._one:
            await asyncio.to_thread(_play, tidied, tempo, samples, path)


def _tidy(spoken: Path, path: Path) -> tuple[float, float] | None:
    try:
        sound = _read(spoken)
    except (av.error.FFmpegError, IndexError, ValueError):
        return None
    loud = np.flatnonzero(np.abs(sound) > QUIET)
    if not loud.size:
        return None
    first = max(int(loud[0]) - EDGE, 0)
    sound = sound[first : int(loud[-1]) + EDGE]
    said = sound[np.abs(sound) > QUIET]
    power = float(np.sqrt(np.mean(np.square(said))))
    gain = min(LEVEL / power, PEAK / float(np.abs(sound).max()))
    _write(path, [sound * np.float32(gain)])
    return len(sound) / SAMPLE_RATE, first / SAMPLE_RATE


def _play(tidied: Path, tempo: float, samples: int, path: Path) -> None:
    if tempo == 1.0 and _length(tidied) == samples:
        shutil.copyfile(tidied, path)
        return
    sound = _read(tidied, tempo)
    if len(sound) > samples:
        sound = _softened(sound[:samples])
    _write(path, [sound, np.zeros(samples - len(sound), np.float32)])


def _length(tidied: Path) -> int:
    with wave.open(str(tidied)) as file:
        return file.getnframes()


def _softened(sound: Samples) -> Samples:
    length = min(SOFT, len(sound))
    ramp = np.ones(len(sound), np.float32)
    ramp[len(sound) - length :] = np.linspace(1, 0, length, dtype=np.float32)
    return sound * ramp


def _read(path: Path, tempo: float = 1.0) -> Samples:
    """A file's sound, mono at the film's rate, ``tempo`` times as fast."""
    parts: list[Samples] = []
    with av.open(str(path)) as container:
        graph: Any = av.filter.Graph()
        stream = container.streams.audio[0]
        steps: list[Any] = [graph.add_abuffer(template=stream)]
        if tempo != 1.0:
            steps.append(graph.add("atempo", f"{tempo:.4f}"))
        steps.append(graph.add("aresample", str(SAMPLE_RATE)))
        steps.append(graph.add("aformat", "sample_fmts=flt:channel_layouts=mono"))
        steps.append(graph.add("abuffersink"))
        graph.link_nodes(*steps).configure()
        for frame in container.decode(stream):
            graph.push(frame)
            parts.extend(_pulled(graph))
        graph.push(None)
        parts.extend(_pulled(graph))
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _pulled(graph: Any) -> Iterator[Samples]:
    while True:
        try:
            yield graph.pull().to_ndarray().reshape(-1)
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _write(path: Path, parts: Sequence[Samples]) -> None:
    # A writer that cannot open its file complains when it is forgotten, too.
    with path.open("wb") as opened, wave.open(opened, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for part in parts:
            file.writeframesraw(np.round(np.clip(part, -1, 1) * FULL).astype("<i2").tobytes())
