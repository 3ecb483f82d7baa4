"""A scene goes on with another's words only while that one stands before it and is unfinished."""

from typing import Any

import pytest
from contracts.documents import DraftScene, Line
from contracts.errors import Rejected
from gateway.domain.editing import edited
from gateway.domain.estimating import spoken_scenes
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.gateway.test_editing import do, numbered, operations, scene, script_of


def shot(name: str, text: str, speaker: str | None = None, **fields: Any) -> DraftScene:
    return scene(name, **{"lines": (Line(speaker=speaker, text=text),), "continues": True} | fields)


SHOTS = (
    shot("s0", "When the lamp was lit,", continues=False),
    shot("s1", "the ships came home"),
    shot("s2", "over the sea."),
    shot("s3", "It was late.", continues=False),
)


def going_on(*said: Any) -> dict[str, bool]:
    return {s.id: s.continues for s in do(script_of(*SHOTS), *said).scenes}


AS_IT_WAS = {"s0": False, "s1": True, "s2": True, "s3": False}


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ({"op": "edit", "scene_id": "s1", "seconds": 3.0}, {}),
        ({"op": "edit", "scene_id": "s1", "lines": [{"text": "the boats came home"}]}, {}),
        ({"op": "edit", "scene_id": "s1", "lines": [{"text": "They came."}]}, {"s2": False}),
        ({"op": "edit", "scene_id": "s0", "lines": [{"text": "Night!”"}]}, {"s1": False}),
        (
            {"op": "edit", "scene_id": "s1", "lines": [{"speaker": "Ada", "text": "the"}]},
            {"s1": False, "s2": False},
        ),
        ({"op": "move", "scene_id": "s3", "after": None}, {}),
        ({"op": "move", "scene_id": "s3", "after": "s0"}, {"s1": False}),
        ({"op": "move", "scene_id": "s2", "after": None}, {"s2": False}),
        ({"op": "reorder", "order": ["s1", "s2", "s0", "s3"]}, {"s1": False}),
        (
            {"op": "add", "after": "s1", "scene": {"lines": [{"text": "Oh"}]}, "new_id": "x"},
            {"x": False, "s2": False},
        ),
        (
            {"op": "split", "scene_id": "s1", "line": 0, "character": 9, "new_id": "x"},
            {"x": True},
        ),
    ],
)
def test_an_edit_leaves_what_still_goes_on(said: Any, changed: dict[str, bool]) -> None:
    assert going_on(said) == AS_IT_WAS | changed


def test_without_the_scene_it_continued_a_scene_stands_alone() -> None:
    assert going_on({"op": "delete", "scene_id": "s1"}) == {"s0": False, "s2": False, "s3": False}
    assert going_on({"op": "delete", "scene_id": "s3"}) == {"s0": False, "s1": True, "s2": True}


def test_merged_scenes_go_on_as_the_first_did() -> None:
    assert going_on({"op": "merge", "scene_id": "s0"}) == {"s0": False, "s2": True, "s3": False}
    assert going_on({"op": "merge", "scene_id": "s1"}) == {"s0": False, "s1": True, "s3": False}


def test_a_split_between_sentences_is_no_breath() -> None:
    whole = script_of(shot("s0", "One two. Three four", continues=False))
    split = {"op": "split", "scene_id": "s0", "line": 0, "new_id": "x"}
    assert [s.continues for s in do(whole, split | {"character": 8}).scenes] == [False, False]
    assert [s.continues for s in do(whole, split | {"character": 12}).scenes] == [False, True]


STEPS = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.just("move"),
            "scene_id": st.sampled_from(["s0", "s1", "s2", "s3"]),
            "after": st.none() | st.sampled_from(["s0", "s1", "s2", "s3"]),
        }
    ),
    st.fixed_dictionaries(
        {"op": st.just("reorder"), "order": st.permutations(["s0", "s1", "s2", "s3"])}
    ),
)


@given(st.lists(STEPS, max_size=6))
def test_no_scene_goes_on_behind_a_stranger(steps: list[Any]) -> None:
    script = script_of(*SHOTS)
    for step in steps:
        try:
            script = edited(script, operations(step), numbered())
        except Rejected:
            continue
    ids = [s.id for s in script.scenes]
    for number, found in enumerate(script.scenes):
        assert not found.continues or (number and ids[number - 1] == f"s{int(found.id[1]) - 1}")


def test_shots_of_one_sentence_are_one_scene_to_a_listener() -> None:
    assert spoken_scenes(script_of(*SHOTS), 4) == 2
    assert spoken_scenes(script_of(*SHOTS), 1) == 1
