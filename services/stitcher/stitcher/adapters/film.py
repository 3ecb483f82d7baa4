"""ffmpeg and PyAV at the film: windows, strangers and the join, each to a file."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import av
import av.error
from contracts.errors import Rejected
from contracts.mezzanine import Mezzanine
from contracts.values import Framing
from runtime.ffmpeg import Ffmpeg, OnSeconds

from stitcher.adapters import joining, lettering, pictures
from stitcher.adapters.running import ran
from stitcher.adapters.segments import Segment, failed, read, turned
from stitcher.domain.chapters import Chapter
from stitcher.domain.segments import Footage, Still, Window
from stitcher.domain.steps import OnShare


@dataclass(frozen=True, slots=True)
class FfmpegFilm:
    """Implements the ``FilmMaker`` port.

    Every method raises ``Rejected(STITCH_FAILED)`` with the end of ffmpeg's log, or ``Transient``
    if it was the machine's fault.
    """

    ffmpeg: Ffmpeg
    _parameter_sets: dict[Mezzanine, bytes] = field(default_factory=dict[Mezzanine, bytes])
    _asked: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fits(self, clip: Path, profile: Mezzanine, frames: int) -> bool:
        """Whether a clip is a mezzanine of so many frames."""
        found = await asyncio.to_thread(read, clip)
        wanted = await self._wanted(clip.parent, profile)
        fits = found.fits(profile, frames, wanted, profile.keyframes(frames))
        return fits and not await asyncio.to_thread(turned, clip)

    async def fit(
        self,
        clip: Path,
        path: Path,
        profile: Mezzanine,
        frames: int,
        *,
        framing: Framing,
        on_share: OnShare | None = None,
    ) -> None:
        """Bring any clip into the profile, picture only, at exactly ``frames`` frames."""
        transfer = await asyncio.to_thread(_transfer, clip)
        made = pictures.fitting(clip, path, profile, frames, transfer=transfer, framing=framing)
        await ran(self.ffmpeg, made, _shares(on_share, frames / profile.fps))
        if not await self.fits(path, profile, frames):
            raise failed(f"{clip.name} does not fit after encoding")

    async def encode(
        self,
        wanted: Window | Still,
        shots: Mapping[int, Footage],
        path: Path,
        profile: Mezzanine,
        captions: str | None = None,
        *,
        on_share: OnShare | None = None,
    ) -> None:
        """A window or a held card, from the footage of its shots, captions drawn on it."""
        drawn = None
        if captions is not None:
            drawn = path.with_suffix(".ass")
            await asyncio.to_thread(drawn.write_text, captions, "utf-8")
        made = pictures.segment(wanted, shots, path, profile, drawn)
        await ran(self.ffmpeg, made, _shares(on_share, wanted.frames / profile.fps))
        if not await self.whole(path, profile, wanted.frames):
            raise failed(f"{path.name} is not as planned")

    async def legible(self, text: str, draw: Callable[[str], str], folder: Path) -> bool:
        """Whether there is a font for every letter; ``draw`` makes captions of a text."""
        return await lettering.legible(partial(ran, self.ffmpeg), text, draw, folder)

    async def whole(self, path: Path, profile: Mezzanine, frames: int) -> bool:
        """Whether an encoded segment can stand in the film."""
        try:
            found = await asyncio.to_thread(read, path)
        except Rejected:
            return False
        return found.fits(profile, frames, await self._wanted(path.parent, profile), (0,))

    async def join(
        self,
        stretches: Sequence[tuple[Path, int, int]],
        sounds: Sequence[tuple[Path, int, int]],
        film: Path,
        profile: Mezzanine,
        *,
        chapters: Sequence[Chapter] = (),
    ) -> None:
        """The film: of each file the frames from one to before another, of each sound its packets.

        It is measured afterwards, and refused if it is not exactly what was planned.
        """
        known: dict[Path, Segment] = {}
        for path, _, _ in stretches:
            if path not in known:
                known[path] = await asyncio.to_thread(read, path)
        cut = [known[path].stretch(start, end) for path, start, end in stretches]
        await asyncio.to_thread(joining.join, cut, sounds, film, profile, chapters)
        frames = sum(end - start for _, start, end in stretches)
        await asyncio.to_thread(joining.verify, film, profile, frames)

    async def _wanted(self, folder: Path, profile: Mezzanine) -> bytes:
        """The parameter sets that the profile gives."""
        async with self._asked:
            if profile not in self._parameter_sets:
                path = folder / "reference.mp4"
                await ran(self.ffmpeg, pictures.reference(path, profile))
                made = await asyncio.to_thread(read, path)
                self._parameter_sets[profile] = made.parameter_sets
            return self._parameter_sets[profile]


def _shares(on_share: OnShare | None, seconds: float) -> OnSeconds | None:
    """Seconds that ffmpeg tells, as shares of so many."""
    if on_share is None:
        return None

    async def tell(done: float) -> None:
        await on_share(min(1.0, done / seconds))

    return tell


def _transfer(clip: Path) -> str:
    """The name of a clip's transfer curve, empty if it has none."""
    names = {16: "smpte2084", 18: "arib-std-b67"}  # ITU-T H.273
    try:
        with av.open(str(clip)) as container:
            return names.get(int(container.streams.video[0].codec_context.color_trc), "")
    except (av.error.FFmpegError, IndexError) as error:
        raise failed(f"{clip.name}: {error}") from error
