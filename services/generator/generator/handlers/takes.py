"""Which take of a scene is asked for, by whichever event asks: a plan, or a user who looked."""

import base64
from collections.abc import Mapping
from typing import TypeAlias

from contracts.documents import Plan
from contracts.errors import Rejected
from contracts.events import ObjectRef, SceneRequested, ScenesPlanned
from runtime.objects import ObjectMissingError, ObjectStore

from generator.handlers.ports import VideoProvider

SceneEvent: TypeAlias = ScenesPlanned | SceneRequested

LEFT_OUT = "data:,"
"""In the place of a picture that nobody needs any more: its order is out."""


def take_of(event: SceneEvent) -> int:
    """The number of the take. A plan asks for first ones."""
    return event.take if isinstance(event, SceneRequested) else 1


def count_of(event: SceneEvent) -> int:
    """How many scenes the film has."""
    return event.scene_count if isinstance(event, SceneRequested) else len(event.scenes)


def scenes_of(event: SceneEvent) -> list[int]:
    """The scenes that are asked for: one row of work each."""
    if isinstance(event, SceneRequested):
        return [event.scene_index]
    return [scene.index for scene in event.scenes]


def wish_of(event: SceneEvent) -> tuple[str, ...]:
    """Whom the user wants for these takes, the best first."""
    return event.providers if isinstance(event, SceneRequested) else event.settings.providers


def as_asked(plan: Plan, event: SceneEvent) -> Plan:
    """The plan with what the user changed for this take."""
    if not isinstance(event, SceneRequested):
        return plan
    changes = {"prompt": event.prompt, "negative_prompt": event.negative_prompt}
    scenes = tuple(
        scene.model_copy(update=changes) if scene.index == event.scene_index else scene
        for scene in plan.scenes
    )
    settings = plan.settings.model_copy(update={"providers": event.providers})
    return plan.model_copy(update={"scenes": scenes, "settings": settings})


def variation_of(event: SceneEvent) -> str:
    """What tells a take from others of the same request: a first one is like any other film's."""
    if not isinstance(event, SceneRequested):
        return ""
    return f"take {event.take}" if event.seed is None else f"seed {event.seed}"


async def pictures_of(
    plan: Plan,
    index: int | None,
    providers: Mapping[str, VideoProvider],
    store: ObjectStore | None,
) -> tuple[str, ...]:
    """How a scene's characters look, as data addresses: as many as anybody here can be shown.

    Without a store only how many there are. Raises ``Rejected`` for one that is gone.
    """
    most = max((one.capabilities.pictures for one in providers.values()), default=0)
    seen = [cast for s in plan.scenes if s.index == index for cast in s.characters]
    shown = [(cast.name, cast.image) for cast in seen if cast.image is not None][:most]
    if store is None:
        return (LEFT_OUT,) * len(shown)
    return tuple([await address_of(store, name, image) for name, image in shown])


async def address_of(store: ObjectStore, name: str, image: ObjectRef) -> str:
    """A picture as a data address; ``name`` is whose it is. Raises ``Rejected`` if it is gone."""
    try:
        data = await store.get(image.key)
    except ObjectMissingError as error:
        message = f"The picture of {name} is gone; choose another character"
        raise Rejected(error.code, message, detail=error.detail) from error
    return f"data:{image.content_type};base64,{base64.b64encode(data).decode()}"
