"""The benchmark's texts are what they say, and ours keeps its promises on them."""

import re

import pytest
from contracts.events import GenerationSettings

from bench.script.corpus import Text, corpus
from bench.script.measure import Figures, measured
from bench.script.methods import ours

TEXTS = corpus()
WIDE = GenerationSettings(max_scene_seconds=8.0, max_scenes=200)
named = pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)


def test_there_are_texts_of_every_kind_and_many_languages() -> None:
    assert len(TEXTS) >= 12
    assert {t.kind for t in TEXTS} >= {"speech", "play", "letter", "dialogue", "talk", "story"}
    assert {t.language for t in TEXTS} >= {"en", "de", "fr", "es", "ru", "ja", "zh", "ar", "he"}
    assert sum("auto" in t.forms for t in TEXTS) >= 5


@named
def test_a_text_is_in_the_public_domain(text: Text) -> None:
    died = [int(year) for year in re.findall(r"-\s?(\d{3,4})\)", text.author)]
    assert all(year <= 1930 for year in died)
    assert died or "unknown" in text.author
    published = re.search(r"\d{3,4}", text.published)
    assert "antiquity" in text.published or (published and int(published[0]) < 1929)


@named
def test_typed_texts_are_kept_whole_and_cut_between_sentences(text: Text) -> None:
    figures = measured(text, "text", ours, WIDE)
    assert (figures.cut, figures.avoidable) == (0, 0)
    assert (figures.kept, figures.over) == (figures.letters, 0.0)
    assert figures.speakers == figures.speakers_marked
    assert figures.right == figures.marked
    assert figures.found - figures.right <= 1


def recognised(form: str, *, tuned: bool) -> Figures:
    having = [text for text in TEXTS if form in text.forms and text.tuned is tuned]
    return sum((measured(text, form, ours, WIDE) for text in having), Figures())


@pytest.mark.parametrize("tuned", [True, False], ids=["made on", "others"])
@pytest.mark.parametrize(("form", "cut"), [("auto", 0.5), ("paused", 0.0), ("timed", 0.12)])
def test_recognised_speech_is_kept_whole_and_cut_where_it_pauses(
    form: str, cut: float, *, tuned: bool
) -> None:
    figures = recognised(form, tuned=tuned)
    assert (figures.kept, figures.over) == (figures.letters, 0.0)
    assert figures.cut <= figures.scenes * cut
    assert figures.longest <= 48
