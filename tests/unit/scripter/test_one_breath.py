"""A sentence too long for one shot is one scene of several shots; none ends inside a sentence."""

from itertools import accumulate, pairwise

import pytest
from contracts.documents import Paragraph, Plan, Scene, Script
from contracts.events import GenerationSettings
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain import plan_drafts, plan_film, with_drafts
from scripter.domain.beats import beats
from scripter.domain.wording import spoken_seconds

from tests.unit.scripter.making import JOB_ID, SCRIPT_ID, script

WORDS = st.sampled_from(
    ["moon", "a", "harbour,", "lantern;", "and", "of", "the", "ship", "evening", "\u6708\u4eae"]
)
ENDS = st.sampled_from([".", "!", "?", "\u2026", ".\u201d"])


def typed(words: list[str], end: str) -> str:
    return " ".join(words).strip(",;") + end


TYPED = st.builds(typed, st.lists(WORDS, min_size=1, max_size=120), ENDS)
SCRIPTS = st.builds(
    Script,
    script_id=st.just(SCRIPT_ID),
    title=st.just("A film"),
    language=st.just("en"),
    seconds=st.just(1.0),
    words=st.just(1),
    paragraphs=st.lists(
        st.builds(
            Paragraph,
            speaker=st.none() | st.sampled_from(["Ann", "Bob"]),
            sentences=st.lists(TYPED, min_size=1, max_size=6).map(tuple),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
)
SETTINGS = st.builds(
    GenerationSettings,
    fps=st.integers(24, 30),
    max_scene_seconds=st.floats(2, 30),
    min_scene_seconds=st.floats(1, 10),
    max_scenes=st.integers(1, 200),
)


def letters(text: str) -> str:
    return "".join(text.split())


def grouped(plan: Plan) -> list[list[Scene]]:
    """Shots by scene: a shot that continues belongs to the one before."""
    found: list[list[Scene]] = []
    for shot in plan.scenes:
        if not shot.continues:
            found.append([])
        found[-1].append(shot)
    return found


def said(shots: list[Scene]) -> str:
    return letters("".join(shot.narration for shot in shots))


@settings(max_examples=120, deadline=None)
@given(SCRIPTS, SETTINGS)
def test_no_scene_ends_inside_a_sentence(script: Script, wanted: GenerationSettings) -> None:
    plan = plan_film(JOB_ID, script, wanted)
    assert plan == plan_film(JOB_ID, script, wanted)
    assert all(s.frames <= wanted.max_scene_seconds * wanted.fps + 1e-9 for s in plan.scenes)
    sentences = [letters(s) for p in script.paragraphs for s in p.sentences]
    scenes = [said(shots) for shots in grouped(plan)]
    if plan.left_out is None:
        ends = set(accumulate(map(len, sentences)))
        assert "".join(scenes) == "".join(sentences)
        assert set(accumulate(map(len, scenes))) <= ends
    elif len(scenes) > 1:
        assert all(any(scene.endswith(s) for s in sentences) for scene in scenes)


@settings(max_examples=60, deadline=None)
@given(SCRIPTS, SETTINGS)
def test_an_edited_script_keeps_its_scenes(script: Script, wanted: GenerationSettings) -> None:
    drafted = with_drafts(script)
    drafts, film = drafted.scenes, plan_drafts(JOB_ID, drafted, wanted)
    starts = [letters(d.lines[0].text) for d in drafts if not d.continues]
    assert not film.scenes[0].continues
    scenes = [said(shots) for shots in grouped(film)]
    assert len(scenes) == len(starts)
    assert all(scene.startswith(start) for scene, start in zip(scenes, starts, strict=True))


@settings(max_examples=120, deadline=None)
@given(st.lists(WORDS, min_size=30, max_size=200).map(" ".join), st.floats(3, 10))
def test_the_shots_of_a_sentence_are_of_even_length(sentence: str, most: float) -> None:
    parts = beats([Paragraph(sentences=(sentence,))], most)
    assert letters("".join(part.text for part in parts)) == letters(sentence)
    if len(parts) == 1:
        return
    lengths = [spoken_seconds(part.text) for part in parts]
    assert max(lengths) <= most + 1e-6
    assert min(lengths) >= most / 5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("harbour,", "the old men of the village told stories about ships and storms at sea."),
        ("harbour;", "there they told stories about the great ships they had seen as boys."),
        ("summer", "and told their stories about great ships and terrible storms at sea."),
        ("summer", "because they loved to hear about great ships and terrible storms."),
    ],
)
def test_shots_change_at_a_clause(first: str, second: str) -> None:
    opening = f"When the long evening came the people sat on the wall by the quiet {first}"
    found = beats([Paragraph(sentences=(f"{opening} {second}",))], 8.0)
    assert [beat.text for beat in found] == [opening, second]


def test_no_shot_ends_one_broken_sentence_and_begins_another() -> None:
    long = "We walked on through the night, " * 5 + "and came home."
    plan = plan_film(JOB_ID, script((None, (long,) * 6)), GenerationSettings(max_scenes=200))
    assert [said(shots) for shots in grouped(plan)] == [letters(long)] * 6
    assert plan.split_sentences == 6
    assert all(one.index + 1 == two.index for one, two in pairwise(plan.scenes))
