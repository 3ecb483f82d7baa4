"""Draft scenes are stable, and a film of edited ones is made as they stand."""

import pytest
from contracts.documents import Camera, DraftScene, Line, Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationSettings
from scripter.domain import plan_drafts, plan_film, with_drafts

from tests.unit.scripter.making import JOB_ID, script
from tests.unit.scripter.test_plans import moonlight

STYLE = GenerationSettings(style="watercolour", min_scene_seconds=3, max_scene_seconds=8)


def draft(number: int, *said: tuple[str | None, str], **changes: object) -> DraftScene:
    values: dict[str, object] = {
        "id": f"s-{number}",
        "title": f"Scene {number}",
        "lines": tuple(Line(speaker=who, text=what) for who, what in said),
        "prompt": "A lamp in the rain.",
        "seconds": 5.0,
    }
    return DraftScene.model_validate(values | changes)


def edited(*drafts: DraftScene) -> Script:
    return script((None, ("Old words.",))).model_copy(update={"scenes": drafts, "edited": True})


def test_drafts_are_the_film_under_default_settings() -> None:
    written = with_drafts(moonlight())
    film = plan_film(JOB_ID, written, GenerationSettings())
    assert [d.title for d in written.scenes] == [s.title for s in film.scenes]
    assert [d.lines for d in written.scenes] == [s.lines for s in film.scenes]
    assert [round(d.seconds * 30) for d in written.scenes] == [s.frames for s in film.scenes]
    assert all(d.prompt in s.prompt for d, s in zip(written.scenes, film.scenes, strict=True))
    starts = [d.start for d in written.scenes]
    assert starts == sorted(starts, key=lambda start: start or 0)
    assert (starts[0], written.scenes[-1].end) == (0.4, 58.05)


def test_ids_follow_from_content_and_place() -> None:
    first, again = with_drafts(moonlight()), with_drafts(moonlight())
    assert first == again
    ids = [d.id for d in first.scenes]
    assert len(set(ids)) == len(ids)
    twice = with_drafts(script(*[("Ann", ("This line is long enough to be a scene.",))] * 9))
    assert len({d.id for d in twice.scenes}) == len(twice.scenes) > 1


def test_unedited_drafts_filmed_are_the_film_itself() -> None:
    written = with_drafts(moonlight())
    chosen = [CharacterRef(name="Ada", model_ref="m")]
    ours = plan_film(JOB_ID, written, GenerationSettings(style="ink"), chosen)
    theirs = plan_drafts(JOB_ID, written, GenerationSettings(style="ink"), chosen)
    assert [s.frames for s in theirs.scenes] == [s.frames for s in ours.scenes]
    assert [s.lines for s in theirs.scenes] == [s.lines for s in ours.scenes]
    assert [s.characters for s in theirs.scenes] == [s.characters for s in ours.scenes]
    assert [s.continues for s in theirs.scenes] == [s.continues for s in ours.scenes]
    assert (ours.written_by, theirs.written_by) == ("rules", "user")


LONG = "We walked on through the night, " * 5 + "and came home."


def test_a_scene_of_several_shots_stays_one_when_it_is_edited() -> None:
    written = with_drafts(script((None, ("It began.", LONG, "It ended."))))
    assert not written.scenes[0].continues
    assert any(d.continues for d in written.scenes)
    filmed = plan_film(JOB_ID, written, GenerationSettings())
    edit = plan_drafts(JOB_ID, written.model_copy(update={"edited": True}), GenerationSettings())
    assert [s.continues for s in edit.scenes] == [d.continues for d in written.scenes]
    assert (edit.split_sentences, filmed.split_sentences) == (1, 1)


def test_nothing_is_continued_that_is_not_said() -> None:
    film = plan_drafts(
        JOB_ID,
        edited(
            draft(1, (None, "One"), continues=True),
            draft(2, (None, "...")),
            draft(3, (None, "two"), continues=True),
            draft(4, (None, "three."), continues=True),
        ),
        STYLE,
    )
    assert [s.continues for s in film.scenes] == [False, False, True]


def test_scenes_stand_as_edited_in_their_order() -> None:
    film = plan_drafts(
        JOB_ID,
        edited(
            draft(2, ("Bob", "Hello."), style="ink", camera=Camera.STILL, characters=("Ann",)),
            draft(1, (None, "It rained."), negative_prompt="fog"),
        ),
        STYLE,
        [CharacterRef(name="Ann", model_ref="m")],
    )
    assert [s.title for s in film.scenes] == ["Scene 2", "Scene 1"]
    assert [s.style for s in film.scenes] == ["ink", "watercolour"]
    first, second = film.scenes
    assert first.prompt.startswith("ink shot, locked camera. In the picture: Ann.")
    assert "A lamp in the rain." in first.prompt
    assert [(c.name, c.model_ref) for c in first.characters] == [("Ann", "m")]
    assert second.negative_prompt == "fog"
    assert (first.narration, second.lines[0].speaker) == ("Hello.", None)
    assert "Old words" not in film.model_dump_json()


@pytest.mark.parametrize(("seconds", "frames"), [(1.0, 90), (5.0, 150), (60.0, 240)])
def test_lengths_are_brought_within_the_settings(seconds: float, frames: int) -> None:
    film = plan_drafts(JOB_ID, edited(draft(1, (None, "Yes."), seconds=seconds)), STYLE)
    assert [s.frames for s in film.scenes] == [frames]


def test_a_scene_is_never_shorter_than_its_words() -> None:
    film = plan_drafts(JOB_ID, edited(draft(1, (None, "word " * 18), seconds=2)), STYLE)
    assert [s.frames for s in film.scenes] == [round(18 * 0.4 * 30)]


def test_a_scene_with_too_many_words_goes_on_in_another() -> None:
    words = [f"Sentence number {n} has exactly seven words." for n in range(6)]
    film = plan_drafts(JOB_ID, edited(draft(1, ("Ann", " ".join(words)), seconds=20)), STYLE)
    assert [s.title for s in film.scenes] == ["Scene 1"] * len(film.scenes)
    assert " ".join(s.narration for s in film.scenes) == " ".join(words)
    assert [s.continues for s in film.scenes] == [False, True, True]
    assert all(s.frames <= 240 for s in film.scenes)
    assert film.split_sentences == 0


def test_neither_target_nor_number_of_scenes_drops_an_edited_scene() -> None:
    few = STYLE.model_copy(update={"max_scenes": 1, "target_seconds": 2.0})
    film = plan_drafts(JOB_ID, edited(*[draft(n, (None, f"Word {n}.")) for n in range(4)]), few)
    assert len(film.scenes) == 4


def test_scenes_without_words_are_told_of() -> None:
    film = plan_drafts(JOB_ID, edited(draft(1, (None, "...")), draft(2, (None, "Yes."))), STYLE)
    assert len(film.scenes) == 1
    assert film.notes == ("Scenes without words are not in the film: 1.",)
    with pytest.raises(Rejected) as caught:
        plan_drafts(JOB_ID, edited(draft(1, (None, "..."))), STYLE)
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING


def test_more_than_a_film_holds_is_refused_with_a_way_out() -> None:
    many = [draft(n, (None, "word " * 60)) for n in range(100)]
    with pytest.raises(Rejected, match="Delete scenes") as caught:
        plan_drafts(JOB_ID, edited(*many), STYLE)
    assert caught.value.code is ErrorCode.INVALID_INPUT
