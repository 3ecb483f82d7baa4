"""What an export is made of: takes in an order, and settings that differ from the planned ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.values import ChosenTake, GenerationSettings, ObjectRef

from gateway.domain import fingerprint
from gateway.domain.reviewing import REJECTED, ReviewedScene, check_take

Shape: TypeAlias = Literal["16:9", "9:16", "1:1"]
Quality: TypeAlias = Literal[720, 1080]
Film: TypeAlias = Mapping[str, list[int]]
"""``{order, takes}``: scenes, and a take for each in its place."""

_SIDES: Final[Mapping[Shape, tuple[int, int]]] = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}
_MOST_SHORT: Final = 1080


def size(
    planned: GenerationSettings, shape: Shape | None, quality: Quality | None
) -> tuple[int, int]:
    """Width and height in pixels; what is unset stays as it was planned, as far as it fits.

    ``quality`` is the shorter side.
    """
    if shape is None and quality is None:
        return planned.width, planned.height
    wide, high = (planned.width, planned.height) if shape is None else _SIDES[shape]
    short = quality or min(planned.width, planned.height, _MOST_SHORT)
    scale = short / min(wide, high)
    return _even(wide * scale), _even(high * scale)


def _even(side: float) -> int:
    return int(side + 1e-6) // 2 * 2


def settings_of(
    planned: GenerationSettings, size: tuple[int, int], changes: Mapping[str, Any]
) -> GenerationSettings:
    """The planned settings with what was named; of a group, what is not named stays as it was.

    Raises ``Rejected(INVALID_INPUT)`` if the whole does not fit.
    """
    values = planned.model_dump()
    for name, change in changes.items():
        group = isinstance(change, dict) and isinstance(values[name], dict)
        values[name] = {**values[name], **change} if group else change
    try:
        width, height = size
        return GenerationSettings.model_validate(values | {"width": width, "height": height})
    except ValueError as error:
        message = (
            "A film of this shape does not fit at this height. Choose another shape or height."
        )
        raise Rejected(ErrorCode.INVALID_INPUT, message) from error


def film_of(
    order: Sequence[int], wanted: Sequence[ChosenTake], scenes: Mapping[int, ReviewedScene]
) -> Film:
    """The film's scenes and takes: those named, of the others the one that is shown.

    Raises ``Rejected`` for a scene that is not there or not made, and for one that was rejected.
    """
    chosen = {one.scene_index: one.take for one in wanted}
    if len(chosen) < len(wanted) or len(set(order)) < len(order):
        raise Rejected(ErrorCode.INVALID_INPUT, "Name every scene once.")
    if unknown := (set(order) | chosen.keys()) - scenes.keys():
        raise Rejected(ErrorCode.INVALID_INPUT, f"This film has no scene {min(unknown)}.")
    if unseen := chosen.keys() - set(order):
        message = f"A take of scene {min(unseen)} is named, which is not in the order."
        raise Rejected(ErrorCode.INVALID_INPUT, message)
    for scene in scenes.values():
        check_take(scene, max(scene.made, default=0))
    takes = [check_take(scenes[index], chosen.get(index)) for index in order]
    for index, take in zip(order, takes, strict=True):
        scene = scenes[index]
        if scene.verdict == REJECTED and scene.judged == take:
            message = f"Scene {index + 1} was rejected. Choose another take, or approve it."
            raise Rejected(ErrorCode.CONFLICT, message)
    return {"order": list(order), "takes": takes}


def check_settings(settings: GenerationSettings, film: Film, user_id: UUID) -> None:
    """Raises ``Rejected(INVALID_INPUT)`` if the settings name what this film does not have."""
    there = set(film["order"])
    joints = [joint.after for joint in settings.joints]
    if len(set(joints)) < len(joints):
        raise Rejected(ErrorCode.INVALID_INPUT, "Name every joint once.")
    if settings.thumbnail.scene_index not in {None, *there}:
        message = f"The thumbnail is of scene {settings.thumbnail.scene_index}: it is not there."
        raise Rejected(ErrorCode.INVALID_INPUT, message)
    check_upload(settings.sound.upload, user_id)


def check_upload(upload: ObjectRef | None, user_id: UUID) -> None:
    """Raises ``Rejected(INVALID_INPUT)`` unless an object is one of the user's own."""
    if upload is not None and not upload.key.startswith(f"users/{user_id}/"):
        raise Rejected(ErrorCode.INVALID_INPUT, "This music is not one of your files.")


def recipe_of(settings: GenerationSettings, film: Film) -> str:
    """The same for everything that makes the same film."""
    return fingerprint("export", {**film, "settings": settings.model_dump(mode="json")})
