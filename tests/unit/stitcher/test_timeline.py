"""The timeline: shots in their places, takes, joints."""

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine
from contracts.values import Transition
from stitcher.domain.timeline import (
    Coming,
    Joint,
    Part,
    Timeline,
    complete,
    latest,
    lay,
    ready,
    so_far,
    timeline,
)

from tests.unit.stitcher.making import clip, cut, planned

PROFILE = Mezzanine(320, 320, 30)
FADE = Transition.FADE


def parts(*frames: int) -> dict[int, Part]:
    return {n: Part(n, 1, clip(str(n), frames=count)) for n, count in enumerate(frames)}


def made(count: int, found: dict[int, Part], **wishes: object) -> Timeline:
    plan = planned(count, **wishes)  # pyright: ignore[reportArgumentType]
    return timeline(plan.settings, plan.scenes, found)


def test_a_film_is_complete_when_every_planned_scene_is_there() -> None:
    scenes = planned(2).scenes
    assert not complete(scenes, [1])
    assert not complete(scenes, [1, 1])
    assert complete(scenes, [1, 0, 1])


def test_shots_follow_each_other_frame_by_frame() -> None:
    film = made(3, parts(30, 7, 100))
    assert [(s.cut.scene_index, s.first, s.frames) for s in film.shots] == [
        (0, 0, 30),
        (1, 30, 7),
        (2, 37, 100),
    ]
    assert film.frames == 137


def test_a_transition_shares_frames_between_its_shots() -> None:
    film = made(3, parts(60, 60, 60), transition=FADE, seconds=0.5)
    assert [(s.first, s.lead, s.trail) for s in film.shots] == [
        (0, 0, 15),
        (45, 15, 15),
        (90, 15, 0),
    ]
    assert film.frames == 150


@pytest.mark.parametrize(
    ("wish", "lengths", "frames"),
    [
        (15, (60, 60), 15),
        (15, (10, 60), 5),
        (15, (60, 1), 0),
        (45, (300, 300), 30),
        (0, (60, 60), 0),
    ],
)
def test_a_joint_takes_at_most_half_of_a_shot_and_a_second(
    wish: int, lengths: tuple[int, int], frames: int
) -> None:
    cuts = [cut(str(n), length) for n, length in enumerate(lengths)]
    film = lay(PROFILE, cuts, [Joint(FADE, wish)])
    assert film.joints == (Joint(FADE, frames) if frames else Joint(),)
    assert film.frames == sum(lengths) - frames


def test_the_latest_take_is_in_the_film() -> None:
    takes = latest([Part(0, 2, clip("new")), Part(0, 1, clip("old"))])
    assert made(1, takes).shots[0].cut.source == clip("new")


def test_a_clip_of_another_rate_keeps_its_length_in_seconds() -> None:
    assert made(1, {0: Part(0, 1, clip("a", frames=48, fps=24))}).frames == 60


def test_a_missing_scene_is_named() -> None:
    with pytest.raises(Rejected, match="Scene 2 is missing") as refused:
        made(2, parts(30))
    assert refused.value.code is ErrorCode.STITCH_FAILED


@pytest.mark.parametrize("joints", [(), (Joint(), Joint())])
def test_a_timeline_has_a_joint_between_each_two_cuts(joints: tuple[Joint, ...]) -> None:
    with pytest.raises(ValueError, match="joint between"):
        lay(PROFILE, [cut("a", 30), cut("b", 30)], joints)


def test_joints_are_ready_when_both_their_scenes_are_there() -> None:
    scenes = planned(5).scenes
    assert ready(scenes, [0, 2, 3]) == (2,)
    assert ready(scenes, [4, 3, 2, 1, 0]) == (0, 1, 2, 3)


def test_a_film_so_far_is_as_long_as_it_will_be() -> None:
    plan = planned(4, transition=FADE)
    whole = parts(30, 30, 30, 30)
    some = so_far(plan.settings, plan.scenes, {n: whole[n] for n in (1, 2)})
    film = timeline(plan.settings, plan.scenes, whole)
    assert [(shot.first, shot.frames) for shot in some.shots] == [
        (shot.first, shot.frames) for shot in film.shots
    ]
    coming = [isinstance(shot.cut.source, Coming) for shot in some.shots]
    assert coming == [True, False, False, True]
