"""The animatic provider, the mezzanine encode and the clip cache, on real files and a database."""

import asyncio
import filecmp
import io
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import imageio_ffmpeg
import pytest
from contracts.documents import Camera, Line
from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine
from generator.adapters.animatic.picture import MovingPicture
from generator.adapters.animatic.provider import Animatic
from generator.adapters.animatic.raster import levelled
from generator.adapters.clips import PostgresClipCache
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.probe import probe
from generator.domain.clip import check_length
from generator.domain.provider import Phase, SceneRequest
from generator.handlers.ports import ClipCache
from PIL import Image, ImageChops, ImageStat
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg, FfmpegError

from tests.adapters import media
from tests.conftest import TestDatabase
from tests.unit.generator.making import MAYA, THEO, FakeClipCache, order, request, take, ticket

TALK = (Line(speaker="Maya", text="The light is on."), Line(speaker="Theo", text="Leave it on."))


async def unheard(share: float) -> None:
    """Nobody is told."""


def at_once() -> bool:
    """An order may leave."""
    return True


def engine(timeout: float = 60.0) -> Ffmpeg:
    return Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(2), timeout)


def profile(asked: SceneRequest) -> Mezzanine:
    return Mezzanine(asked.width, asked.height, asked.fps)


async def film(asked: SceneRequest, path: Path) -> Path:
    provider = Animatic(engine())
    placed = await provider.submit(order(asked, "token"), at_once)
    assert (await provider.poll(placed)).phase is Phase.SUCCEEDED
    await provider.fetch(placed, path, unheard)
    return path


async def test_a_scene_is_a_mezzanine_from_the_start(tmp_path: Path) -> None:
    asked = request(*TALK, cast=(MAYA, THEO), frames=60)
    path = await film(asked, tmp_path / "scene.mp4")
    kept = await FfmpegMezzanine(engine()).make(path, tmp_path, profile(asked), 60, unheard)
    assert kept == path
    found = probe(path)
    assert (found.width, found.height, found.frames, found.start) == (320, 180, 60, 0.0)
    assert {0, 15, 45} <= set(found.keyframes)
    assert media.complaints(path) == ""
    assert list(media.boxes(path)).index("moov") < list(media.boxes(path)).index("mdat")
    assert media.clocks(path) == (0.0, 2.0, 0.0, 2.0)


@pytest.mark.parametrize("move", list(Camera))
async def test_no_frame_is_black_and_the_picture_moves(tmp_path: Path, move: Camera) -> None:
    asked = request(Line(text="Nobody is here."), cast=(), camera=move)
    seen = media.pictures(await film(asked, tmp_path / "scene.mp4"))
    assert len(seen) == 30
    assert min(media.luma(picture) for picture in (seen[0], seen[15], seen[29])) > 24
    sky = (0, 30, 320, 100)
    change = ImageChops.difference(seen[0].crop(sky), seen[29].crop(sky))
    assert ImageStat.Stat(change).mean[0] > 0.5


def test_words_are_drawn_and_stand_still_while_the_land_moves() -> None:
    size = (640, 360)
    spoken = MovingPicture.of(request(Line(text="Words to be read."), cast=(), size=size))
    silent = MovingPicture.of(request(Line(text="\U0010ffff"), cast=(), size=size))
    with_words = ImageChops.difference(spoken.frame(0).y, silent.frame(0).y)
    box = with_words.getbbox()
    assert box is not None
    assert ImageStat.Stat(with_words.crop(box)).mean[0] > 5
    bright = [levelled(spoken.frame(n).y, lambda v: 255 if v > 215 else 0) for n in (0, 29)]
    left, top, right, bottom = box
    still = ImageChops.difference(*(p.crop((left, top, right, bottom)) for p in bright))
    assert ImageStat.Stat(still).mean[0] < 1


def test_lines_come_in_turn_each_with_its_speaker() -> None:
    scene = MovingPicture.of(request(*TALK, cast=(MAYA, THEO), frames=70))
    assert [(p.speaker, p.first, p.end) for p in scene.pages] == [("Maya", 0, 40), ("Theo", 40, 70)]


@pytest.mark.parametrize(
    "text", ["春眠不覺曉", "مرحبا بالعالم", "a\u200db 🎬", "x" * 400, "", "word " * 200]
)
def test_no_text_breaks_a_scene(text: str) -> None:
    scene = MovingPicture.of(request(Line(speaker="李", text=text), frames=12))
    assert len(scene.raw(0, 1)) == 320 * 180 * 3 // 2


@pytest.mark.parametrize("size", [(320, 320), (720, 1280), (1280, 720)])
def test_words_stay_within_the_safe_area(size: tuple[int, int]) -> None:
    long = Line(speaker="Maya", text="A rather long sentence that has to be wrapped. " * 5)
    scene = MovingPicture.of(request(long, size=size, frames=200))
    for page in scene.pages:
        assert page.overlay is not None
        wide, tall = page.overlay.planes.size
        assert page.overlay.left >= size[0] * 0.05
        assert page.overlay.left + wide <= size[0] * 0.95
        assert size[1] * 0.3 <= page.overlay.top
        assert page.overlay.top + tall <= size[1] * 0.96


async def test_the_same_scene_is_the_same_bytes(tmp_path: Path) -> None:
    asked = request(*TALK, cast=(MAYA, THEO))
    one = await film(asked, tmp_path / "one.mp4")
    two = await film(asked, tmp_path / "two.mp4")
    assert filecmp.cmp(one, two, shallow=False)


async def test_an_order_is_found_again_by_its_token() -> None:
    provider, asked = Animatic(engine()), request()
    placed = order(asked, "t")
    assert await provider.reconcile(placed) == await provider.submit(placed, at_once)


async def test_cancelling_leaves_no_process_and_no_waiting_slot(tmp_path: Path) -> None:
    before, running = media.children(), engine()
    placed = ticket(request(frames=900, size=(640, 360)), "t", "r")
    started = asyncio.Event()

    async def seen(share: float) -> None:
        started.set()

    fetching = asyncio.create_task(Animatic(running).fetch(placed, tmp_path / "a.mp4", seen))
    await asyncio.wait_for(started.wait(), 30)
    assert media.children() - before
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert media.children() == before
    assert not running.slots.locked()


async def test_a_process_that_hangs_is_killed_and_its_log_is_kept() -> None:
    before = media.children()

    async def nothing_more() -> AsyncIterator[bytes]:
        yield b"\0"
        await asyncio.Event().wait()

    raw = (
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-s",
        "64x64",
        "-i",
        "pipe:0",
        "-f",
        "null",
        "-",
    )
    with pytest.raises(FfmpegError, match="took over"):
        await engine(timeout=0.5).run(raw, feed=nothing_more())
    assert media.children() == before


async def test_a_failing_process_tells_why() -> None:
    with pytest.raises(FfmpegError) as failed:
        await engine().run(("-i", "/nowhere/at-all.mp4", "-f", "null", "-"))
    assert "No such file" in failed.value.tail
    assert len(failed.value.tail) <= 2_048


STRANGERS = {
    "other rate": {"frames": 25, "rate": "25"},
    "other size": {"size": "200x300"},
    "no sound": {"sound": False},
    "other codec": {"codec": "mpeg4"},
    "same shape, other encoder settings": {},
    "longer": {"frames": 50},
    "a little short": {"frames": 25},
}


@pytest.mark.parametrize("made", STRANGERS.values(), ids=STRANGERS.keys())
async def test_a_foreign_clip_is_encoded_once(tmp_path: Path, made: dict[str, object]) -> None:
    source = media.clip(tmp_path / "raw.mp4", **made)  # pyright: ignore[reportArgumentType]
    maker, wanted = FfmpegMezzanine(engine()), Mezzanine(320, 180, 30)
    path = await maker.make(source, tmp_path, wanted, 30, unheard)
    assert path != source
    found = probe(path)
    assert (found.frames, found.start, found.keyframes) == (30, 0.0, (0, 15))
    assert media.clocks(path) == (0.0, 1.0, 0.0, 1.0)
    assert media.complaints(path) == ""
    assert await maker.make(path, tmp_path, wanted, 30, unheard) == path
    poster = Image.open(io.BytesIO(await maker.poster(path, 30, 30))).convert("L")
    # Number 12 of 30, with a keyframe at 0: what is decoded on the way is not what is shown.
    apart = [luma_apart(poster, shown) for shown in media.pictures(path)]
    assert apart.index(min(apart)) == 12


def luma_apart(one: Image.Image, other: Image.Image) -> float:
    """How far two grey pictures are apart, 0..255."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


async def test_what_a_stranger_said_stays_heard(tmp_path: Path) -> None:
    source = media.clip(tmp_path / "raw.mp4")
    path = await FfmpegMezzanine(engine()).make(
        source, tmp_path, Mezzanine(320, 180, 30), 30, unheard
    )
    report = media.ffmpeg(
        "-loglevel", "info", "-i", str(path), "-af", "volumedetect", "-f", "null", "-"
    )
    loudness = report.split("mean_volume:")[1].split("dB")[0]
    assert float(loudness) > -40


@pytest.mark.parametrize("data", [b"", b"not a film at all" * 100])
async def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "raw.mp4"
    source.write_bytes(data)
    with pytest.raises(Rejected) as refused:
        await FfmpegMezzanine(engine()).make(source, tmp_path, Mezzanine(320, 180, 30), 30, unheard)
    assert refused.value.code is ErrorCode.AI_PROVIDER_FAILURE


@pytest.mark.parametrize("flags", ["+faststart", "0"], ids=["index first", "index last"])
async def test_a_truncated_download_is_refused(tmp_path: Path, flags: str) -> None:
    made, whole = media.clip(tmp_path / "made.mp4", frames=60), tmp_path / "whole.mp4"
    media.ffmpeg("-i", str(made), "-c", "copy", "-movflags", flags, str(whole))
    source = tmp_path / "raw.mp4"
    source.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(Rejected) as refused:
        await FfmpegMezzanine(engine()).make(source, tmp_path, Mezzanine(320, 180, 30), 60, unheard)
    assert refused.value.code is ErrorCode.AI_PROVIDER_FAILURE


async def test_a_clip_that_is_too_short_is_refused(tmp_path: Path) -> None:
    source = media.clip(tmp_path / "raw.mp4", frames=20)
    with pytest.raises(Rejected, match="wrong length"):
        await FfmpegMezzanine(engine()).make(source, tmp_path, Mezzanine(320, 180, 30), 30, unheard)
    with pytest.raises(Rejected, match="wrong length"):
        check_length(probe(source), Mezzanine(320, 180, 30), 30)


@pytest.fixture(params=["fake", "postgres"])
async def cache(
    request: pytest.FixtureRequest, database: TestDatabase
) -> AsyncGenerator[ClipCache, None]:
    if request.param == "fake":
        yield FakeClipCache()
        return
    db = Database(database.dsn("generator"), 2)
    await db.open()
    try:
        yield PostgresClipCache(db)
    finally:
        await db.close()


async def test_a_take_is_remembered_for_its_user_only(cache: ClipCache) -> None:
    user, wanted = uuid4(), "a" * 64
    await cache.put(user, wanted, take())
    assert await cache.get(user, wanted) == take()
    assert await cache.get(uuid4(), wanted) is None
    assert await cache.get(user, "b" * 64) is None


async def test_a_later_take_replaces_the_first(cache: ClipCache) -> None:
    user, wanted = uuid4(), "a" * 64
    later = replace(take("b"), provider_request_id=None, cost_usd="0.1000")
    await cache.put(user, wanted, take())
    await cache.put(user, wanted, later)
    assert await cache.get(user, wanted) == later
