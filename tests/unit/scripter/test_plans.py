"""A plan's scenes follow the words, the speakers and the user's settings."""

import re
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from contracts.documents import Camera, Plan, Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationSettings
from contracts.values import SourceKind
from scripter.domain import plan_film, write_script
from scripter.domain.cast import PALETTE
from transcriber.domain import from_upload

from tests.unit.scripter.making import JOB_ID, SCRIPT_ID, script, text

SAMPLES = Path(__file__).parents[3] / "samples"
DEFAULT = GenerationSettings()


def plan(source: Script, *characters: str, **settings: object) -> Plan:
    refs = [CharacterRef(name=name, model_ref=f"model-{name}") for name in characters]
    return plan_film(JOB_ID, source, GenerationSettings.model_validate(settings), refs)


def moonlight() -> Script:
    data = (SAMPLES / "moonlight.vtt").read_bytes()
    return write_script(SCRIPT_ID, from_upload(data, SourceKind.CAPTIONS))


def test_the_sample_is_nine_scenes_of_one_voice_each() -> None:
    film = plan(moonlight())
    assert film.title == "The Baker and the Moon"
    assert [len(scene.lines) for scene in film.scenes] == [1] * 9
    assert [scene.lines[0].speaker for scene in film.scenes] == [
        None, "Mira", "Moon", None, "Mira", None, "Moon", "Mira", None,
    ]  # fmt: skip
    assert 50 <= sum(scene.frames for scene in film.scenes) / DEFAULT.fps <= 60
    colors = {cast.name: cast.color for scene in film.scenes for cast in scene.characters}
    assert set(colors) == {"Mira", "Moon"}
    assert colors["Mira"] != colors["Moon"]


def test_the_same_script_and_settings_give_the_same_bytes() -> None:
    assert plan(moonlight(), "Ada").model_dump_json() == plan(moonlight(), "Ada").model_dump_json()


def test_a_scene_lasts_as_long_as_its_words() -> None:
    film = plan(script((None, ("One two three four five six seven eight nine ten.",))), fps=24)
    assert [scene.frames for scene in film.scenes] == [96]


@pytest.mark.parametrize(
    ("least", "most", "frames"), [(1.0, 8.0, 30), (2.0, 8.0, 60), (10.0, 3.0, 90)]
)
def test_a_short_scene_has_the_least_length_but_never_over_the_cap(
    least: float, most: float, frames: int
) -> None:
    film = plan(script((None, ("Yes.",))), min_scene_seconds=least, max_scene_seconds=most)
    assert [scene.frames for scene in film.scenes] == [frames]


def test_sentences_stay_whole_and_share_a_scene_where_they_fit() -> None:
    words = tuple(f"Sentence {n} has exactly six words." for n in range(6))
    film = plan(script((None, words)))
    assert [scene.narration for scene in film.scenes] == [
        " ".join(words[0:3]),
        " ".join(words[3:6]),
    ]


def test_a_sentence_too_long_for_a_scene_is_cut_at_clauses() -> None:
    clause = "the wind blew over the quiet harbour town,"
    sentence = " ".join([clause] * 6)
    film = plan(script((None, (sentence,))))
    assert " ".join(scene.narration for scene in film.scenes) == sentence
    assert all(scene.narration.endswith(",") for scene in film.scenes)
    assert all(scene.frames <= 240 for scene in film.scenes)


def test_text_without_spaces_is_cut_too() -> None:
    thai = "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35" * 60
    chinese = "\u6708\u4eae\u5728\u5929\u4e0a\uff0c" * 30
    for sentence in (thai, chinese, "x" * 2000):
        film = plan(script((None, (sentence,))))
        assert "".join(scene.narration for scene in film.scenes) == sentence
        assert len(film.scenes) > 1


def test_cuts_prefer_speakers_and_short_replies_share_a_scene() -> None:
    long = "This line is long enough to be a scene."
    film = plan(script(("Ann", (long,)), ("Bob", (long,)), ("Ann", ("Yes.",)), ("Bob", ("No.",))))
    assert [[line.speaker for line in scene.lines] for scene in film.scenes] == [
        ["Ann"],
        ["Bob", "Ann", "Bob"],
    ]


def test_too_many_scenes_are_first_filled_up_then_thinned_in_the_middle() -> None:
    lines = [(f"P{n}", (f"Line number {n} is here now.",)) for n in range(12)]
    assert len(plan(script(*lines)).scenes) > 4
    fuller = plan(script(*lines), max_scenes=4)
    assert len(fuller.scenes) == 4
    assert "".join(s.narration for s in fuller.scenes).count("Line number") == 12
    thinned = plan(script(*lines), max_scenes=2)
    narration = " ".join(scene.narration for scene in thinned.scenes)
    assert "Line number 0 " in narration
    assert "Line number 11 " in narration
    assert [scene.index for scene in thinned.scenes] == [0, 1]


def test_a_target_length_keeps_beginning_and_end() -> None:
    film = plan(moonlight(), target_seconds=30)
    seconds = sum(scene.frames for scene in film.scenes) / 30
    assert 20 <= seconds <= 30
    assert film.scenes[0].narration.startswith("On the night")
    assert film.scenes[-1].narration.endswith("of the dark.")


def test_chosen_characters_play_the_speakers_in_order() -> None:
    film = plan(moonlight(), "Ada", "mira", "Zoe")
    cast = {c.name: c.model_ref for scene in film.scenes for c in scene.characters}
    assert cast["mira"] == "model-mira"
    assert cast["Ada"] == "model-Ada"
    assert [scene.lines[0].speaker for scene in film.scenes][1:3] == ["mira", "Ada"]
    # Zoe has no words: she is seen where nobody else is.
    assert [scene.index for scene in film.scenes if "Zoe" in {c.name for c in scene.characters}]


def test_without_speakers_the_chosen_characters_take_turns() -> None:
    words = tuple(f"Sentence {n} has exactly six words." for n in range(6))
    film = plan(script((None, words)), "Ada", "Bo")
    assert [[c.name for c in scene.characters] for scene in film.scenes] == [["Ada"], ["Bo"]]


def test_a_dozen_characters_have_a_dozen_colours() -> None:
    lines = [(f"Person {n}", ("This line is long enough to be a scene.",)) for n in range(13)]
    colors = [scene.characters[0].color for scene in plan(script(*lines)).scenes]
    assert sorted(colors[:12]) == sorted(PALETTE)
    assert colors[12] in PALETTE


def test_a_prompt_tells_style_camera_people_and_place() -> None:
    scene = plan(moonlight(), style="watercolour").scenes[1]
    assert scene.prompt.startswith("watercolour shot, gentle pan to the right.")
    assert "Mira speaking" in scene.prompt
    assert re.search(r"Setting: .*bakery.*midnight", scene.prompt)
    assert "no text" in scene.prompt
    assert "captions" in scene.negative_prompt
    assert scene.style == "watercolour"


def test_cameras_take_turns() -> None:
    cameras = [scene.camera for scene in plan(moonlight()).scenes]
    assert all(a != b for a, b in pairwise(cameras))
    assert set(cameras) == set(Camera)


def test_a_script_edited_to_nothing_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        plan(script((None, ("", " ", "...")), ("Ann", ("\u2014",))))
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING


def test_an_untitled_script_is_named_by_its_first_words() -> None:
    source = write_script(SCRIPT_ID, text("The moon rose.")).model_copy(update={"title": ""})
    assert plan_film(UUID(int=9), source, DEFAULT).title == "The moon rose"
