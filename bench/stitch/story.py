"""What is told in the films: narration, music, captions, by the stitcher's own code."""

import asyncio
import json
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from contracts.documents import Line, Plan, Scene
from contracts.events import Event, ScenesPlanned
from contracts.mezzanine import SAMPLE_RATE
from contracts.values import CaptionSettings, SoundSettings
from runtime.work import Work
from stitcher.adapters.beds import SynthesisedBeds
from stitcher.adapters.recording import Recorder
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.domain import captions
from stitcher.domain.captioned import Drawn
from stitcher.domain.sound import Track
from stitcher.domain.timeline import Timeline
from stitcher.handlers.drawing import drawing
from stitcher.handlers.lines import Lines
from stitcher.handlers.narrating import LocalVoices, Narrator
from stitcher.handlers.playing import Player
from stitcher.handlers.sounding import Sounding, Sounds
from stitcher.handlers.workshop import Workshop

# Edgar Allan Poe, "Annabel Lee", 1849 (public domain).
LINES = (
    "It was many and many a year ago",
    "In a kingdom by the sea",
    "That a maiden there lived whom you may know",
    "By the name of Annabel Lee",
    "And this maiden she lived with no other thought",
    "Than to love and be loved by me",
)


class Unkept:
    """A row of work that nobody keeps."""

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        """Nothing is to be remembered."""


class NotedFile:
    """Implements the ``Measured`` port for one process at a time: a line of JSON for each note."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self._known: dict[str, Any] = dict(json.loads(line) for line in lines)

    async def recall(self, project: UUID, names: Iterable[str]) -> dict[str, Any]:
        return {name: self._known[name] for name in names if name in self._known}

    async def note(self, project: UUID, name: str, value: Mapping[str, Any]) -> None:
        self._known[name] = dict(value)
        with self._path.open("a") as file:
            file.write(json.dumps([name, dict(value)]) + "\n")


@dataclass(frozen=True, slots=True)
class Told:
    """What is heard and drawn besides the clips."""

    sounding: Sounding
    drawn: Drawn | None


def plan(event: ScenesPlanned) -> Plan:
    """A line for each scene, and the library's calm bed."""
    scenes = [
        Scene(
            index=scene.index,
            title=scene.title,
            frames=scene.frames,
            narration=LINES[scene.index % len(LINES)],
            lines=(Line(text=LINES[scene.index % len(LINES)]),),
            prompt="p",
        )
        for scene in event.scenes
    ]
    settings = event.settings.model_copy(update={"sound": SoundSettings()})
    words = {"title": "A film", "language": "en", "settings": settings}
    return Plan.model_validate({"job_id": event.job_id, **words, "scenes": tuple(scenes)})


async def told(
    event: ScenesPlanned, shop: Workshop, film: Timeline, folder: Path, *, captioned: bool
) -> Told:
    """Narration, music and, if wanted, captions of a film."""
    written = plan(event)
    store = shop.kept.store
    lines = Lines(Recorder(), store, shop.measured, asyncio.Semaphore(8))
    narrator = Narrator(LocalVoices(EspeakVoice()), lines)
    sounds = Sounds(narrator, Player(SynthesisedBeds(), store, shop.measured))
    heard = await sounds.of(event, _row(event), film, written, folder)
    if not captioned:
        return Told(heard, None)
    cues = captions.cues(film, written, heard.lines)
    drawn, _ = await drawing(shop.films, CaptionSettings(burn=True), film, cues, folder)
    return Told(heard, drawn)


async def recorded(sounding: Sounding, track: Track, samples: int, path: Path) -> None:
    """A track by itself as one file as long as a film, for those who mix in their own way."""
    made = np.zeros((samples, 2), np.float32)
    for number, piece in enumerate(track.pieces):
        source = path.with_name(f"{path.stem}-{number}.wav")
        await sounding.sources[piece.key](source)
        with wave.open(str(source)) as file:
            file.setpos(piece.skip)
            heard = np.frombuffer(file.readframes(piece.samples), "<i2")
            sound = heard.reshape(-1, file.getnchannels()).astype(np.float32)
        sound[: piece.fade_in] *= np.linspace(0, 1, piece.fade_in, dtype=np.float32)[:, None]
        fall = np.linspace(1, 0, piece.fade_out, dtype=np.float32)[:, None]
        sound[len(sound) - piece.fade_out :] *= fall
        made[piece.first : piece.first + len(sound)] += sound
        source.unlink()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.round(np.clip(made, -32_768, 32_767)).astype("<i2").tobytes())


def _row(event: Event) -> Work:
    return Work(event.job_id, "stitch", event.job_id, None, 1, 0, {}, event.job_id, Unkept())
