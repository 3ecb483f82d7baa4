"""Which scenes go on with the words of the one before: what an edit leaves of that. Pure.

A scene that continues another is spoken with it in one breath. It does so only behind that very
scene, with the same speaker, and while the words before it do not end a sentence.
"""

from collections.abc import Sequence

from contracts.documents import DraftScene

_ENDS = tuple(".!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f")
_CLOSERS = "\"'\u201c\u201d\u2018\u2019)]\u00ab\u00bb\u203a\u300d\u300f "


def goes_on(before: DraftScene, now: DraftScene) -> bool:
    """Whether the words of two scenes may be one breath."""
    last, first = before.lines[-1], now.lines[0]
    return last.speaker == first.speaker and not last.text.rstrip(_CLOSERS).endswith(_ENDS)


def relinked(before: Sequence[DraftScene], after: Sequence[DraftScene]) -> list[DraftScene]:
    """The scenes in their new places, none behind another scene than the one that it continues."""
    behind = dict(zip((scene.id for scene in before[1:]), before, strict=False))
    return [
        scene if number and _is(behind.get(scene.id), after[number - 1]) else _alone(scene)
        for number, scene in enumerate(after)
    ]


def reworded(scenes: Sequence[DraftScene], at: int) -> list[DraftScene]:
    """The scenes after the one at ``at`` got other words."""
    return [
        _alone(scene)
        if number in {at, at + 1} and number and not goes_on(scenes[number - 1], scene)
        else scene
        for number, scene in enumerate(scenes)
    ]


def _is(one: DraftScene | None, other: DraftScene) -> bool:
    return one is not None and one.id == other.id


def _alone(scene: DraftScene) -> DraftScene:
    return scene.model_copy(update={"continues": False}) if scene.continues else scene
