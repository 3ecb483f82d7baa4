"""The step that plans a film."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from contracts.documents import Plan, Script
from contracts.events import GenerationRequested, PlannedScene, ScenesPlanned
from runtime.objects import ObjectStore, get_model, project_key, put_model
from runtime.work import Done, Outcome, Waiting, Work

from scripter import domain
from scripter.handlers.author import Author


@dataclass(frozen=True, slots=True)
class PlanScenes:
    """GenerationRequested -> ScenesPlanned."""

    store: ObjectStore
    author: Author

    async def __call__(self, event: GenerationRequested, work: Work) -> Outcome:
        """Plan the film's scenes: as the user edited them, else as the author writes them."""
        script = await get_model(self.store, event.script, Script)
        cost = Decimal(0)
        if script.edited:
            plan = await asyncio.to_thread(
                domain.plan_drafts, event.job_id, script, event.settings, event.characters
            )
        else:
            brief = await asyncio.to_thread(domain.brief_for, script, event.settings)
            written = await self.author.write(brief, work)
            if written is None:
                return Waiting(self.author.busy_pause, work.checkpoint)
            cost = written.cost_usd
            plan = domain.plan_shots(
                event.job_id,
                brief,
                written.shots,
                event.characters,
                written_by=written.by,
                notes=written.notes,
            )
        key = project_key(event, "jobs", str(event.job_id), "plan.json")
        plan_ref = await put_model(self.store, key, plan)
        return Done(
            [
                ScenesPlanned.caused_by(
                    event,
                    script_id=event.script_id,
                    plan=plan_ref,
                    title=plan.title,
                    settings=plan.settings,
                    scenes=_told(plan),
                    cost_usd=cost,
                )
            ]
        )


def _told(plan: Plan) -> list[PlannedScene]:
    return [
        PlannedScene(
            index=scene.index,
            title=scene.title,
            prompt=scene.prompt,
            frames=scene.frames,
            characters=tuple(cast.name for cast in scene.characters),
        )
        for scene in plan.scenes
    ]
