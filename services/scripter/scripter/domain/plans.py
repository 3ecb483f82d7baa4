"""Plans a film: scenes are cast, titled and described, ready to be made."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from contracts.documents import Line, Plan, Scene, Script
from contracts.events import CharacterRef, GenerationSettings

from scripter.domain.beats import Beat
from scripter.domain.cast import Company, assemble
from scripter.domain.choosing import left_out
from scripter.domain.prompts import (
    NEGATIVE_PROMPT,
    camera_for,
    world_of,
    write_picture,
    write_prompt,
)
from scripter.domain.scripts import shortened
from scripter.domain.shots import Brief, Shot, brief_for, shots_by_rule
from scripter.domain.wording import joined

TITLE_WORDS = 6
TITLE_LETTERS = 60

BY_RULES = "rules"


def plan_film(
    job_id: UUID,
    script: Script,
    settings: GenerationSettings,
    characters: Sequence[CharacterRef] = (),
) -> Plan:
    """The plan by rules alone. The same script, settings and characters give the same plan.

    Raises ``Rejected(TRANSCRIPT_MISSING)`` for a script without words.
    """
    brief = brief_for(script, settings)
    return plan_shots(job_id, brief, shots_by_rule(brief), characters)


def plan_shots(
    job_id: UUID,
    brief: Brief,
    shots: Sequence[Shot],
    characters: Sequence[CharacterRef] = (),
    *,
    written_by: str = BY_RULES,
    notes: Sequence[str] = (),
) -> Plan:
    """The plan of these scenes. Length, cast and style come from the brief alone."""
    company = company_of(brief, characters)
    world = world_of(beat.text for beat in brief.said)
    scenes = [_scene(index, shot, brief, company, world) for index, shot in enumerate(shots)]
    first = brief.said[0].text
    return Plan(
        job_id=job_id,
        title=brief.script.title or shortened(first, words=TITLE_WORDS, letters=TITLE_LETTERS),
        language=brief.script.language,
        settings=brief.settings,
        scenes=tuple(scenes),
        left_out=left_out(brief.said, [shot.beats for shot in shots]),
        split_sentences=len(
            {beat.sentence for shot in shots for beat in shot.beats if not beat.begins}
        ),
        written_by=written_by,
        notes=tuple(notes),
    )


def company_of(brief: Brief, characters: Sequence[CharacterRef]) -> Company:
    """Everybody who speaks, and who plays them."""
    return assemble(
        list(dict.fromkeys(beat.speaker for beat in brief.said if beat.speaker)), characters
    )


def narration_of(lines: Sequence[Line]) -> str:
    """All lines in a row, as spoken."""
    narration = ""
    for line in lines:
        narration = joined(narration, line.text)
    return narration


def scene_title(narration: str) -> str:
    """A scene's first words."""
    return shortened(narration, words=TITLE_WORDS, letters=TITLE_LETTERS)


def _scene(index: int, shot: Shot, brief: Brief, company: Company, world: Sequence[str]) -> Scene:
    lines = tuple(lines_of(shot.beats, company))
    narration = narration_of(lines)
    seen = company.on_stage((beat.speaker for beat in shot.beats), narration, index)
    names = [cast.name for cast in seen]
    camera = shot.camera or camera_for(index)
    style = brief.settings.style
    return Scene(
        index=index,
        title=shot.title or scene_title(narration),
        frames=brief.pace.frames(sum(beat.seconds for beat in shot.beats)),
        narration=narration,
        lines=lines,
        prompt=write_prompt(
            shot.picture or write_picture(narration, names, world),
            style=style,
            camera=camera,
            names=names,
            speakers=list(dict.fromkeys(line.speaker for line in lines if line.speaker)),
        ),
        negative_prompt=NEGATIVE_PROMPT,
        camera=camera,
        style=style,
        characters=seen,
        continues=not shot.beats[0].begins,
    )


def lines_of(parts: Sequence[Beat], company: Company) -> Iterator[Line]:
    """What is said, one line for all that one speaker says in a row."""
    speaker, text = parts[0].speaker, ""
    for beat in parts:
        if beat.speaker != speaker:
            yield Line(speaker=company.shown(speaker), text=text)
            speaker, text = beat.speaker, ""
        text = joined(text, beat.text)
    yield Line(speaker=company.shown(speaker), text=text)
