"""Captions drawn on pictures: where and when they are due, with every letter or a word of it."""

from pathlib import Path

import numpy as np
import pytest
from contracts.documents import Line
from contracts.mezzanine import Mezzanine
from contracts.values import CaptionSettings
from stitcher.adapters.film import FfmpegFilm
from stitcher.domain import subtitles
from stitcher.domain.captions import Cue, cues
from stitcher.domain.segments import Footage, Span, Window

from tests.adapters import media
from tests.adapters.cutting import PROFILE, engine, mezzanine
from tests.unit.stitcher.making import plan
from tests.unit.stitcher.test_captions import film as laid


@pytest.fixture
def films() -> FfmpegFilm:
    return FfmpegFilm(engine())


# Homer, "Odyssey", book 1; Genesis 1:1 (public domain).
TEXTS = {
    "latin": "Sing to me of the man, Muse",
    "greek": "ἄνδρα μοι ἔννεπε, μοῦσα",
    "hebrew": "בראשית ברא אלהים את השמים",
}


@pytest.mark.parametrize("name", TEXTS)
async def test_captions_are_drawn_where_and_when_they_are_due(
    films: FfmpegFilm, tmp_path: Path, name: str
) -> None:
    clip = await mezzanine(tmp_path, "clip", 30, filters="drawbox=c=black:t=fill", sound=False)
    (cue,) = cues(laid(30), plan([Line(text=TEXTS[name])]))
    style = CaptionSettings(burn=True, karaoke=True)
    text = subtitles.drawn([Cue(10, 20, cue.text)], style, PROFILE)(0, 30)
    out = tmp_path / "out.mp4"
    window = Window(Span(0, 0, 30), None, None)
    await films.encode(window, {0: Footage(clip)}, out, PROFILE, text)
    assert media.complaints(out) == ""
    pictures = [np.asarray(picture) for picture in media.pictures(out)]
    bright = [int(picture.max()) > 150 for picture in pictures]
    assert bright == [10 <= n < 20 for n in range(30)]
    rows, columns = np.nonzero(pictures[15] > 150)
    assert rows.min() > PROFILE.height / 2
    assert columns.min() > 0.04 * PROFILE.width
    assert columns.max() < 0.96 * PROFILE.width
    assert abs((columns.min() + columns.max()) / 2 - PROFILE.width / 2) < 0.05 * PROFILE.width


async def test_a_captioned_stretch_can_stand_in_the_film(films: FfmpegFilm, tmp_path: Path) -> None:
    clip = await mezzanine(tmp_path, "clip", 90)
    text = subtitles.drawn([Cue(0, 90, "Words")], CaptionSettings(burn=True), PROFILE)(0, 60)
    out = tmp_path / "out.mp4"
    await films.encode(Window(Span(0, 30, 90), None, None), {0: Footage(clip)}, out, PROFILE, text)
    assert await films.whole(out, Mezzanine(320, 180, 30), 60)


@pytest.mark.parametrize(("text", "there"), [("Muse, ברא", True), ("\U00012000", False)])
async def test_letters_without_a_font_are_noticed(
    films: FfmpegFilm, tmp_path: Path, text: str, there: bool
) -> None:
    def draw(letter: str) -> str:
        style = CaptionSettings(burn=True)
        return subtitles.drawn([Cue(0, 30, letter)], style, PROFILE)(0, 1) or ""

    assert await films.legible(text, draw, tmp_path) is there
