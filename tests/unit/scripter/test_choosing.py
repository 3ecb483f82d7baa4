"""A shorter film keeps its ends and what tells most, and says what it leaves out."""

import pytest
from contracts.documents import Plan
from scripter.domain.beats import Beat, beats
from scripter.domain.choosing import choose, left_out
from scripter.domain.cutting import cut_scenes
from scripter.domain.topics import depths, salience

from tests.unit.scripter.making import script
from tests.unit.scripter.test_plans import plan

MOON = "The moon baker bakes moon bread for the harbour moon."
PLAIN = "Then nothing much went on and on for a while."


def scene(number: int, text: str = PLAIN, **changes: object) -> list[Beat]:
    values = {"text": text, "speaker": None, "paragraph": 0, "sentence": number, "seconds": 10.0}
    return [Beat(**(values | changes))]  # pyright: ignore[reportArgumentType]


def length(parts: object) -> float:
    return 10.0


@pytest.mark.parametrize(
    ("count", "most", "target", "kept"),
    [
        (5, 10, None, 5),
        (9, 3, None, 3),
        (9, 1, None, 1),
        (9, 9, 25.0, 2),
        (9, 9, 5.0, 1),
        (9, 5, 45.0, 4),
        (200, 200, 1000.0, 100),
    ],
)
def test_as_many_scenes_stay_as_fit_with_both_ends(
    count: int, most: int, target: float | None, kept: int
) -> None:
    scenes = [scene(number) for number in range(count)]
    found = choose(scenes, length, most_scenes=most, target_seconds=target)
    assert len(found) == kept
    assert found[0] is scenes[0]
    assert found[-1] is scenes[-1] or kept == 1
    numbers = [part[0].sentence for part in found]
    assert numbers == sorted(numbers)


def test_the_middle_is_kept_evenly_and_by_what_it_tells() -> None:
    telling = {3, 7, 12, 17}
    scenes = [scene(n, MOON if n in telling | {0, 19} else f"Well {n}, um.") for n in range(20)]
    found = choose(scenes, length, most_scenes=6, target_seconds=None)
    assert {part[0].sentence for part in found} == telling | {0, 19}


def test_a_sentence_over_two_scenes_is_kept_whole_or_not_at_all() -> None:
    broken = [scene(1, ends=False), scene(1, part=1, begins=False)]
    scenes = [scene(0), *broken, scene(2), scene(3)]
    for most in range(2, 5):
        found = choose(scenes, length, most_scenes=most, target_seconds=None)
        halves = [part for part in found if part[0].sentence == 1]
        assert len(halves) in {0, 2}


def test_what_is_left_out_is_told() -> None:
    words = tuple(f"Sentence number {n} has exactly seven words." for n in range(12))
    film: Plan = plan(script((None, words)), target_seconds=12)
    assert film.left_out is not None
    said = " ".join(part.narration for part in film.scenes)
    missing = [word for word in words if word not in said]
    assert film.left_out.sentences == len(missing) > 0
    assert (film.left_out.words, film.left_out.seconds) == (7 * len(missing), 2.8 * len(missing))
    assert sum(part.sentences for part in film.left_out.passages) == len(missing)
    assert film.left_out.passages[0].opening == missing[0]
    assert film.left_out.passages[0].after == 0
    assert words[0] in said
    assert words[-1] in said
    assert sum(part.frames for part in film.scenes) / 30 <= 12
    assert plan(script((None, words))).left_out is None


def test_a_film_may_begin_late_in_what_is_left_out() -> None:
    said = [part for number in range(3) for part in scene(number)]
    told = left_out(said, [[said[1]]])
    assert told is not None
    assert [(p.after, p.sentences) for p in told.passages] == [(None, 1), (0, 1)]


def test_scenes_are_cut_where_the_topic_turns() -> None:
    bread = [f"The bread oven bakes flour bread number {n}." for n in range(6)]
    ships = [f"The harbour ships carry sails number {n}." for n in range(6)]
    deep = depths(bread + ships)
    assert max(deep) == deep[5] > 0.5
    said = beats(script((None, (*bread, *ships))).paragraphs, 20.0)
    scenes = cut_scenes(said, least_seconds=2.0, most_seconds=20.0, most_scenes=60)
    assert [part.sentence for part in scenes[0]] == list(range(6))


def test_pauses_draw_the_cut() -> None:
    words = [scene(n, f"w{n}", seconds=2.0, pause=3.0 * (n == 3))[0] for n in range(6)]
    scenes = cut_scenes(words, least_seconds=2.0, most_seconds=8.0, most_scenes=60)
    assert [len(part) for part in scenes] == [3, 3]


def test_salience_knows_what_a_text_is_about() -> None:
    worth = salience([MOON, PLAIN, "Moon bread.", "Nobody knows."])
    assert worth[0] > worth[2] > worth[3]
    assert salience(["...", "!"]) == [0.0, 0.0]


def test_fewer_scenes_are_tried_before_words_are_left_out() -> None:
    lines = [(f"P{n}", (f"Line number {n} is here now.",)) for n in range(12)]
    fuller = plan(script(*lines), max_scenes=4)
    assert fuller.left_out is None
    assert len(fuller.scenes) == 4


def test_a_sentence_a_little_too_long_is_spoken_quicker_and_a_longer_one_is_counted() -> None:
    quick = plan(script((None, (" ".join(["word"] * 24) + ".",))))
    assert [(s.frames, s.continues) for s in quick.scenes] == [(240, False)]
    assert quick.split_sentences == 0
    slow = plan(script((None, (" ".join(["word"] * 25) + ".", "Yes.", "No."))))
    assert [s.continues for s in slow.scenes] == [False, True]
    assert slow.split_sentences == 1
