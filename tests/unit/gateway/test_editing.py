"""Whatever is done to a script's scenes: its words stay, its ids are unique, its limits hold."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from contracts.documents import DraftScene, LeftOut, Line, Paragraph, Passage, Script
from contracts.errors import Rejected
from gateway.domain.editing import MAX_BYTES, MAX_SCENES, edited
from gateway.domain.operations import Operation
from gateway.domain.speech import count_words, spoken_seconds, whole_letters
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])
# Combining marks, joiners, right-to-left, CJK, and lines that say nothing.
TEXTS = st.text("ab é\u0301\u200d😀日本שלום.-_ ", min_size=1, max_size=30)


def script_of(*scenes: DraftScene, edited_before: bool = False) -> Script:
    return Script(
        script_id=UUID(int=1),
        title="T",
        language="en",
        seconds=1,
        words=1,
        paragraphs=(Paragraph(sentences=("x",)),),
        scenes=scenes,
        edited=edited_before,
        left_out=LeftOut(
            sentences=1, words=1, seconds=1, passages=(Passage(sentences=1, opening="x"),)
        ),
    )


def scene(name: str, *texts: str, **fields: Any) -> DraftScene:
    lines = tuple(Line(speaker="Ada", text=text) for text in texts or ("Hello there",))
    whole: dict[str, Any] = {"id": name, "title": name, "lines": lines, "prompt": "", "seconds": 4}
    return DraftScene(**whole | fields)


def numbered() -> Callable[[], str]:
    counter = itertools.count()
    return lambda: f"new-{next(counter)}"


def operations(*said: Any) -> list[Operation]:
    return OPERATIONS.validate_python(list(said))


def do(script: Script, *said: Any) -> Script:
    return edited(script, operations(*said), numbered())


def unless_refused(script: Script, said: Any, new_id: Callable[[], str]) -> Script | None:
    """The edited script; anything but a refusal breaks the test."""
    try:
        return edited(script, operations(said), new_id)
    except Rejected:
        return None


def letters(script: Script) -> Counter[str]:
    """Every character but spaces, which a split takes from both sides of its cut."""
    text = "".join(line.text for scene in script.scenes for line in scene.lines)
    return Counter(char for char in text if not char.isspace())


SCENES = st.lists(
    st.tuples(st.lists(TEXTS, min_size=1, max_size=4), st.floats(0.5, 60)), min_size=1, max_size=6
)
NAMES = st.sampled_from([*(f"s{n}" for n in range(7)), *(f"new-{n}" for n in range(4))])
STEP = st.one_of(
    st.fixed_dictionaries({"op": st.just("move"), "scene_id": NAMES, "after": st.none() | NAMES}),
    st.fixed_dictionaries({"op": st.just("merge"), "scene_id": NAMES}),
    st.fixed_dictionaries(
        {
            "op": st.just("split"),
            "scene_id": NAMES,
            "line": st.integers(0, 4),
            "character": st.integers(0, 31),
        }
    ),
    st.fixed_dictionaries({"op": st.just("reorder"), "order": st.permutations(["s0", "s1"])}),
    st.fixed_dictionaries(
        {
            "op": st.just("edit"),
            "scene_id": NAMES,
            "seconds": st.floats(0.5, 60),
            "style": st.none() | st.just("ink"),
        }
    ),
)


@given(SCENES, st.lists(STEP, max_size=12))
def test_no_word_is_lost_unless_its_scene_is_deleted(
    scenes: list[tuple[list[str], float]], steps: list[Any]
) -> None:
    script = script_of(*(scene(f"s{n}", *t, seconds=s) for n, (t, s) in enumerate(scenes)))
    new_id = numbered()
    for step in steps:
        before = script
        after = unless_refused(script, step, new_id)
        if after is None:
            continue
        script = after
        assert letters(script) == letters(before)
        assert len({s.id for s in script.scenes}) == len(script.scenes)
        assert Script.model_validate_json(script.model_dump_json()) == script
        assert script.edited
        said = [line.text for s in script.scenes for line in s.lines]
        assert [text for p in script.paragraphs for text in p.sentences] == said
        assert script.seconds == pytest.approx(sum(s.seconds for s in script.scenes), abs=0.001)


@given(TEXTS, TEXTS, st.integers(0, 31))
def test_a_split_keeps_letters_whole_and_can_be_merged_back(
    first: str, second: str, at: int
) -> None:
    script = script_of(scene("s0", first, second, start=2, end=6))
    split = {"op": "split", "scene_id": "s0", "line": 0, "character": at}
    cut = unless_refused(script, split, numbered())
    if cut is None:
        return
    one, two = cut.scenes
    assert (one.start, two.end, one.end) == (2, 6, two.start)
    place = whole_letters(first, at)
    assert place >= at
    assert place in (0, at) or place >= len(first) or first[place] not in "\u0301\u200d"
    merged = do(cut, {"op": "merge", "scene_id": "s0"})
    assert letters(merged) == letters(script)
    assert merged.scenes[0].prompt == script.scenes[0].prompt


def test_only_a_delete_takes_words_and_the_last_scene_stays() -> None:
    script = script_of(scene("s0", "One"), scene("s1", "Two"))
    left = do(script, {"op": "delete", "scene_id": "s0"})
    assert [line.text for s in left.scenes for line in s.lines] == ["Two"]
    with pytest.raises(Rejected, match="needs a scene"):
        do(left, {"op": "delete", "scene_id": "s1"})


def test_an_edit_changes_what_it_names_and_its_length_follows_the_words() -> None:
    script = script_of(scene("s0", "one two", prompt="A hill", style="ink", seconds=2))
    after = do(
        script,
        {"op": "edit", "scene_id": "s0", "lines": [{"text": "one two three four"}]},
        {"op": "edit", "scene_id": "s0", "style": None, "camera": "still"},
    ).scenes[0]
    assert (after.seconds, after.prompt, after.style, after.camera) == (4, "A hill", None, "still")
    assert after.lines == (Line(text="one two three four"),)


LIMITS: list[tuple[list[DraftScene], Any, str]] = [
    ([scene("s0", seconds=40), scene("s1", seconds=21)], "merge", "at most 60 seconds"),
    ([scene("s0", *["a"] * 60), scene("s1", *["b"] * 41)], "merge", "at most 100 lines"),
    (
        [
            scene("s0", characters=tuple("abcde"), seconds=1),
            scene("s1", characters=tuple("efghi"), seconds=1),
        ],
        "merge",
        "at most 8 characters",
    ),
]


@pytest.mark.parametrize(("scenes", "op", "why"), LIMITS)
def test_a_merge_holds_the_limits_of_a_scene(scenes: list[DraftScene], op: str, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        do(script_of(*scenes), {"op": op, "scene_id": "s0"})


def test_a_film_has_at_most_so_many_scenes() -> None:
    full = script_of(*(scene(f"s{n}", "One. Two") for n in range(MAX_SCENES)))
    new = {"op": "add", "scene": {"lines": [{"text": "Hello"}]}}
    split = {"op": "split", "scene_id": "s0", "line": 0, "character": 4}
    for operation in (new, split):
        with pytest.raises(Rejected, match="at most 200 scenes"):
            do(full, operation)
    room = do(full, {"op": "delete", "scene_id": "s9"}, new)
    assert len(room.scenes) == MAX_SCENES


def test_a_draft_is_measured_in_bytes() -> None:
    lines = [{"text": "日" * 4000}] * 30
    adds = [{"op": "add", "scene": {"lines": lines}}] * 3
    text = sum(len(line["text"].encode()) for line in lines) * 3
    assert text > MAX_BYTES > text / 3
    with pytest.raises(Rejected, match="too long"):
        do(script_of(scene("s0")), *adds)


def test_an_id_is_given_once() -> None:
    script = script_of(scene("s0", "One. Two"))
    with pytest.raises(Rejected, match="already"):
        do(script, {"op": "split", "scene_id": "s0", "line": 0, "character": 4, "new_id": "s0"})


def test_what_was_left_out_is_still_told_without_numbers_of_scenes() -> None:
    after = do(script_of(scene("s0")), {"op": "edit", "scene_id": "s0", "title": "New"})
    assert after.left_out is not None
    assert (after.left_out.sentences, after.left_out.passages) == (1, ())


def test_words_are_counted_in_every_script() -> None:
    counts = {"one two": 2, "日本語": 3, "go to 東京 now": 5, "— … !": 0, "don't": 1, "_": 0}
    assert {text: count_words(text) for text in counts} == counts
    assert spoken_seconds("one two") == pytest.approx(0.8)


def test_a_long_line_of_dashes_is_counted_in_a_moment() -> None:
    # A pattern that tries every beginning would take minutes, and the test's time limit ends it.
    assert count_words("a " + "_" * 400_000) == 1
