"""Ways from a transcript to scenes: ours, a fixed length, and a scene per paragraph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.documents import Transcript
from contracts.events import GenerationSettings
from scripter.domain import plan_film, write_script
from scripter.domain.cleaning import Spoken, clean, without_repeats
from scripter.domain.wording import atoms, joined, spoken_seconds

ID = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Cutting:
    """A film. ``shots`` are texts, ``seconds`` their lengths in the film.

    ``scenes`` are how many shots each scene has. ``ends`` are the texts of what the method takes
    for a sentence; one that knows no sentences gives its shots.
    """

    shots: Sequence[str]
    seconds: Sequence[float]
    scenes: Sequence[int]
    ends: Sequence[str]
    speakers: Sequence[str] = ()


Method = Callable[[Transcript, GenerationSettings], Cutting]


def ours(transcript: Transcript, settings: GenerationSettings) -> Cutting:
    """The scripter's rules."""
    script = write_script(ID, transcript, drop_fillers=True)
    plan = plan_film(ID, script, settings)
    scenes: list[int] = []
    for shot in plan.scenes:
        if shot.continues:
            scenes[-1] += 1
        else:
            scenes.append(1)
    return Cutting(
        [shot.narration for shot in plan.scenes],
        [shot.frames / settings.fps for shot in plan.scenes],
        scenes,
        [sentence for paragraph in script.paragraphs for sentence in paragraph.sentences],
        script.speakers,
    )


def fixed_length(transcript: Transcript, settings: GenerationSettings) -> Cutting:
    """A cut whenever a scene is full."""
    text = ""
    for part in _said(transcript):
        text = joined(text, part)
    scenes: list[str] = []
    start, length = 0, 0.0
    for atom in atoms(text):
        if length + atom.seconds > settings.max_scene_seconds and length:
            scenes.append(text[start : atom.start].strip())
            start, length = atom.start, 0.0
        length += atom.seconds
    scenes.append(text[start:].strip())
    return _shortened(scenes, settings)


def per_paragraph(transcript: Transcript, settings: GenerationSettings) -> Cutting:
    """A scene per paragraph or caption, however long: what splitting at line breaks gives."""
    return _shortened([part for part in _said(transcript) if part.strip()], settings)


METHODS: dict[str, Method] = {
    "ours": ours,
    "fixed length": fixed_length,
    "paragraphs": per_paragraph,
}


def _said(transcript: Transcript) -> list[str]:
    """Paragraphs or captions. The others get our clean text too: only cutting is compared."""
    spoken = [
        Spoken(text, segment.start if transcript.timed else None, segment.end)
        for segment in transcript.segments
        if (text := clean(segment.text, timed=transcript.timed))
    ]
    kept = without_repeats(spoken) if transcript.timed else spoken
    return [" ".join(part.text.split()) for part in kept]


def _shortened(scenes: Sequence[str], settings: GenerationSettings) -> Cutting:
    """The first scenes that fit into the wanted length."""
    lengths = [max(settings.min_scene_seconds, spoken_seconds(scene)) for scene in scenes]
    kept = len(scenes)
    if settings.target_seconds is not None:
        kept, total = 0, 0.0
        for length in lengths:
            if total + length > settings.target_seconds and kept:
                break
            kept, total = kept + 1, total + length
    return Cutting(scenes[:kept], lengths[:kept], [1] * kept, scenes[:kept])
