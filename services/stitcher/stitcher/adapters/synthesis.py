"""Scores as sound: additive tones in numpy, stereo, 48 kHz. A bed ends as it begins: it loops."""

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from contracts.mezzanine import SAMPLE_RATE
from numpy.typing import NDArray

from stitcher.domain.beds import Score

Samples = NDArray[np.float32]

ROUNDS: Final = 2
"""How often the chords are gone through."""
LEVEL: Final = 10 ** (-20 / 20)
"""Mean power, as a share of full scale: as loud as a voice."""
PEAK: Final = 0.9
FULL: Final = 32_767


def length(score: Score) -> int:
    """Samples per channel of a bed."""
    return round(len(score.chords) * score.beats * _beat(score)) * ROUNDS


def render(score: Score) -> Samples:
    """The bed as ``(2, samples)``, each between -1 and 1."""
    samples = length(score)
    bed = np.zeros((2, samples), np.float32)
    per_chord = score.beats * _beat(score)
    for number in range(len(score.chords) * ROUNDS):
        chord = score.chords[number % len(score.chords)]
        at = round(number * per_chord)
        for place, tone in enumerate(chord):
            pad = _pad(score, tone, round(per_chord * 1.4))
            _add(bed, pad * np.float32(0.16 * score.pad), at, _side(place))
        _plucked(bed, score, chord, at)
        _pulsed(bed, score, chord, at)
    power = float(np.sqrt(np.mean(np.square(bed))))
    gain = min(LEVEL / power, PEAK / float(np.abs(bed).max()))
    return bed * np.float32(gain)


def write(score: Score, path: Path, further: int = 0) -> None:
    """The bed as a WAV file that goes on with so many samples of its beginning."""
    sound = render(score)
    save(path, (sound, sound[:, :further]))


def save(path: Path, parts: Iterable[Samples]) -> None:
    """Stereo sounds in a row as a WAV file of 16 bits."""
    # A writer that cannot open its file complains when it is forgotten, too.
    with path.open("wb") as opened, wave.open(opened, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for part in parts:
            file.writeframesraw(np.round(np.clip(part, -1, 1).T * FULL).astype("<i2").tobytes())


def _beat(score: Score) -> float:
    return SAMPLE_RATE * 60 / score.tempo


def _hertz(score: Score, tone: int) -> float:
    return 440.0 * 2 ** ((score.key + tone - 69) / 12)


def _side(place: int) -> float:
    """Left to right, 0 to 1: the tones of a chord stand beside each other."""
    return (0.5, 0.25, 0.75, 0.4, 0.6)[place % 5]


def _add(bed: Samples, sound: Samples, at: int, side: float) -> None:
    """Lay a tone in its place; what lies beyond the end is heard at the beginning."""
    first = at % bed.shape[1]
    room = bed.shape[1] - first
    for channel, share in enumerate((np.cos(side * np.pi / 2), np.sin(side * np.pi / 2))):
        heard = sound * np.float32(share)
        bed[channel, first : first + len(heard[:room])] += heard[:room]
        if len(heard) > room:
            bed[channel, : len(heard) - room] += heard[room:]


def _tone(hertz: float, samples: int, overtones: int, fall: float) -> Samples:
    turn = np.arange(samples, dtype=np.float32) * np.float32(2 * np.pi * hertz / SAMPLE_RATE)
    sound = np.zeros(samples, np.float32)
    for number in range(1, overtones + 1):
        sound += np.sin(turn * np.float32(number)) * np.float32(number**-fall)
    return sound


def _pad(score: Score, tone: int, samples: int) -> Samples:
    hertz = _hertz(score, tone)
    both = _tone(hertz * 0.9985, samples, score.bright, 1.8)
    both += _tone(hertz * 1.0015, samples, score.bright, 1.8)
    swell = np.sin(np.linspace(0, np.pi, samples, dtype=np.float32))
    return both * np.sqrt(np.maximum(swell, 0))


def _plucked(bed: Samples, score: Score, chord: tuple[int, ...], at: int) -> None:
    half = _beat(score) / 2
    samples = round(SAMPLE_RATE * 1.2)
    fall = np.exp(-np.arange(samples, dtype=np.float32) / np.float32(SAMPLE_RATE * 0.28))
    fall[:96] *= np.linspace(0, 1, 96, dtype=np.float32)
    fall[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    for step in range(score.beats * 2):
        place = score.arpeggio[step % len(score.arpeggio)]
        if place >= 0:
            sound = _tone(_hertz(score, chord[place] + 12), samples, score.bright, 1.4)
            loud = np.float32(0.22 if step % 2 == 0 else 0.16)
            _add(bed, sound * fall * loud, at + round(step * half), _side(place + 1))


def _pulsed(bed: Samples, score: Score, chord: tuple[int, ...], at: int) -> None:
    if not score.pulse:
        return
    samples = round(SAMPLE_RATE * 0.35)
    fall = np.exp(-np.arange(samples, dtype=np.float32) / np.float32(SAMPLE_RATE * 0.11))
    fall[:240] *= np.linspace(0, 1, 240, dtype=np.float32)
    fall[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    sound = _tone(_hertz(score, min(chord) - 12), samples, 2, 1.5) * fall
    for beat in range(score.beats):
        _add(bed, sound * np.float32(0.4 * score.pulse), at + round(beat * _beat(score)), 0.5)
