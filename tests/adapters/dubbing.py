"""Films of nothing but sound: tracks under cards, mixed as any film is, and heard."""

import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contracts.mezzanine import SAMPLE_RATE
from PIL import Image
from stitcher.adapters import loudness
from stitcher.domain.sound import Piece, Track
from stitcher.domain.timeline import Cut, Joint, lay
from stitcher.handlers.sounding import Sounding

from tests.adapters import media
from tests.adapters.cutting import PROFILE, Room

DIGEST = "0" * 64


@dataclass(frozen=True)
class Heard:
    """How loud a whole sound is, LUFS, and its true peak, dBTP: as ffmpeg itself finds them."""

    lufs: float
    peak: float


def tone(path: Path, graph: str, seconds: float) -> Path:
    """A source of ffmpeg's as a file."""
    media.ffmpeg("-f", "lavfi", "-i", graph, "-t", str(seconds), str(path))
    return path


def whole(name: str, seconds: float, first: float = 0.0) -> Piece:
    """A file from its beginning, at a second of the film."""
    samples = round(seconds * SAMPLE_RATE)
    return Piece(name, DIGEST, 0, round(first * SAMPLE_RATE), samples, 240, 240)


async def dubbed(
    room: Room, tracks: Sequence[Track], files: Mapping[str, Path], lengths: Sequence[float]
) -> Path:
    """A film of cards of these lengths in seconds, and these tracks."""
    card = room.folder / "card.png"
    Image.new("RGB", (PROFILE.width, PROFILE.height)).save(card)
    cut = await room.cut(card, 1)
    frames = [round(seconds * PROFILE.fps) for seconds in lengths]
    cuts = [Cut(cut.source, count, 0, count) for count in frames]
    sources = {key: _copying(path) for key, path in files.items()}
    film = lay(PROFILE, cuts, [Joint()] * (len(cuts) - 1))
    return await room.lay(film, "dubbed", sounding=Sounding(tuple(tracks), sources))


def _copying(path: Path) -> Callable[[Path], Awaitable[None]]:
    async def copy(source: Path, target: Path) -> None:
        shutil.copyfile(source, target)

    return partial(copy, path)


def heard(path: Path) -> Heard:
    """Listen to a film."""
    report = path.with_suffix(".report")
    media.ffmpeg(*loudness.measuring(path, report))
    told = report.read_text()
    (lufs,) = re.findall(r"lavfi\.r128\.I=(-?[\d.]+)", told)[-1:] or ["-70"]
    return Heard(float(lufs), loudness.read(report, 0, SAMPLE_RATE).peak)
