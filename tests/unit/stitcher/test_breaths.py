"""A scene of several shots is said in one breath, and its captions follow the voice."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from contracts.documents import Line, Plan, Scene
from contracts.mezzanine import Mezzanine
from hypothesis import given
from hypothesis import strategies as st
from runtime.objects import LocalObjects
from stitcher.domain.breaths import LONGEST_BREATH, breaths
from stitcher.domain.captions import cues
from stitcher.domain.narration import LEAD, heard_lines, placed, slots
from stitcher.domain.timeline import Cut, Joint, Timeline, lay
from stitcher.domain.voices import Word
from stitcher.handlers.narrating import LocalVoices, Narrator, Telling

from tests.unit.stitcher.making import ROOT, card, clip, plan, planned
from tests.unit.stitcher.speaking import FakeVoice, lines

PARTS = ("When the lamp was lit,", "the ships came home", "over the quiet sea.")


def going_on(*scenes: Sequence[Line], after: Sequence[int] = ()) -> Plan:
    """A plan in which the scenes of these numbers continue the one before."""
    made = plan(*scenes)
    marked = [s.model_copy(update={"continues": s.index in after}) for s in made.scenes]
    return made.model_copy(update={"scenes": tuple(marked)})


def sentence(speaker: str | None = None) -> Plan:
    return going_on(*([Line(speaker=speaker, text=part)] for part in PARTS), after=(1, 2))


def film(*order: int, frames: int = 60) -> Timeline:
    cuts = [Cut(clip(str(n), frames=frames), frames, 0, frames, n) for n in order]
    return lay(Mezzanine(320, 320, 30), cuts, [Joint()] * (len(cuts) - 1))


def spoken(film: Timeline, words: Plan) -> list[str]:
    return [slot.breath.text for slot in slots(film, words)]


def test_a_scene_of_several_shots_is_said_in_one_breath() -> None:
    (slot,) = slots(film(0, 1, 2), sentence("Maya"))
    assert (slot.breath.text, slot.breath.speaker) == (" ".join(PARTS), "Maya")
    assert (slot.first, slot.end) == (0.0, 6.0)
    (line,) = placed([(slot, 5.5, ())], 6.0)
    assert (line.start, line.tempo, line.whole) == (LEAD, 1.0, True)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ((1, 0, 2), [PARTS[1], PARTS[0], PARTS[2]]),
        ((0, 2), [PARTS[0], PARTS[2]]),
        ((2, 0, 1), [PARTS[2], f"{PARTS[0]} {PARTS[1]}"]),
        ((1, 2), [f"{PARTS[1]} {PARTS[2]}"]),
    ],
)
def test_shots_that_do_not_follow_each_other_are_said_by_themselves(
    order: tuple[int, ...], said: list[str]
) -> None:
    assert spoken(film(*order), sentence()) == said


def test_a_card_between_ends_the_breath() -> None:
    cuts = [Cut(clip("0", frames=60), 60, 0, 60, 0), card("c", 30)]
    cuts.append(Cut(clip("1", frames=60), 60, 0, 60, 1))
    parted = lay(Mezzanine(320, 320, 30), cuts, [Joint(), Joint()])
    assert spoken(parted, sentence()) == list(PARTS[:2])


def test_another_speaker_or_a_silent_shot_ends_the_breath() -> None:
    asked = going_on([Line(speaker="Maya", text="Is it")], [Line(text="late?")], after=(1,))
    assert spoken(film(0, 1), asked) == ["Is it", "late?"]
    silent = going_on([Line(text="One")], [Line(text="…")], [Line(text="two.")], after=(1, 2))
    assert spoken(film(0, 1, 2), silent) == ["One", "two."]


def test_only_the_lines_at_the_joint_are_joined() -> None:
    first = ([Line(text="It rained."), Line(speaker="Maya", text="We walk on,")],)
    more = ([Line(speaker="Maya", text="and on."), Line(speaker="Theo", text="Stop!")],)
    made = going_on(*first, *more, after=(1,))
    assert spoken(film(0, 1), made) == ["It rained.", "We walk on, and on.", "Stop!"]


def test_scripts_without_spaces_are_joined_without_one() -> None:
    made = going_on([Line(text="吾輩は猫で、")], [Line(text="名前はまだ無い。")], after=(1,))
    assert spoken(film(0, 1), made) == ["吾輩は猫で、名前はまだ無い。"]


@given(
    st.lists(st.tuples(st.text("ab ", max_size=900), st.booleans()), min_size=1, max_size=8),
    st.integers(1, 90),
)
def test_every_line_is_in_one_breath_and_none_is_too_long(
    said: list[tuple[str, bool]], frames: int
) -> None:
    after = [number for number, (_, goes_on) in enumerate(said) if goes_on and number]
    made = going_on(*([Line(text=text or "x")] for text, _ in said), after=after)
    found = slots(film(*range(len(said)), frames=frames), made)
    pieces = [piece.shot for slot in found for piece in slot.breath.pieces]
    assert pieces == [s.index for s in made.scenes if s.narration.strip()]
    assert all(one.end <= two.first + 1e-9 for one, two in pairwise(found))
    for slot in found:
        assert len(slot.breath.pieces) == 1 or len(slot.breath.text) <= LONGEST_BREATH


def test_captions_follow_the_voice_over_the_joints() -> None:
    shots, words = film(0, 1, 2), sentence()
    (slot,) = slots(shots, words)
    told: list[Word] = []
    at = 0
    for number, word in enumerate(slot.breath.text.split()):
        told.append(Word(at, len(word), number * 0.3))
        at += len(word) + 1
    heard = heard_lines(placed([(slot, 4.0, tuple(told))], 6.0), 30)
    assert [(heard[n, 0].first, len(heard[n, 0].starts)) for n in range(3)] == [
        (4, 5),
        (49, 4),
        (85, 4),
    ]
    captions = cues(shots, words, heard)
    assert [cue.text for cue in captions] == list(PARTS)
    assert [cue.first for cue in captions] == [4, 49, 85]
    assert all(one.end <= two.first for one, two in pairwise(captions))


def test_without_times_of_words_a_breath_is_shared_by_words() -> None:
    (slot,) = slots(film(0, 1, 2), sentence())
    heard = heard_lines(placed([(slot, 5.2, ())], 6.0), 30)
    edges = [heard[n, 0].first for n in range(3)] + [heard[2, 0].end]
    assert edges == sorted(edges)
    assert [heard[n, 0].end for n in range(2)] == edges[1:3]


async def test_what_is_said_ahead_is_what_the_film_says(tmp_path: Path) -> None:
    voice, words = FakeVoice(), sentence("Maya")
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    narrator = Narrator(LocalVoices(voice), lines(store))
    await narrator.say_ahead(planned(3), ROOT, words, tmp_path)
    made = await narrator.narrate(Telling(planned(3), ROOT, 1, tmp_path), film(0, 1, 2), words)
    assert [order.text for order in voice.asked] == [" ".join(PARTS)]
    assert made.notes == ()
    assert [line.slot.breath.speaker for line in made.lines] == ["Maya"]


def test_a_plan_of_old_is_said_line_by_line() -> None:
    scenes: list[Scene | None] = [*plan([Line(text="One.")], [Line(text="Two.")]).scenes, None]
    assert [breath.text for breath in breaths(scenes)] == ["One.", "Two."]
