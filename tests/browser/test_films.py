"""Films that were cut here, as a real Chromium plays them."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from runtime.objects import LocalObjects

from tests.adapters import media
from tests.adapters.cutting import mezzanine
from tests.browser.chromium import chromium
from tests.browser.showing import BLOCK, CUES, FPS, SHAPES, Shown, cut, nearest
from tests.browser.watching import FilmNotShownError, Told, watch
from tests.waiting import until

FRAME = 1 / FPS
AWAY = (3, 3, 16)
"""Of 255. libyuv, which paints for Chromium without a GPU, weighs blue by 2 and not by 2.112."""


@pytest.fixture(scope="module", params=SHAPES)
async def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return await cut(tmp_path_factory.mktemp("film"), request.param)


@pytest.fixture(scope="module")
async def told(shown: Shown) -> Told:
    """What Chromium says of a film after it has played it once."""
    frames = shown.looked_at
    return await watch(shown.root, shown.film, shown.captions, frames, fps=FPS, block=BLOCK)


def test_a_browser_opens_a_film_in_its_shape_and_length(shown: Shown, told: Told) -> None:
    profile = shown.timeline.profile
    assert (told.opened.width, told.opened.height) == (profile.width, profile.height)
    assert told.opened.seconds == pytest.approx(shown.timeline.frames * FRAME, abs=FRAME)
    assert told.answers == {206}, "fetched in ranges"


def test_a_browser_plays_a_film_to_its_end(shown: Shown, told: Told) -> None:
    """Every picture is decoded; a busy machine may not show them all, and never goes back."""
    played = told.played
    assert (played.frames, played.corrupted) == (shown.timeline.frames, 0)
    assert played.at == pytest.approx(told.opened.seconds, abs=0.001)
    numbers = [round(time * FPS) for time in played.times]
    assert played.times == pytest.approx([number * FRAME for number in numbers], abs=0.001)
    assert all(one < two for one, two in pairwise(numbers)), numbers
    assert len(numbers) > shown.timeline.frames / 4
    assert numbers[-1] > shown.borders[-1], "past every joint"


def test_a_browser_hears_the_whole_sound(shown: Shown, told: Told) -> None:
    assert told.played.heard == shown.heard


def test_a_browser_finds_every_picture_where_it_stands(shown: Shown, told: Told) -> None:
    """On both sides of every joint, and amid what was copied and what was encoded."""
    assert [one.frame for one in told.found] == list(shown.looked_at)
    for one in told.found:
        assert one.time == pytest.approx(one.frame * FRAME, abs=0.001)
        assert nearest(one.means, shown.pictures) == one.frame
        away = np.abs(shown.pictures[one.frame] - np.array(one.means)).max(axis=0)
        assert (away < AWAY).all(), f"red, green and blue of frame {one.frame}"


def test_a_browser_reads_the_captions(told: Told) -> None:
    assert told.tracks == 1, "chapters are none of them"
    wanted = [(cue.first * FRAME, cue.end * FRAME, cue.text) for cue in CUES]
    assert [cue[2] for cue in told.cues] == [cue[2] for cue in wanted]
    times = [time for cue in told.cues for time in cue[:2]]
    assert times == pytest.approx([time for cue in wanted for time in cue[:2]], abs=0.001)


async def test_what_a_browser_cannot_play_is_told(tmp_path: Path) -> None:
    """Packets of another encoder under a clip's header: what a join must never let through."""
    clip = await mezzanine(tmp_path, "clip", 30)
    other = media.clip(tmp_path / "other.mp4", frames=30, codec="mpeg4", sound=False)
    joined = tmp_path / "joined.mp4"
    with av.open(str(joined), "w") as target:
        with av.open(str(clip)) as source:
            stream = target.add_stream_from_template(source.streams.video[0])
            length = source.streams.video[0].duration or 0
        for path, late in ((clip, 0), (other, length)):
            with av.open(str(path)) as source:
                for packet in source.demux(video=0):
                    if packet.pts is not None and packet.dts is not None:
                        packet.stream = stream
                        packet.pts, packet.dts = packet.pts + late, packet.dts + late
                        target.mux(packet)
    store = LocalObjects(tmp_path / "objects", public_url="", signing_key=b"key")
    film = await store.put("users/joined.mp4", joined, "video/mp4")
    words = await store.put("users/joined.vtt", b"WEBVTT\n", "text/vtt")
    with pytest.raises(FilmNotShownError, match=r"video: 3 .*DECODE"):
        await watch(tmp_path / "objects", film.key, words.key, [0], fps=FPS, block=BLOCK)


async def test_nothing_is_left_of_a_browser() -> None:
    async with chromium("about:blank") as browser:

        async def parts() -> bool:
            return len(browser.processes()) > 2

        await until(parts, "the browser and its parts run")
    assert browser.processes() == set()
    assert not Path(browser.home).exists()
