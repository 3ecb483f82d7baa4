"""Joining real clips, and the stitcher's tables, on real files and a database."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import imageio_ffmpeg
import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from PIL import Image, ImageChops, ImageStat
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.parts import PostgresParts
from stitcher.adapters.segments import read, verify
from stitcher.handlers import Parts

from tests.adapters import media
from tests.conftest import TestDatabase
from tests.unit.stitcher.making import JOB, FakeParts, clip, generated, planned
from tests.waiting import until

PROFILE = Mezzanine(320, 180, 30)


async def unheard(share: float) -> None:
    """Nobody is told."""


async def mezzanine(folder: Path, name: str, frames: int) -> tuple[Path, int]:
    """A clip as the generator delivers it."""
    home = folder / name
    home.mkdir()
    raw = media.clip(home / "raw.mp4", frames=frames)
    engine = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(1))
    return await FfmpegMezzanine(engine).make(raw, home, PROFILE, frames, unheard), frames


def films(timeout: float = 60.0) -> FfmpegFilm:
    return FfmpegFilm(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(1), timeout))


def work_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "film"
    folder.mkdir()
    return folder


def differ(one: Image.Image, two: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, two)).mean[0]


async def test_clips_of_the_profile_are_joined_frame_by_frame(tmp_path: Path) -> None:
    clips = [await mezzanine(tmp_path, str(n), frames) for n, frames in enumerate((30, 41, 7))]
    film = await films().make(clips, work_folder(tmp_path), PROFILE)
    joined = media.pictures(film)
    apart = [picture for path, _ in clips for picture in media.pictures(path)]
    assert len(joined) == len(apart) == 78
    assert max(differ(a, b) for a, b in zip(joined, apart, strict=True)) == 0


async def test_a_film_starts_at_nothing_and_sound_and_picture_end_together(tmp_path: Path) -> None:
    clips = [await mezzanine(tmp_path, str(n), frames) for n, frames in enumerate((30, 41, 7))]
    film = await films().make(clips, work_folder(tmp_path), PROFILE)
    start, length, heard_start, heard = media.clocks(film)
    assert (start, heard_start) == (0.0, 0.0)
    assert length == pytest.approx(78 / 30, abs=1e-6)
    assert abs(heard - 78 / 30) < 1 / 30
    assert media.complaints(film) == ""
    boxes = list(media.boxes(film))
    assert boxes.index("moov") < boxes.index("mdat")


async def test_equal_clips_make_equal_films(tmp_path: Path) -> None:
    clips = [await mezzanine(tmp_path, str(n), 20) for n in range(2)]
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = await films().make(clips, one, PROFILE)
    second = await films().make(clips, two, PROFILE)
    assert first.read_bytes() == second.read_bytes()


STRANGERS = {
    "other rate": {"frames": 24, "rate": "24"},
    "other size": {"frames": 30, "size": "200x300"},
    "no sound": {"frames": 30, "sound": False},
    "other codec": {"frames": 30, "codec": "mpeg4"},
    "one frame short": {"frames": 29},
}


@pytest.mark.parametrize("made", STRANGERS.values(), ids=STRANGERS.keys())
async def test_a_stranger_among_the_clips_is_fitted(
    tmp_path: Path, made: dict[str, object]
) -> None:
    known = await mezzanine(tmp_path, "known", 20)
    stranger = media.clip(tmp_path / "stranger.mp4", **made)  # pyright: ignore[reportArgumentType]
    film = await films().make([(stranger, 30), known], work_folder(tmp_path), PROFILE)
    joined = media.pictures(film)
    assert len(joined) == 50
    assert differ(joined[30], media.pictures(known[0])[0]) == 0
    assert media.complaints(film) == ""
    assert media.clocks(film)[0] == 0.0


async def test_every_clip_is_heard_in_its_place(tmp_path: Path) -> None:
    loud = media.clip(tmp_path / "loud.mp4", frames=30)
    quiet = media.clip(tmp_path / "quiet.mp4", frames=30, sound=False)
    film = await films().make([(quiet, 30), (loud, 30)], work_folder(tmp_path), PROFILE)

    def loudness(first: float) -> float:
        window = f"atrim={first}:{first + 0.9},volumedetect"
        report = media.ffmpeg(
            "-loglevel", "info", "-i", str(film), "-af", window, "-f", "null", "-"
        )
        return float(report.split("mean_volume:")[1].split("dB")[0])

    assert loudness(0.0) < -80
    assert loudness(1.1) > -40


@pytest.mark.parametrize("data", [b"", b"no clip " * 200])
async def test_a_broken_clip_fails_the_film(tmp_path: Path, data: bytes) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data)
    with pytest.raises(Rejected) as refused:
        await films().make([(broken, 30)], work_folder(tmp_path), PROFILE)
    assert refused.value.code is ErrorCode.STITCH_FAILED
    assert "broken.mp4" in refused.value.detail


async def test_the_end_of_the_log_is_kept(tmp_path: Path) -> None:
    known = await mezzanine(tmp_path, "known", 20)
    folder = tmp_path / "gone"
    with pytest.raises(Rejected) as refused:
        await films().make([known], folder, PROFILE)
    assert refused.value.code is ErrorCode.STITCH_FAILED
    assert "No such file" in refused.value.detail


async def test_cancelling_leaves_no_process(tmp_path: Path) -> None:
    before = media.children()
    stranger = media.clip(tmp_path / "stranger.mp4", frames=300, size="1280x720", codec="mpeg4")
    joining = asyncio.create_task(
        films().make([(stranger, 300)], work_folder(tmp_path), Mezzanine(1280, 720, 30))
    )
    fitted = tmp_path / "film" / "fitted-0.mp4"

    async def encoding() -> bool:
        return fitted.exists()

    await until(encoding, "the stranger is being encoded")
    assert media.children() - before
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining
    assert media.children() == before


async def test_a_film_that_is_not_as_planned_is_refused(tmp_path: Path) -> None:
    path, frames = await mezzanine(tmp_path, "a", 20)
    verify(path, PROFILE, frames)
    with pytest.raises(Rejected, match="STITCH_FAILED") as refused:
        verify(path, PROFILE, frames + 1)
    assert "frames" in refused.value.detail
    late = tmp_path / "late.mp4"
    media.ffmpeg("-i", str(path), "-c", "copy", str(late))
    with pytest.raises(Rejected) as refused:
        verify(late, PROFILE, frames)
    assert "order of boxes" in refused.value.detail
    assert read(late).parameter_sets == read(path).parameter_sets


@pytest.fixture(params=["fake", "postgres"])
async def parts(
    request: pytest.FixtureRequest, database: TestDatabase
) -> AsyncGenerator[Parts, None]:
    if request.param == "fake":
        yield FakeParts()
        return
    db = Database(database.dsn("stitcher"), 2)
    await db.open()
    try:
        yield PostgresParts(db)
    finally:
        await db.close()


async def test_plans_and_takes_are_kept_once(parts: Parts) -> None:
    assert await parts.plan(JOB) is None
    assert await parts.parts(JOB) == ()
    await parts.keep_plan(planned(2))
    await parts.keep_plan(planned(3))
    for event in (generated(1), generated(0), generated(1), generated(1, take=2)):
        await parts.keep_part(event)
    assert await parts.plan(JOB) == planned(2)
    found = sorted(await parts.parts(JOB), key=lambda part: (part.scene_index, part.take))
    kept = [(part.scene_index, part.take, part.clip) for part in found]
    assert kept == [(0, 1, clip("0-1")), (1, 1, clip("1-1")), (1, 2, clip("1-2"))]
    assert await parts.parts(uuid4()) == ()
