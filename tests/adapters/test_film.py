"""Cutting real clips into films, frame by frame."""

import asyncio
import filecmp
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.values import Transition
from PIL import Image, ImageChops, ImageStat
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.joining import verify
from stitcher.adapters.mixing import FfmpegSound
from stitcher.adapters.segments import read
from stitcher.domain.segments import Blend, Footage, Span, Window, plan
from stitcher.domain.timeline import Joint, lay

from tests.adapters import media
from tests.adapters.cutting import PROFILE, Room, check, engine, mezzanine
from tests.waiting import until

LENGTHS = (45, 60, 41)
FADE = Transition.FADE


@pytest.fixture(scope="module")
async def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three mezzanines of different pictures."""
    folder = tmp_path_factory.mktemp("clips")
    tints = ("hue=h=0", "hue=h=120", "negate")
    return [
        await mezzanine(folder, str(n), frames, filters=tint)
        for n, (frames, tint) in enumerate(zip(LENGTHS, tints, strict=True))
    ]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def differ(one: Image.Image, two: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, two)).mean[0]


async def test_clips_of_the_profile_are_joined_frame_by_frame(
    room: Room, clips: list[Path]
) -> None:
    film = await room.film([await room.cut(p, n) for p, n in zip(clips, LENGTHS, strict=True)])
    check(film, sum(LENGTHS))
    apart = [picture for path in clips for picture in media.pictures(path)]
    joined = media.pictures(film)
    assert max(differ(a, b) for a, b in zip(joined, apart, strict=True)) == 0
    assert len(room.segments.kept) == len(LENGTHS), "only the sound is encoded"


KINDS = [kind for kind in Transition if kind is not Transition.CUT]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_transition_begins_with_one_shot_and_ends_with_the_other(
    room: Room, clips: list[Path], kind: Transition
) -> None:
    cuts = [await room.cut(clips[0], 45), await room.cut(clips[1], 60)]
    film = await room.film(cuts, [Joint(kind, 15)])
    check(film, 90)
    joined = media.pictures(film)
    one, two = media.pictures(clips[0]), media.pictures(clips[1])
    assert max(differ(a, b) for a, b in zip(joined[:30], one[:30], strict=True)) == 0
    assert max(differ(a, b) for a, b in zip(joined[45:], two[15:], strict=True)) == 0
    assert differ(joined[30], one[30]) < 3
    assert differ(joined[44], two[14]) < differ(joined[44], one[44])
    if kind is Transition.FADE_BLACK:
        assert min(map(media.luma, joined[30:45])) < 1
    else:
        between = [differ(joined[30 + n], one[30 + n]) for n in (1, 7, 13)]
        assert between == sorted(between)


async def test_a_fade_is_the_mean_of_both_shots_in_its_middle(
    room: Room, clips: list[Path]
) -> None:
    cuts = [await room.cut(clips[0], 45), await room.cut(clips[2], 41)]
    film = await room.film(cuts, [Joint(FADE, 14)])
    joined = media.pictures(film)
    one, two = media.pictures(clips[0]), media.pictures(clips[2])
    for n in range(14):
        mixed = Image.blend(one[31 + n], two[n], n / 14)
        assert differ(joined[31 + n], mixed) < 2.5, n


@pytest.mark.parametrize("frames", [1, 7, 20])
async def test_transitions_of_any_length_are_exact(
    room: Room, clips: list[Path], frames: int
) -> None:
    cuts = [await room.cut(p, n) for p, n in zip(clips, LENGTHS, strict=True)]
    film = await room.film(cuts, [Joint(FADE, frames), Joint(Transition.SLIDE, frames)])
    check(film, sum(LENGTHS) - 2 * frames)


async def test_in_and_out_points_are_exact(room: Room, clips: list[Path]) -> None:
    cuts = [await room.cut(clips[1], 60, 4, 50), await room.cut(clips[0], 45, 13, 14)]
    film = await room.film(cuts)
    check(film, 47)
    joined = media.pictures(film)
    whole = media.pictures(clips[1])
    assert max(differ(a, b) for a, b in zip(joined, whole[4:50], strict=False)) < 3
    assert differ(joined[46], media.pictures(clips[0])[13]) < 3


async def test_a_card_is_held_for_its_frames(room: Room, clips: list[Path]) -> None:
    still = room.folder / "title.png"
    Image.new("RGB", (640, 360), (0, 0, 200)).save(still)
    cuts = [await room.cut(still, 40), await room.cut(clips[0], 45)]
    film = await room.film(cuts, [Joint(FADE, 15)])
    check(film, 70)
    joined = media.pictures(film)
    assert all(abs(media.luma(picture) - media.luma(joined[0])) < 2 for picture in joined[:25])
    assert (
        max(differ(a, b) for a, b in zip(joined[40:], media.pictures(clips[0])[15:], strict=True))
        == 0
    )


async def test_one_parameter_set_serves_the_whole_film(room: Room, clips: list[Path]) -> None:
    cuts = [await room.cut(p, n) for p, n in zip(clips, LENGTHS, strict=True)]
    film = await room.film(cuts, [Joint(FADE, 15), Joint(Transition.DISSOLVE, 10)])
    assert {read(path).parameter_sets for path in (film, *clips)} == {read(film).parameter_sets}


async def test_equal_clips_make_equal_films(room: Room, clips: list[Path]) -> None:
    cuts = [await room.cut(clips[0], 45), await room.cut(clips[1], 60)]
    first = await room.film(cuts, [Joint(FADE, 15)], "first")
    room.segments.kept.clear()
    room.segments.claims.clear()
    second = await room.film(cuts, [Joint(FADE, 15)], "second")
    assert filecmp.cmp(first, second, shallow=False)


async def test_the_same_clip_may_be_in_a_film_twice(room: Room, clips: list[Path]) -> None:
    cut = await room.cut(clips[1], 60)
    check(await room.film([cut, cut, cut], [Joint(FADE, 15)] * 2), 150)


async def test_every_clip_is_heard_in_its_place(room: Room, tmp_path: Path) -> None:
    loud = media.clip(tmp_path / "loud.mp4", frames=30)
    quiet = media.clip(tmp_path / "quiet.mp4", frames=30, sound=False)
    film = await room.film([await room.cut(quiet, 30), await room.cut(loud, 30)])
    assert media.loudness(film, 0.0, 0.9) < -80
    assert media.loudness(film, 1.1, 0.9) > -40


async def test_sound_changes_over_without_a_click(room: Room, clips: list[Path]) -> None:
    """A tone that is cut off anywhere jumps; faded it moves no faster than the tone itself."""
    cuts = [await room.cut(clips[0], 45, 0, 44), await room.cut(clips[1], 60)]
    own = media.steepest(await room.film(cuts[:1], name="one"), 0.7)
    assert media.steepest(await room.film(cuts, name="cut"), 44 / 30) < 1.3 * own
    crossed = await room.film(cuts, [Joint(FADE, 15)], "crossed")
    assert media.steepest(crossed, 36 / 30, 0.3) < 1.6 * own
    assert media.loudness(crossed, 1.0, 0.4) > media.loudness(crossed, 0.2, 0.4) - 3


async def test_a_killed_stitch_goes_on_with_what_is_finished(room: Room, clips: list[Path]) -> None:
    cuts = [await room.cut(p, n) for p, n in zip(clips, LENGTHS, strict=True)]
    joints = [Joint(FADE, 15), Joint(Transition.WIPE, 10)]
    whole = await room.film(cuts, joints, "whole")
    windows = [s for s in plan(lay(PROFILE, cuts, joints)) if isinstance(s, Window)]
    assert len(room.segments.kept) == len(windows) + len(cuts)
    none = replace(engine(), executable="/nonexistent")
    room.films = FfmpegFilm(none, room.films._parameter_sets)
    room.sounds = FfmpegSound(none)
    again = await room.film(cuts, joints, "again")
    assert filecmp.cmp(again, whole, shallow=False), "no ffmpeg was needed"


async def test_a_missing_object_is_said(room: Room, clips: list[Path]) -> None:
    cut = await room.cut(clips[0], 45)
    shutil.rmtree(room.folder / "objects" / "data")
    with pytest.raises(Rejected, match="Scene 1: its file is missing") as refused:
        await room.film([cut])
    assert refused.value.code is ErrorCode.STITCH_FAILED


def a_window(clips: list[Path]) -> tuple[Window, dict[int, Footage]]:
    window = Window(None, Blend(FADE, Span(0, 30, 45), Span(1, 0, 15)), None)
    return window, {0: Footage(clips[0]), 1: Footage(clips[1])}


async def test_a_full_disk_is_tried_again_and_the_log_is_kept(
    room: Room, clips: list[Path], tmp_path: Path
) -> None:
    full = tmp_path / "window.mp4"
    full.symlink_to("/dev/full")
    with pytest.raises(Transient) as raised:
        await room.films.encode(*a_window(clips), full, PROFILE)
    assert raised.value.code is ErrorCode.STITCH_FAILED
    assert "No space left" in raised.value.detail


async def test_ffmpeg_that_takes_too_long_is_ended_and_tried_again(
    clips: list[Path], tmp_path: Path
) -> None:
    before = media.children()
    with pytest.raises(Transient, match="STITCH_FAILED") as raised:
        await FfmpegFilm(engine(0.01)).encode(*a_window(clips), tmp_path / "w.mp4", PROFILE)
    assert "took over" in raised.value.detail
    assert media.children() == before


async def test_the_end_of_the_log_is_kept(room: Room, clips: list[Path], tmp_path: Path) -> None:
    with pytest.raises(FilmError) as refused:
        await room.films.encode(*a_window(clips), tmp_path / "gone" / "w.mp4", PROFILE)
    assert refused.value.code is ErrorCode.STITCH_FAILED
    assert "No such file" in refused.value.detail


async def test_cancelling_leaves_no_process_and_no_file(room: Room, tmp_path: Path) -> None:
    before = media.children()
    stranger = media.clip(tmp_path / "stranger.mp4", frames=300, size="1280x720", codec="mpeg4")
    cut = await room.cut(stranger, 300)
    joining = asyncio.create_task(room.film([cut, cut], [Joint(FADE, 30)]))

    async def encoding() -> bool:
        return bool(list(tmp_path.glob("film-*/*.mp4"))) and len(media.children() - before) > 0

    await until(encoding, "the stranger is being encoded")
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    assert media.children() == before
    assert list(tmp_path.glob("film-*")) == []


async def test_a_film_that_is_not_as_planned_is_refused(clips: list[Path], tmp_path: Path) -> None:
    verify(clips[0], PROFILE, 45)
    with pytest.raises(Rejected, match="STITCH_FAILED") as refused:
        verify(clips[0], PROFILE, 46)
    assert "frames" in refused.value.detail
    late = tmp_path / "late.mp4"
    media.ffmpeg("-i", str(clips[0]), "-c", "copy", str(late))
    with pytest.raises(Rejected) as refused:
        verify(late, PROFILE, 45)
    assert "order of boxes" in refused.value.detail


async def test_only_whole_groups_of_pictures_are_copied(clips: list[Path]) -> None:
    segment = read(clips[1])
    assert len(segment.stretch(15, 45).ranks) == 30
    for start, end in ((1, 60), (0, 44), (15, 46)):
        with pytest.raises(Rejected) as refused:
            segment.stretch(start, end)
        assert "no keyframe" in refused.value.detail
