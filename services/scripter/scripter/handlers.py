"""The scripter's steps: a transcript becomes a script, a script becomes a plan."""

import asyncio
from dataclasses import dataclass

from contracts.documents import Script, Transcript
from contracts.events import (
    GenerationRequested,
    PlannedScene,
    ScenesPlanned,
    ScriptReady,
    TranscriptReady,
)
from runtime.objects import ObjectStore, get_model, project_key, put_model
from runtime.work import Done, Outcome, Work

from scripter import domain

# The script has them all; an event stays small.
_SPEAKERS_TOLD = 50


@dataclass(frozen=True, slots=True)
class WriteScript:
    """TranscriptReady -> ScriptReady."""

    store: ObjectStore

    async def __call__(self, event: TranscriptReady, work: Work) -> Outcome:
        """Write the script. Long texts take seconds, so it is done in a thread."""
        transcript = await get_model(self.store, event.transcript, Transcript)
        script = await asyncio.to_thread(domain.write_script, event.script_id, transcript)
        key = project_key(event, "scripts", str(event.script_id), "script.json")
        ready = ScriptReady.caused_by(
            event,
            script_id=event.script_id,
            script=await put_model(self.store, key, script),
            title=script.title,
            language=script.language,
            words=script.words,
            seconds=script.seconds,
            speakers=script.speakers[:_SPEAKERS_TOLD],
        )
        return Done([ready])


@dataclass(frozen=True, slots=True)
class PlanScenes:
    """GenerationRequested -> ScenesPlanned."""

    store: ObjectStore

    async def __call__(self, event: GenerationRequested, work: Work) -> Outcome:
        """Plan the film's scenes."""
        script = await get_model(self.store, event.script, Script)
        plan = await asyncio.to_thread(
            domain.plan_film, event.job_id, script, event.settings, event.characters
        )
        planned = ScenesPlanned.caused_by(
            event,
            script_id=event.script_id,
            plan=await put_model(
                self.store, project_key(event, "jobs", str(event.job_id), "plan.json"), plan
            ),
            title=plan.title,
            settings=plan.settings,
            scenes=[
                PlannedScene(
                    index=scene.index,
                    title=scene.title,
                    prompt=scene.prompt,
                    frames=scene.frames,
                    characters=tuple(cast.name for cast in scene.characters),
                )
                for scene in plan.scenes
            ],
        )
        return Done([planned])
