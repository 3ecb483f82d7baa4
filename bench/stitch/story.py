"""What is told in the films: narration, music, captions, by the stitcher's own code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.documents import Line, Plan, Scene
from contracts.events import Event, ScenesPlanned
from contracts.values import CaptionSettings, SoundSettings
from runtime.objects import ObjectStore
from runtime.work import Work
from stitcher.adapters.beds import SynthesisedBeds
from stitcher.adapters.recording import Recorder
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.domain import captions, subtitles
from stitcher.domain.timeline import Timeline
from stitcher.handlers.cutting import Drawn
from stitcher.handlers.narrating import LocalVoices, Narrator
from stitcher.handlers.sounding import Sounding, Sounds

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

    async def save(self, work: Work, checkpoint: Mapping[str, Any], events: object) -> None:
        """Nothing is to be remembered."""


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
    event: ScenesPlanned, store: ObjectStore, film: Timeline, folder: Path, *, captioned: bool
) -> Told:
    """Narration, music and, if wanted, captions of a film."""
    written = plan(event)
    sounds = Sounds(Narrator(LocalVoices(EspeakVoice()), Recorder()), SynthesisedBeds(), store)
    heard = await sounds.of(event, _row(event), film, written, folder)
    if not captioned:
        return Told(heard, None)
    cues = captions.cues(film, written, heard.lines)
    style = CaptionSettings(burn=True)
    return Told(heard, lambda first, end: subtitles.drawn(cues, style, film.profile, first, end))


def _row(event: Event) -> Work:
    return Work(event.job_id, "stitch", event.job_id, None, 1, 0, {}, event.job_id, Unkept())
