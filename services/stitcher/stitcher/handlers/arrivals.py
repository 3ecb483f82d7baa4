"""Fan-in: a plan and its scenes, in any order -> windows and sound when they can be, the film."""

from dataclasses import dataclass

from contracts.events import SceneGenerated, ScenesPlanned
from contracts.values import Transition
from runtime.work import Done, Follow, Outcome, Work

from stitcher.domain import cards, timeline
from stitcher.handlers.ports import Parts


async def _follow(parts: Parts, planned: ScenesPlanned | None, scene: int | None = None) -> Done:
    """Ask for what can be made now. Asked twice, it is made once."""
    # A film that its user wants to see first is asked for by its user.
    if planned is None or planned.settings.review:
        return Done()
    have = {part.scene_index for part in await parts.parts(planned.job_id)}
    indices = [one.index for one in planned.scenes]
    new = [
        joint
        for joint in timeline.ready(planned.scenes, have)
        if scene is None or scene in indices[joint : joint + 2]
    ]
    follow = [
        Follow("window", planned, joint)
        for joint in new
        if timeline.joint_after(planned.settings, indices[joint]).kind is not Transition.CUT
    ]
    follow += [
        Follow("shot", planned, index)
        for index in (indices if scene is None else [scene])
        if index in have and _drawn(planned, index)
    ]
    if timeline.complete(planned.scenes, have):
        follow.append(Follow("stitch", planned))
    elif new or (indices[0] in have and scene in {None, indices[0]}):
        follow.append(Follow("sound", planned, scene))
    return Done(follow=tuple(follow))


def _drawn(planned: ScenesPlanned, index: int) -> bool:
    """Whether captions are drawn on a scene, or a card stands beside it."""
    titles = planned.settings.titles
    before = index == planned.scenes[0].index and cards.opening(titles) is not None
    after = index == planned.scenes[-1].index and cards.ending(titles) is not None
    return planned.settings.captions.burn or before or after


@dataclass(frozen=True, slots=True)
class KeepPlan:
    """ScenesPlanned: now it is known how many scenes a job has.

    ``ahead`` asks for its voices at once: a paid one is slower than the local one.
    """

    parts: Parts
    ahead: bool = False

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Remember it; the scenes may all be there already."""
        await self.parts.keep_plan(event)
        planned = await self.parts.plan(event.job_id)
        done = await _follow(self.parts, planned)
        if planned is None or not (self.ahead and planned.settings.sound.narration):
            return done
        return Done(follow=(Follow("voice", planned), *done.follow))


@dataclass(frozen=True, slots=True)
class MarkScene:
    """SceneGenerated: one scene more is there."""

    parts: Parts

    async def __call__(self, event: SceneGenerated, work: Work) -> Outcome:
        """Remember it; it may be the last one, or the second of a transition."""
        await self.parts.keep_part(event)
        return await _follow(self.parts, await self.parts.plan(event.job_id), event.scene_index)
