"""The timeline: shots in order, how each becomes the next, and where every frame stands. Pure.

All lengths and places are frames at the film's rate unless a name says otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine
from contracts.values import (
    ChosenTake,
    Clip,
    Framing,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    Transition,
)

MOST_SECONDS = 1.0
"""The longest transition: the settings allow no more, and windows stay short."""


@dataclass(frozen=True, slots=True)
class Part:
    """A take of a scene."""

    scene_index: int
    take: int
    clip: Clip


@dataclass(frozen=True, slots=True)
class Card:
    """A still picture that is held: a title, an end card."""

    picture: ObjectRef


@dataclass(frozen=True, slots=True)
class Coming:
    """What is still to be made. How long it will be is known."""


Source: TypeAlias = Clip | Card | Coming


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a source is wanted: frames ``start`` to before ``end``. ``frames`` is its length."""

    source: Source
    frames: int
    start: int
    end: int
    scene_index: int | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """How a shot becomes the next: for ``frames`` both are there. A cut has none."""

    kind: Transition = Transition.CUT
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """A cut in its place: its first frame in the film, and what it shares with its neighbours.

    ``lead`` frames at its beginning are shared with the shot before, ``trail`` at its end with
    the one after.
    """

    cut: Cut
    first: int
    lead: int
    trail: int

    @property
    def frames(self) -> int:
        """How many frames of the film it is in."""
        return self.cut.end - self.cut.start

    @property
    def shown(self) -> tuple[int, int]:
        """The frames of the film that are its own, where a shared stretch is halved."""
        return self.first + self.lead // 2, self.first + self.frames - (
            self.trail - self.trail // 2
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """The film's shots, and between each two a joint. Clips of another shape are framed."""

    profile: Mezzanine
    shots: tuple[Shot, ...]
    joints: tuple[Joint, ...] = field(default=())
    framing: Framing = field(default=Framing())

    @property
    def frames(self) -> int:
        """Length of the film."""
        return self.shots[-1].first + self.shots[-1].frames


def lay(
    profile: Mezzanine,
    cuts: Sequence[Cut],
    joints: Sequence[Joint],
    framing: Framing = Framing(),  # noqa: B008 frozen
) -> Timeline:
    """Cuts in a row. ``joints`` are wishes: one is shortened to half of the shorter neighbour."""
    lengths = [cut.end - cut.start for cut in cuts]
    if not cuts or len(joints) != len(cuts) - 1 or min(lengths) < 1:
        raise ValueError("a timeline needs whole cuts, and a joint between each two")
    made = [
        _fitting(joint, pair, profile)
        for joint, pair in zip(joints, pairwise(lengths), strict=True)
    ]
    shared = [0, *(joint.frames for joint in made), 0]
    shots: list[Shot] = []
    first = 0
    for cut, (lead, trail) in zip(cuts, pairwise(shared), strict=True):
        shots.append(Shot(cut, first, lead, trail))
        first += cut.end - cut.start - trail
    return Timeline(profile, tuple(shots), tuple(made), framing)


def _fitting(joint: Joint, lengths: tuple[int, int], profile: Mezzanine) -> Joint:
    frames = min(joint.frames, min(lengths) // 2, round(profile.fps * MOST_SECONDS))
    return Joint() if joint.kind is Transition.CUT or frames < 1 else Joint(joint.kind, frames)


def complete(scenes: Sequence[PlannedScene], have: Iterable[int]) -> bool:
    """Whether every scene has arrived."""
    return {scene.index for scene in scenes} <= set(have)


def latest(parts: Iterable[Part]) -> dict[int, Part]:
    """The last take of every scene."""
    return {part.scene_index: part for part in sorted(parts, key=lambda part: part.take)}


def chosen(
    order: Sequence[int], takes: Iterable[ChosenTake], scenes: Iterable[PlannedScene]
) -> tuple[list[PlannedScene], dict[int, int]]:
    """The scenes in a user's order, and which take of each; of others the last one counts.

    Raises ``Rejected(STITCH_FAILED)`` for a scene that is not in the plan.
    """
    by_index = {scene.index: scene for scene in scenes}
    if unknown := set(order) - by_index.keys():
        raise Rejected(ErrorCode.STITCH_FAILED, f"There is no scene {min(unknown) + 1}")
    return [by_index[index] for index in order], {one.scene_index: one.take for one in takes}


def of_takes(
    parts: Iterable[Part], scenes: Iterable[PlannedScene], takes: Mapping[int, int]
) -> dict[int, Part] | None:
    """A part for each scene: the chosen take, else the last; ``None`` while one is missing."""
    there = list(parts)
    exact = {(part.scene_index, part.take): part for part in there}
    last = latest(there)
    found: dict[int, Part] = {}
    for scene in scenes:
        index = scene.index
        part = exact.get((index, takes[index])) if index in takes else last.get(index)
        if part is None:
            return None
        found[index] = part
    return found


def profile_of(settings: GenerationSettings) -> Mezzanine:
    """The profile that a film is made in."""
    return Mezzanine(settings.width, settings.height, settings.fps)


def timeline(
    settings: GenerationSettings, scenes: Sequence[PlannedScene], parts: Mapping[int, Part]
) -> Timeline:
    """The scenes whole and in order, with the joints that the settings ask for.

    Raises ``Rejected(STITCH_FAILED)`` if a scene is missing.
    """
    for scene in scenes:
        if scene.index not in parts:
            raise Rejected(ErrorCode.STITCH_FAILED, f"Scene {scene.index + 1} is missing")
    return so_far(settings, scenes, parts)


def so_far(
    settings: GenerationSettings, scenes: Sequence[PlannedScene], parts: Mapping[int, Part]
) -> Timeline:
    """The whole film before all its scenes exist: those to come are as long as planned."""
    cuts = [_cut(settings, scene, parts.get(scene.index)) for scene in scenes]
    joints = [joint_after(settings, scene.index) for scene in scenes[:-1]]
    return lay(profile_of(settings), cuts, joints, settings.framing)


def _cut(settings: GenerationSettings, scene: PlannedScene, part: Part | None) -> Cut:
    if part is None:
        return Cut(Coming(), scene.frames, 0, scene.frames, scene.index)
    frames = max(1, round(part.clip.frames * settings.fps / part.clip.fps))
    return Cut(part.clip, frames, 0, frames, scene.index)


def joint_after(settings: GenerationSettings, scene_index: int) -> Joint:
    """The joint that is wished for after a scene: its own, else the film's."""
    kind, seconds = settings.transition, settings.transition_seconds
    for one in settings.joints:
        if one.after == scene_index:
            kind, seconds = one.transition, one.seconds
    return Joint(kind, round(seconds * settings.fps))


def ready(scenes: Sequence[PlannedScene], have: Iterable[int]) -> tuple[int, ...]:
    """The joints whose scenes are both there; joint ``n`` follows the plan's scene ``n``."""
    there = set(have)
    return tuple(
        n for n, (one, two) in enumerate(pairwise(scenes)) if {one.index, two.index} <= there
    )


def shot_of(film: Timeline, scene_index: int) -> int:
    """The place of a scene's shot in the film."""
    return next(n for n, shot in enumerate(film.shots) if shot.cut.scene_index == scene_index)


def alone(film: Timeline, number: int) -> tuple[frozenset[int], ...]:
    """The sets of shots that need no other scene: the shot, and with it each card beside it."""
    near = [n for n in (number - 1, number + 1) if 0 <= n < len(film.shots)]
    held = [n for n in near if isinstance(film.shots[n].cut.source, Card)]
    sets = [{number}, *({n} for n in held), *({n, number} for n in held)]
    return tuple(frozenset(one) for one in sets)
