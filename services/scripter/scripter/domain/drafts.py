"""Draft scenes: what an editor shows of a script, and the film made of them once edited."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.documents import DraftScene, Paragraph, Plan, Scene, Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationSettings

from scripter.domain.beats import QUICKER, Beat, beats
from scripter.domain.cast import Company, assemble
from scripter.domain.choosing import left_out
from scripter.domain.cutting import cut_scenes
from scripter.domain.plans import company_of, lines_of, narration_of, scene_title
from scripter.domain.prompts import (
    NEGATIVE_PROMPT,
    camera_for,
    world_of,
    write_picture,
    write_prompt,
)
from scripter.domain.sentences import split_sentences
from scripter.domain.shots import Brief, Pace, Shot, brief_for, shots_by_rule

BY_USER = "user"
MOST_SCENES = 200

_MOST_LINES = 100
_MOST_CHARACTERS = 8
_ID_DIGITS = 16


def with_drafts(script: Script) -> Script:
    """The script with its draft scenes, planned under default settings."""
    brief = brief_for(script, GenerationSettings())
    shots = shots_by_rule(brief)
    company = company_of(brief, ())
    world = world_of(beat.text for beat in brief.said)
    drafts = [_draft(index, shot, brief, company, world) for index, shot in enumerate(shots)]
    return script.model_copy(
        update={
            "scenes": tuple(drafts),
            "left_out": left_out(brief.said, [shot.beats for shot in shots]),
        }
    )


def _draft(
    index: int, shot: Shot, brief: Brief, company: Company, world: Sequence[str]
) -> DraftScene:
    lines = tuple(lines_of(shot.beats, company))[:_MOST_LINES]
    narration = narration_of(lines)
    seen = company.on_stage((beat.speaker for beat in shot.beats), narration, index)
    names = tuple(cast.name for cast in seen)
    first = shot.beats[0]
    return DraftScene(
        id=_id(f"{first.sentence}:{first.part}:{narration}"),
        title=scene_title(narration),
        lines=lines,
        prompt=write_picture(narration, names, world),
        negative_prompt=NEGATIVE_PROMPT,
        camera=camera_for(index),
        seconds=brief.pace.seconds(shot.beats),
        characters=names[:_MOST_CHARACTERS],
        start=first.start,
        end=shot.beats[-1].end,
        continues=not first.begins,
    )


def _id(content: str) -> str:
    """Follows from what is said and where, so that a script written again has the same ids."""
    return f"s-{hashlib.sha256(content.encode()).hexdigest()[:_ID_DIGITS]}"


def plan_drafts(
    job_id: UUID,
    script: Script,
    settings: GenerationSettings,
    characters: Sequence[CharacterRef] = (),
) -> Plan:
    """A film of the script's own scenes as they stand, in their order.

    Their lengths are brought within the settings'. A scene with more words than the longest scene
    can hold is one of several shots, so that no word is lost; the number of scenes and the film's
    length are the editor's choice. Raises ``Rejected``: TRANSCRIPT_MISSING if nothing is said in
    them, INVALID_INPUT if they do not fit into a film.
    """
    shots = _whole_film(script, Pace.of(settings))
    said = [beat for shot in shots for beat in shot.beats]
    company = assemble(list(dict.fromkeys(b.speaker for b in said if b.speaker)), characters)
    world = world_of(beat.text for beat in said)
    scenes = [_scene(index, shot, settings, company, world) for index, shot in enumerate(shots)]
    silent = len(script.scenes) - len({shot.draft.id for shot in shots})
    notes = [f"Scenes without words are not in the film: {silent}."] if silent else []
    return Plan(
        job_id=job_id,
        title=script.title or scenes[0].title,
        language=script.language,
        settings=settings,
        scenes=tuple(scenes),
        split_sentences=_split_sentences(shots),
        written_by=BY_USER,
        notes=tuple(notes),
    )


def _whole_film(script: Script, pace: Pace) -> "list[_EditedShot]":
    shots = list(_all_shots(script.scenes, pace))
    if not shots:
        raise Rejected(
            ErrorCode.TRANSCRIPT_MISSING,
            "No scene has words. Write at least one line, then ask for the film again.",
        )
    if len(shots) > MOST_SCENES:
        raise Rejected(
            ErrorCode.INVALID_INPUT,
            f"The scenes have more words than {MOST_SCENES} scenes of {pace.most:g} seconds hold. "
            "Delete scenes, or allow longer ones.",
        )
    return shots


@dataclass(frozen=True, slots=True)
class _EditedShot:
    """A draft scene, or what of it one scene of the film can hold.

    ``inside`` says that it begins inside a sentence.
    """

    draft: DraftScene
    beats: Sequence[Beat]
    frames: int
    continues: bool
    inside: bool


def _all_shots(drafts: Sequence[DraftScene], pace: Pace) -> Iterator[_EditedShot]:
    """The shots of every draft. One continues the draft before only if that one says something."""
    spoken = False
    for draft in drafts:
        shots = _shots(draft, pace)
        if shots and not spoken:
            shots[0] = replace(shots[0], continues=False, inside=False)
        spoken = bool(shots)
        yield from shots


def _split_sentences(shots: Sequence[_EditedShot]) -> int:
    """How many scenes of several shots are so because of a sentence."""
    inside = [False]
    for shot in shots:
        if not shot.continues:
            inside.append(False)
        inside[-1] = inside[-1] or shot.inside
    return sum(inside)


def _shots(draft: DraftScene, pace: Pace) -> list[_EditedShot]:
    paragraphs = [
        Paragraph(
            speaker=line.speaker,
            sentences=tuple(line.text[s.start : s.end] for s in split_sentences(line.text))
            or (line.text,),
        )
        for line in draft.lines
    ]
    said = beats(paragraphs, pace.most)
    spoken = sum(beat.seconds for beat in said)
    if not said:
        return []
    if spoken <= pace.most * QUICKER:
        frames = pace.frames(max(draft.seconds, spoken))
        return [_EditedShot(draft, said, frames, draft.continues, inside=draft.continues)]
    scenes = cut_scenes(
        said, least_seconds=pace.least, most_seconds=pace.most, most_scenes=MOST_SCENES
    )
    slower = max(1.0, draft.seconds / spoken)
    return [
        _EditedShot(
            draft,
            scene,
            pace.frames(slower * sum(beat.seconds for beat in scene)),
            continues=draft.continues or number > 0,
            inside=draft.continues if number == 0 else not scene[0].begins,
        )
        for number, scene in enumerate(scenes)
    ]


def _scene(
    index: int,
    shot: _EditedShot,
    settings: GenerationSettings,
    company: Company,
    world: Sequence[str],
) -> Scene:
    draft = shot.draft
    lines = tuple(lines_of(shot.beats, company))
    narration = narration_of(lines)
    seen = tuple(dict.fromkeys(company.named(name) for name in draft.characters if name.strip()))
    names = [cast.name for cast in seen]
    style = (draft.style or "").strip() or settings.style
    speakers = dict.fromkeys(line.speaker for line in lines if line.speaker)
    return Scene(
        index=index,
        title=draft.title,
        frames=shot.frames,
        narration=narration,
        lines=lines,
        prompt=write_prompt(
            " ".join(draft.prompt.split()) or write_picture(narration, names, world),
            style=style,
            camera=draft.camera,
            names=names,
            speakers=[name for name in speakers if name in names],
        ),
        negative_prompt=draft.negative_prompt.strip() or NEGATIVE_PROMPT,
        camera=draft.camera,
        style=style,
        characters=seen,
        continues=shot.continues,
    )
