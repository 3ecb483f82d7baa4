"""What a provider may send and still be no clip; and never more encodes than places."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import pytest
from contracts.errors import ErrorCode
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.domain.clip import Unusable
from runtime.ffmpeg import TAIL_BYTES, Ffmpeg, FfmpegError

from tests.adapters import media

PROFILE = Mezzanine(320, 180, 30)
SAID = "Error while decoding stream #0:0: Invalid data found"


async def unheard(_: float) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Failing(Ffmpeg):
    """An ffmpeg that fails on every film but the one of one picture."""

    async def run(self, args: object, **more: object) -> None:  # type: ignore[override]
        if "color=c=gray:s=320x180:r=30" in str(args):
            await Ffmpeg.run(self, args, **more)  # type: ignore[arg-type]
            return
        raise FfmpegError("ended with 1", "x" * TAIL_BYTES + SAID)


def engine(places: int = 1, kind: type[Ffmpeg] = Ffmpeg) -> Ffmpeg:
    return kind(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(places), 60)


async def refused(
    folder: Path, source: Path, frames: int = 24, ffmpeg: Ffmpeg | None = None
) -> Unusable:
    with pytest.raises(Unusable) as caught:
        await FfmpegMezzanine(ffmpeg or engine()).make(source, folder, PROFILE, frames, unheard)
    assert caught.value.code is ErrorCode.AI_PROVIDER_FAILURE
    return caught.value


@pytest.mark.parametrize("size", ["64x36", "180x320", "640x120"])
async def test_another_size_class_is_refused(tmp_path: Path, size: str) -> None:
    source = media.clip(tmp_path / "raw.mp4", size=size, frames=24, sound=False)
    error = await refused(tmp_path, source)
    assert (error.message, size in error.detail) == (
        "The provider sent a clip of the wrong size",
        True,
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "the file is empty"), (b"<html>Sign in</html>", "InvalidDataError")],
)
async def test_what_is_empty_or_no_video_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    source = tmp_path / "raw.mp4"
    source.write_bytes(data)
    assert said in (await refused(tmp_path, source)).detail


async def test_what_is_too_short_is_refused(tmp_path: Path) -> None:
    source = media.clip(tmp_path / "raw.mp4", frames=24, sound=False)
    error = await refused(tmp_path, source, frames=60)
    assert error.detail == "0.800 s instead of 2.000 s"


@pytest.mark.parametrize("size", ["320x180", "640x360"], ids=["as it is", "to be encoded"])
async def test_what_is_broken_inside_is_refused(tmp_path: Path, size: str) -> None:
    if size == "320x180":
        foreign = media.clip(tmp_path / "foreign.mp4", frames=30)
        maker = FfmpegMezzanine(engine())
        source = await maker.make(foreign, tmp_path, PROFILE, 30, unheard)
        assert await maker.make(source, tmp_path, PROFILE, 30, unheard) == source
    else:
        source = media.clip(tmp_path / "raw.mp4", size=size, frames=30)
    data = bytearray(source.read_bytes())
    # Every packet keeps its place and its length; the pictures in it are gone.
    middle = data.index(b"mdat") + 800
    data[middle:-3_000] = b"\xa5" * (len(data) - 3_000 - middle)
    source.write_bytes(data)
    await refused(tmp_path, source, frames=30)


async def test_the_end_of_what_ffmpeg_said_is_kept_for_support(tmp_path: Path) -> None:
    source = media.clip(tmp_path / "raw.mp4", frames=24, size="640x360", sound=False)
    error = await refused(tmp_path, source, ffmpeg=engine(kind=Failing))
    assert error.detail.endswith(SAID)
    assert "Error while" not in error.message
    assert len(error.detail) <= TAIL_BYTES


@dataclass
class Counting(asyncio.Semaphore):
    """A semaphore that remembers how many were inside at once."""

    places: int
    inside: int = 0
    most: int = field(default=0)

    def __post_init__(self) -> None:
        asyncio.Semaphore.__init__(self, self.places)

    async def acquire(self) -> bool:  # type: ignore[override]
        taken = await super().acquire()
        self.inside += 1
        self.most = max(self.most, self.inside)
        return taken

    def release(self) -> None:
        self.inside -= 1
        super().release()


async def test_no_more_encodes_run_at_once_than_there_are_places(tmp_path: Path) -> None:
    source = media.clip(tmp_path / "raw.mp4", frames=24, size="200x112", sound=False)
    places = Counting(2)
    maker = FfmpegMezzanine(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), places, 60))
    folders = [tmp_path / str(n) for n in range(6)]
    for folder in folders:
        folder.mkdir()
    made = await asyncio.gather(
        *(maker.make(source, folder, PROFILE, 24, unheard) for folder in folders)
    )
    assert len(set(made)) == 6
    assert (places.most, places.inside) == (2, 0)
    assert len({path.read_bytes() for path in made}) == 1
