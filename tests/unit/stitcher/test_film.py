"""The film's steps on fakes: what is stored, what is made again and what is not."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.values import Transition
from runtime.objects import put_model

from tests.unit.stitcher.desk import Desk
from tests.unit.stitcher.makers import FakeFilmMaker
from tests.unit.stitcher.making import (
    FOLDER,
    JOB,
    captioned,
    generated,
    plan,
    planned,
    scratch_below,
)
from tests.waiting import until

FADES = planned(3, transition=Transition.FADE)


async def test_a_film_its_captions_and_its_poster_are_stored(desk: Desk) -> None:
    fact = await desk.stitch(planned(2))
    assert (fact.frames, fact.scenes, fact.title) == (60, 2, "A film")
    assert fact.video.key == f"{FOLDER}/jobs/{JOB}/film.mp4"
    seen = b"clip0[0:30] clip1[0:30]"
    heard = b"sound 26624 at +6.0[0:27] sound 69376 at +6.0[25:93]"
    assert await desk.store.get(fact.video.key) == seen + b" " + heard
    assert await desk.store.get(fact.poster.key) == b"poster0"
    assert (await desk.store.get(fact.captions.key)).decode().startswith("1\n00:00:00,000 -->")
    assert desk.left() == []


async def test_after_the_last_scene_only_its_window_the_sound_and_the_join_are_left(
    desk: Desk,
) -> None:
    await desk.window(FADES, 0)
    assert desk.encoded() == ["window 15"]
    fact = await desk.stitch(FADES)
    assert fact.frames == 60
    assert sorted(text.split()[0] for text in desk.films.made) == ["clip0[0:15]", "window"]


async def test_captions_are_drawn_on_every_stretch_that_has_any(desk: Desk) -> None:
    event = captioned(FADES)
    await desk.stitch(event)
    made = desk.encoded()
    assert all(text.startswith("captioned ") for text in made)
    assert sum(int(text.split()[-1]) for text in made) == 60
    await desk.stitch(event)
    assert desk.encoded() == []


async def test_captions_without_a_font_are_noted_and_not_drawn(desk: Desk) -> None:
    words = plan(*([Line(text=text)] for text in ("\u8a69", "Two.", "Three.")))
    await put_model(desk.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    fact = await desk.stitch(captioned(FADES))
    assert "no font" in fact.notes[0]
    assert not any(text.startswith("captioned") for text in desk.films.made)
    assert "\u8a69" in (await desk.store.get(fact.captions.key)).decode()


async def test_what_is_finished_is_not_made_again(desk: Desk) -> None:
    first = await desk.stitch(FADES)
    desk.films.made.clear()
    assert await desk.stitch(FADES) == first
    assert [text.split("[")[0] for text in desk.films.made] == ["clip0"]


async def test_a_changed_scene_costs_its_windows(desk: Desk) -> None:
    await desk.stitch(FADES)
    desk.films.made.clear()
    await desk.store.put(f"{FOLDER}/clips/0-2.mp4", b"clip0 again", "video/mp4")
    await desk.store.put(f"{FOLDER}/clips/0-2.jpg", b"poster", "image/jpeg")
    await desk.parts.keep_part(generated(0, take=2))
    await desk.stitch(FADES)
    assert sum(text.startswith("window") for text in desk.films.made) == 1


async def test_a_clip_that_does_not_fit_is_fitted_once(desk: Desk) -> None:
    desk.films = FakeFilmMaker(foreign=frozenset({b"clip1"}))
    fact = await desk.stitch(planned(2))
    assert b"fitted clip1[0:30]" in await desk.store.get(fact.video.key)
    await desk.stitch(planned(2))
    assert desk.films.made.count("fitted clip1") == 1


@pytest.mark.parametrize("harm", ["deleted", "damaged"])
async def test_a_kept_segment_that_is_no_more_is_made_again(desk: Desk, harm: str) -> None:
    first = await desk.stitch(FADES)
    whole = await desk.store.get(first.video.key)
    for ref in desk.segments.kept.values():
        if harm == "deleted":
            await desk.store.delete(ref.key)
        else:
            await desk.store.put(ref.key, b"torn", "video/mp4")
    desk.films.made.clear()
    await desk.stitch(FADES)
    assert await desk.store.get(first.video.key) == whole
    assert sum(text.startswith("window") for text in desk.films.made) == 2


async def test_a_segment_that_somebody_else_makes_is_awaited(desk: Desk) -> None:
    """A window's row and the film's row want the same window at the same time."""
    slow, entered = asyncio.Event(), asyncio.Event()

    @dataclass
    class Slow(FakeFilmMaker):
        async def encode(self, *args: object, **told: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            entered.set()
            await slow.wait()
            await FakeFilmMaker.encode(self, *args, **told)  # pyright: ignore[reportArgumentType]

    desk.films = Slow()
    ahead = asyncio.create_task(desk.window(planned(2, transition=Transition.FADE), 0))
    await entered.wait()
    film = asyncio.create_task(desk.stitch(planned(2, transition=Transition.FADE)))

    async def mixed() -> bool:
        return sum("sound" in made for made in desk.sounds.made) == 2

    await until(mixed, "the film is at work")
    slow.set()
    await asyncio.gather(ahead, film)
    assert desk.films.made.count("window 15") == 1


@pytest.mark.parametrize(("suffix", "said"), [("mp4", "Scene 1"), ("jpg", "first scene")])
async def test_a_missing_file_fails_the_film_and_names_the_scene(
    desk: Desk, suffix: str, said: str
) -> None:
    await desk.store.delete(f"{FOLDER}/clips/0-1.{suffix}")
    with pytest.raises(Rejected, match=said) as refused:
        await desk.stitch(planned(2))
    assert refused.value.code is ErrorCode.STITCH_FAILED
    assert f"0-1.{suffix}" in refused.value.detail
    assert desk.left() == []


BROKEN = Rejected(ErrorCode.STITCH_FAILED, detail="the end of the log")
FULL = Transient(ErrorCode.STITCH_FAILED, detail="No space left on device")


@pytest.mark.parametrize("error", [BROKEN, FULL])
async def test_nothing_is_left_of_a_film_that_failed_and_the_next_try_can_help(
    desk: Desk, error: FilmError
) -> None:
    desk.films = FakeFilmMaker(broken=error)
    with pytest.raises(type(error), match="STITCH_FAILED") as raised:
        await desk.stitch(FADES)
    assert raised.value.detail == error.detail
    assert desk.left() == []
    assert await desk.store.head(f"{FOLDER}/jobs/{JOB}/film.mp4") is None
    desk.films = FakeFilmMaker()
    assert (await desk.stitch(FADES)).frames == 60


@pytest.mark.parametrize("error", [BROKEN, FULL])
async def test_a_window_that_fails_ahead_of_time_leaves_it_to_the_film(
    desk: Desk, error: FilmError
) -> None:
    desk.films = FakeFilmMaker(broken=error)
    await desk.window(FADES, 0)
    assert desk.left() == []
    desk.films = FakeFilmMaker()
    assert (await desk.stitch(FADES)).frames == 60


async def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    scratch = scratch_below(tmp_path)
    with scratch.folder() as busy:
        dead = busy.with_name("film-dead")
        dead.mkdir()
        (dead / "at-work.lock").touch()
        (dead / "half.mp4").write_bytes(b"half")
        other = busy.with_name("film-club")
        other.mkdir()
        async with scratch:
            assert sorted(path.name for path in busy.parent.iterdir()) == sorted(
                [busy.name, other.name]
            )
    assert not busy.exists()
