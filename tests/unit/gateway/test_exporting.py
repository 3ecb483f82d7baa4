"""What an export is made of: sizes, settings that stay as planned, takes, and what is refused."""

from typing import Any
from uuid import UUID

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.values import (
    CaptionSettings,
    ChosenTake,
    GenerationSettings,
    JointSettings,
    ObjectRef,
    SoundSettings,
    ThumbnailSettings,
    TitleSettings,
    Transition,
)
from gateway.domain import exporting
from gateway.domain.reviewing import REJECTED, ReviewedScene
from gateway.views.exports import ExportRequest
from pydantic import ValidationError

USER = UUID("00000000-0000-4000-8000-000000000002")
PLANNED = GenerationSettings(
    sound=SoundSettings(voice="sage", music="tense"),
    captions=CaptionSettings(burn=True, font="DejaVu Sans"),
    titles=TitleSettings(title="Moon"),
    transition=Transition.FADE,
)
SCENES = {
    0: ReviewedScene(0, (1, 2)),
    1: ReviewedScene(1, (1, 2), choice=1),
    2: ReviewedScene(2, (1,)),
}


def sized(width: int, height: int) -> GenerationSettings:
    return GenerationSettings(width=width, height=height)


@pytest.mark.parametrize(
    ("planned", "shape", "quality", "size"),
    [
        (sized(1280, 720), None, None, (1280, 720)),
        (sized(1280, 720), "9:16", None, (720, 1280)),
        (sized(1280, 720), "1:1", 1080, (1080, 1080)),
        (sized(1280, 720), "9:16", 1080, (1080, 1920)),
        (sized(1920, 1080), None, 720, (1280, 720)),
        (sized(720, 1280), None, 1080, (1080, 1920)),
        (sized(568, 320), "9:16", None, (320, 568)),
        (sized(1920, 1920), "16:9", None, (1920, 1080)),
    ],
)
def test_a_shape_has_the_planned_height_unless_another_is_named(
    planned: GenerationSettings,
    shape: exporting.Shape | None,
    quality: exporting.Quality | None,
    size: tuple[int, int],
) -> None:
    assert exporting.size(planned, shape, quality) == size


def changed(**body: Any) -> GenerationSettings:
    wanted = ExportRequest.model_validate(body)
    size = exporting.size(PLANNED, wanted.shape, wanted.height)
    return exporting.settings_of(PLANNED, size, wanted.changes())


def test_what_is_not_named_is_as_it_was_planned() -> None:
    assert changed() == PLANNED
    assert changed(order=[1, 0], takes=[{"scene_index": 0, "take": 1}], captions=None) == PLANNED
    made = changed(shape="9:16", sound={"music": None}, captions={"burn": False}, titles={})
    assert (made.width, made.height) == (720, 1280)
    assert made.sound == SoundSettings(voice="sage", music=None)
    assert made.captions == CaptionSettings(burn=False, font="DejaVu Sans")
    assert (made.titles, made.transition) == (PLANNED.titles, Transition.FADE)


def test_a_joint_and_a_transition_are_changed_each_for_itself() -> None:
    made = changed(joints=[{"after": 1, "transition": "wipe"}], transition_seconds=1)
    assert made.joints == (JointSettings(after=1, transition=Transition.WIPE),)
    assert (made.transition, made.transition_seconds) == (Transition.FADE, 1.0)
    assert changed(joints=[]) == PLANNED


def test_a_film_that_would_be_too_wide_is_refused() -> None:
    narrow = sized(1280, 544)
    with pytest.raises(Rejected, match="does not fit") as refused:
        exporting.settings_of(narrow, exporting.size(narrow, None, 1080), {})
    assert refused.value.code is ErrorCode.INVALID_INPUT


@pytest.mark.parametrize(
    "body",
    [
        {"shape": "4:3"},
        {"height": 480},
        {"titles": {"titel": "misspelt"}},
        {"titles": {"title": "NUL\x00"}},
        {"joints": [{"after": 0, "transition": "fade", "second": 1}]},
        {"order": []},
        {"transition_seconds": 2},
    ],
)
def test_what_cannot_be_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExportRequest.model_validate(body)


def test_a_backslash_is_no_nul() -> None:
    assert ExportRequest.model_validate({"titles": {"title": "\\u0000"}}).titles is not None


def test_the_takes_are_those_named_then_those_shown() -> None:
    wanted = [ChosenTake(scene_index=0, take=1)]
    assert exporting.film_of([2, 1, 0], [], SCENES) == {"order": [2, 1, 0], "takes": [1, 1, 2]}
    assert exporting.film_of([0, 1], wanted, SCENES) == {"order": [0, 1], "takes": [1, 1]}


@pytest.mark.parametrize(
    ("order", "takes", "code"),
    [
        ([0, 0], [], ErrorCode.INVALID_INPUT),
        ([0, 7], [], ErrorCode.INVALID_INPUT),
        ([0], [(1, 1)], ErrorCode.INVALID_INPUT),
        ([0], [(0, 1), (0, 2)], ErrorCode.INVALID_INPUT),
        ([0], [(0, 3)], ErrorCode.NOT_READY),
    ],
)
def test_scenes_and_takes_that_are_not_there_are_refused(
    order: list[int], takes: list[tuple[int, int]], code: ErrorCode
) -> None:
    wanted = [ChosenTake(scene_index=index, take=take) for index, take in takes]
    with pytest.raises(Rejected) as refused:
        exporting.film_of(order, wanted, SCENES)
    assert refused.value.code is code


def test_a_film_with_a_scene_that_is_not_made_has_no_exports() -> None:
    with pytest.raises(Rejected, match="Scene 4") as refused:
        exporting.film_of([0, 1], [], {**SCENES, 3: ReviewedScene(3, ())})
    assert refused.value.code is ErrorCode.NOT_READY


def test_a_rejected_take_is_in_no_export_and_another_one_may_be() -> None:
    scenes = {0: ReviewedScene(0, (1, 2), verdict=REJECTED, judged=2)}
    with pytest.raises(Rejected, match="rejected"):
        exporting.film_of([0], [], scenes)
    film = exporting.film_of([0], [ChosenTake(scene_index=0, take=1)], scenes)
    assert film["takes"] == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"thumbnail": ThumbnailSettings(scene_index=2)},
        {"joints": [JointSettings(after=0, transition=Transition.CUT)] * 2},
        {
            "sound": SoundSettings(
                upload=ObjectRef(
                    key="users/another/a.mp3", size=1, sha256="0" * 64, content_type="audio/mpeg"
                )
            )
        },
    ],
)
def test_settings_name_only_what_the_film_and_its_user_have(wrong: dict[str, Any]) -> None:
    film = exporting.film_of([0, 1], [], SCENES)
    exporting.check_settings(PLANNED, film, USER)
    with pytest.raises(Rejected) as refused:
        exporting.check_settings(PLANNED.model_copy(update=wrong), film, USER)
    assert refused.value.code is ErrorCode.INVALID_INPUT


def test_the_same_film_has_the_same_recipe_and_any_other_another() -> None:
    film = exporting.film_of([0, 1], [], SCENES)
    again = exporting.film_of([0, 1], [ChosenTake(scene_index=1, take=1)], SCENES)
    assert exporting.recipe_of(PLANNED, film) == exporting.recipe_of(changed(), again)
    others = {
        exporting.recipe_of(PLANNED, exporting.film_of([1, 0], [], SCENES)),
        exporting.recipe_of(
            PLANNED, exporting.film_of([0, 1], [ChosenTake(scene_index=0, take=1)], SCENES)
        ),
        exporting.recipe_of(changed(titles={"title": "Sun"}), film),
        exporting.recipe_of(changed(shape="1:1"), film),
    }
    assert len(others | {exporting.recipe_of(PLANNED, film)}) == 5
