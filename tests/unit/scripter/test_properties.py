"""What holds for every script and every choice of settings."""

import json
import math
from decimal import Decimal

from contracts.documents import Paragraph, Script
from contracts.errors import Rejected
from contracts.events import CharacterRef, GenerationSettings
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain import brief_for, plan_drafts, plan_film, plan_shots, with_drafts
from scripter.domain.model_plan import Answer, Finish, accepted, first_request
from scripter.domain.wording import has_words

from tests.unit.scripter.making import JOB_ID, SCRIPT_ID

WORDS = st.sampled_from(
    [
        "moon",
        "a",
        "Bakery,",
        "3.14",
        "-",
        "\u6708\u4eae",
        "x" * 90,
        "\u2026",
        "na\u00efve;",
        "\u0e2a\u0e27\u0e31" * 9,
        "OK!",
    ]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=40).map(" ".join) | st.text(max_size=60)
PARAGRAPHS = st.builds(
    Paragraph,
    speaker=st.none() | st.sampled_from(["Ann", "Bob", " ", "\u592a\u90ce"]) | st.text(max_size=8),
    sentences=st.lists(SENTENCES, min_size=1, max_size=5).map(tuple),
)
SCRIPTS = st.builds(
    Script,
    script_id=st.just(SCRIPT_ID),
    title=st.text(max_size=20),
    language=st.just("en"),
    seconds=st.just(1.0),
    words=st.just(1),
    paragraphs=st.lists(PARAGRAPHS, min_size=1, max_size=6).map(tuple),
)
SETTINGS = st.builds(
    GenerationSettings,
    fps=st.integers(24, 30),
    max_scene_seconds=st.floats(2, 30),
    min_scene_seconds=st.floats(1, 30),
    style=st.text(max_size=20),
)
CHARACTERS = st.lists(st.builds(CharacterRef, name=st.text(min_size=1, max_size=8)), max_size=3)


def letters(*texts: str) -> str:
    return "".join("".join(text.split()) for text in texts)


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, SETTINGS, CHARACTERS)
def test_every_plan_keeps_every_word_within_the_cap(
    script: Script, wanted: GenerationSettings, characters: list[CharacterRef]
) -> None:
    roomy = wanted.model_copy(update={"max_scenes": 200})
    sentences = [s for p in script.paragraphs for s in p.sentences]
    try:
        plan = plan_film(JOB_ID, script, roomy, characters)
    except Rejected:
        assert not any(map(has_words, sentences))
        return
    assert plan == plan_film(JOB_ID, script, roomy, characters)
    assert [scene.index for scene in plan.scenes] == list(range(len(plan.scenes)))
    spoken = letters(*(scene.narration for scene in plan.scenes))
    assert [c for c in spoken if c.isalnum()] == [c for c in letters(*sentences) if c.isalnum()]
    for scene in plan.scenes:
        assert 1 <= scene.frames <= math.floor(roomy.max_scene_seconds * roomy.fps + 1e-9)
        assert letters(scene.narration) == letters(*(line.text for line in scene.lines))
        assert scene.prompt
        assert scene.title


@settings(max_examples=80, deadline=None)
@given(SCRIPTS, SETTINGS, st.integers(1, 5), st.none() | st.floats(2, 60))
def test_limits_on_scenes_and_length_hold(
    script: Script, wanted: GenerationSettings, most: int, target: float | None
) -> None:
    limited = wanted.model_copy(update={"max_scenes": most, "target_seconds": target})
    try:
        plan = plan_film(JOB_ID, script, limited)
    except Rejected:
        return
    assert 1 <= len(plan.scenes) <= most
    if target is not None and len(plan.scenes) > 1:
        assert sum(scene.frames for scene in plan.scenes) / limited.fps <= target + 1e-6


@settings(max_examples=60, deadline=None)
@given(SCRIPTS, SETTINGS)
def test_drafts_filmed_as_they_stand_keep_every_word(
    script: Script, wanted: GenerationSettings
) -> None:
    try:
        drafted = with_drafts(script)
    except Rejected:
        return
    assert len({scene.id for scene in drafted.scenes}) == len(drafted.scenes)
    plan = plan_drafts(JOB_ID, drafted, wanted)
    written = letters(*(line.text for scene in drafted.scenes for line in scene.lines))
    spoken = letters(*(scene.narration for scene in plan.scenes))
    assert [c for c in spoken if c.isalnum()] == [c for c in written if c.isalnum()]
    assert all(s.frames <= wanted.max_scene_seconds * wanted.fps + 1e-9 for s in plan.scenes)


RANGES = st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 12)), max_size=8)
SCENES = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["A", "", "\u200b", "x" * 500]) | st.text(max_size=9),
        "picture": st.sampled_from(["A lamp", "<b>", "www.x.example"]) | st.text(max_size=9),
        "camera": st.sampled_from(["still", "pan_left", "dolly"]),
    }
)


@settings(max_examples=200, deadline=None)
@given(SCRIPTS, SETTINGS, RANGES, SCENES, st.none() | st.floats(2, 40))
def test_whatever_a_model_answers_the_limits_hold(
    script: Script,
    wanted: GenerationSettings,
    ranges: list[tuple[int, int]],
    looks: dict[str, str],
    target: float | None,
) -> None:
    wanted = wanted.model_copy(update={"target_seconds": target, "max_scenes": 5})
    try:
        brief = brief_for(script, wanted)
    except Rejected:
        return
    assert first_request(brief, "m").digest == first_request(brief, "m").digest
    told = json.dumps({"scenes": [{"first": a, "last": b, **looks} for a, b in ranges]})
    answer = Answer(told, Finish.COMPLETE, 1, 1, Decimal(0))
    shots, faults = accepted(answer, brief)
    assert bool(shots) != bool(faults)
    if not shots:
        return
    by_rule = plan_film(JOB_ID, script, wanted)
    plan = plan_shots(JOB_ID, brief, shots)
    assert len(plan.scenes) <= 5
    assert plan.settings == wanted
    assert all(s.frames <= wanted.max_scene_seconds * wanted.fps + 1e-9 for s in plan.scenes)
    if by_rule.left_out is None:
        assert plan.left_out is None
    ours = sum(scene.frames for scene in by_rule.scenes)
    theirs = sum(scene.frames for scene in plan.scenes)
    assert theirs >= 0.6 * ours - 1
