"""Clips as no provider should send them: the film is exact all the same."""

import shutil
from dataclasses import replace
from pathlib import Path

import av
import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.values import Transition
from PIL import Image, ImageChops
from stitcher.domain.chapters import Chapter
from stitcher.domain.timeline import Cut, Joint, lay
from stitcher.handlers.sounding import Sounding

from tests.adapters import media
from tests.adapters.cutting import PROFILE, Room, check

HDR = (
    "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc",
    "-pix_fmt", "yuv420p10le", "-c:v", "libx264",
)  # fmt: skip


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def source(path: Path, *options: str, size: str = "320x180", seconds: float = 1.0) -> Path:
    """A second of test picture, written with these options."""
    seen = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d={seconds}")
    media.ffmpeg(*seen, *options, str(path))
    return path


def odd_size(path: Path) -> Path:
    return source(path, "-vf", "scale=333:187", "-pix_fmt", "yuv444p", "-c:v", "libx264")


def other_rates(path: Path) -> Path:
    """Every third picture is missing in the second half."""
    dropped = "select='lt(n,15)+mod(n,3)'"
    return source(path, "-vf", dropped, "-fps_mode", "vfr", "-c:v", "libx264")


def silent(path: Path) -> Path:
    return source(path, "-c:v", "libx264", "-an")


def telephone(path: Path) -> Path:
    sound = ("-f", "lavfi", "-i", "sine=440:r=8000:d=1", "-ac", "1", "-ar", "8000")
    return source(path, *sound, "-c:a", "aac", "-c:v", "libx264")


def one_picture(path: Path) -> Path:
    return source(path, "-frames:v", "1", "-c:v", "libx264")


def torn(path: Path) -> Path:
    whole = source(path.with_suffix(".ts"), "-c:v", "libx264", "-g", "10", "-f", "mpegts")
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    return path


def turned(path: Path) -> Path:
    upright = source(path.with_name("upright.mp4"), "-c:v", "libx264", size="180x320")
    media.ffmpeg("-display_rotation", "90", "-i", str(upright), "-c", "copy", str(path))
    return path


def bright(path: Path) -> Path:
    return source(path, *HDR)


def other_clock(path: Path) -> Path:
    return source(path, "-video_track_timescale", "90000", "-r", "29.97", "-c:v", "libx264")


def late(path: Path) -> Path:
    """Its clock does not begin at 0."""
    return source(path, "-c:v", "libx264", "-output_ts_offset", "3.7")


def wide_pixels(path: Path) -> Path:
    return source(path, "-vf", "scale=160:180,setsar=2", "-c:v", "libx264")


STRANGERS = [
    odd_size, other_rates, silent, telephone, one_picture, torn, turned, bright, other_clock,
    late, wide_pixels,
]  # fmt: skip


@pytest.mark.parametrize("make", STRANGERS)
async def test_every_clip_becomes_exactly_its_frames(room: Room, make: object) -> None:
    assert callable(make)
    made = make(room.folder / "stranger.mp4")
    assert isinstance(made, Path)
    stranger = await room.cut(made, 30)
    film = await room.film([stranger, stranger], [Joint(Transition.FADE, 10)])
    check(film, 50)
    conforms(film)


def conforms(film: Path) -> None:
    """What browsers play: one avc1 track with ordinary colours, from its first bytes on."""
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert (video.start_time, context.pix_fmt) == (0, "yuv420p")
        assert (context.codec_tag, context.profile) == ("avc1", "High")
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert tuple(map(int, tags)) == (1, 1, 1, 1), "BT.709, limited range"
        assert container.streams.audio[0].codec_context.name == "aac"
    boxes = list(media.boxes(film))
    assert boxes.index("moov") < boxes.index("mdat")


async def test_a_bright_picture_is_toned_and_not_only_renamed(room: Room) -> None:
    """Grey as bright as paper stays grey; untouched, its number would be read as almost white."""
    paper = "format=gray10le,lutyuv=y=594,format=yuv420p10le"
    bright_clip = source(room.folder / "paper.mp4", "-vf", paper, *HDR)
    film = await room.film([await room.cut(bright_clip, 30)])
    light = media.luma(media.pictures(film)[10])
    assert 90 < light < 235


async def test_a_turned_clip_is_seen_upright(room: Room) -> None:
    stranger = turned(room.folder / "turned.mp4")
    film = await room.film([await room.cut(stranger, 30)])
    shown = room.folder / "shown.png"
    media.ffmpeg("-i", str(stranger), "-frames:v", "1", str(shown))
    player = Image.open(shown).convert("L")
    assert player.size == (PROFILE.width, PROFILE.height)
    difference = ImageChops.difference(player, media.pictures(film)[0])
    assert media.luma(difference) < 4, "as a player shows it"


async def test_a_clip_that_is_no_picture_is_refused_by_name(room: Room) -> None:
    empty = room.folder / "empty.mp4"
    empty.write_bytes(b"<html>")
    with pytest.raises(Rejected, match="Scene 1: its file cannot be read") as refused:
        await room.film([await room.cut(empty, 30)])
    assert refused.value.code is ErrorCode.STITCH_FAILED


async def test_a_missing_object_is_said_by_name(room: Room) -> None:
    clip = media.clip(room.folder / "clip.mp4")
    cut = await room.cut(clip, 30)
    shutil.rmtree(room.folder / "objects")
    with pytest.raises(Rejected, match="Scene 1: its file is missing"):
        await room.film([cut])


async def test_chapters_are_in_the_file(room: Room) -> None:
    clip = await room.cut(media.clip(room.folder / "clip.mp4"), 30)
    cuts = [Cut(clip.source, 30, 0, 30, n) for n in range(2)]
    marks = (Chapter(0, 30, "Mond & Meer \u00e9"), Chapter(30, 60, "\u8a69"))
    with room.scratch.folder() as folder:
        cutting = room.cutting(lay(PROFILE, cuts, [Joint()]), folder)
        made = await replace(cutting, chapters=marks).whole(Sounding())
        check(made, 60)
        conforms(made)
        with av.open(str(made)) as container:
            found = container.chapters()
    seconds = [
        tuple(edge * (one["time_base"] or 0) for edge in (one["start"], one["end"]))
        for one in found
    ]
    assert seconds == [(0, 1), (1, 2)]
    assert [one["metadata"]["title"] for one in found] == [one.title for one in marks]
