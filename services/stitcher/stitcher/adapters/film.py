"""ffmpeg and PyAV at the film: windows, strangers, sound and the join, each to a file."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import av.error
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from contracts.values import Framing
from runtime.ffmpeg import Ffmpeg, FfmpegError, OnSeconds

from stitcher.adapters import joining, lettering, loudness, pictures, sounds
from stitcher.adapters.segments import UNDECODED, Segment, failed, read, turned
from stitcher.adapters.sounds import OPENED_BY_ONE, Audible
from stitcher.domain.chapters import Chapter
from stitcher.domain.segments import Footage, Still, Window
from stitcher.domain.sound import Soundtrack
from stitcher.domain.steps import OnShare

PASSING = re.compile(
    r"No space left on device|Cannot allocate memory|Resource temporarily|took over|ended with -"
)
"""What says that the machine was at fault: later, or elsewhere, the same call can succeed."""
MIXED = 0.5
"""Of a sound's time the share that mixing takes; the rest is measuring and levelling."""


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
        await self._run(made, _shares(on_share, frames / profile.fps))
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
        await self._run(made, _shares(on_share, wanted.frames / profile.fps))
        if not await self.whole(path, profile, wanted.frames):
            raise failed(f"{path.name} is not as planned")

    async def legible(self, text: str, draw: Callable[[str], str], folder: Path) -> bool:
        """Whether there is a font for every letter; ``draw`` makes captions of a text."""
        return await lettering.legible(self._run, text, draw, folder)

    async def whole(self, path: Path, profile: Mezzanine, frames: int) -> bool:
        """Whether an encoded segment can stand in the film."""
        try:
            found = await asyncio.to_thread(read, path)
        except Rejected:
            return False
        return found.fits(profile, frames, await self._wanted(path.parent, profile), (0,))

    async def mix(
        self,
        soundtrack: Soundtrack,
        files: Mapping[str, Path],
        path: Path,
        *,
        on_share: OnShare | None = None,
    ) -> None:
        """All sound in one pass, then made as loud as it should be. ``files`` are by key."""
        found = {key: await asyncio.to_thread(_audible, file) for key, file in files.items()}
        heard = {key: one for key, one in found.items() if one is not None}
        raw, report = path.with_suffix(".wav"), path.with_suffix(".loudness")
        mixing = sounds.mixing(soundtrack, heard, raw, report)
        await self._run(mixing, _shares(on_share, soundtrack.samples / SAMPLE_RATE / MIXED))
        await loudness.level(self._run, soundtrack, raw, report, path)
        raw.unlink(missing_ok=True)

    async def heard(self, path: Path, samples: int) -> bool:
        """Whether a mixed sound is so long."""
        return await asyncio.to_thread(_samples, path) == samples

    async def join(
        self,
        stretches: Sequence[tuple[Path, int, int]],
        sound: Path,
        film: Path,
        profile: Mezzanine,
        *,
        chapters: Sequence[Chapter] = (),
    ) -> None:
        """The film: of each file the frames from one to before another, and the sound.

        It is measured afterwards, and refused if it is not exactly what was planned.
        """
        known: dict[Path, Segment] = {}
        for path, _, _ in stretches:
            if path not in known:
                known[path] = await asyncio.to_thread(read, path)
        cut = [known[path].stretch(start, end) for path, start, end in stretches]
        await asyncio.to_thread(joining.join, cut, sound, film, profile, chapters)
        frames = sum(end - start for _, start, end in stretches)
        await asyncio.to_thread(joining.verify, film, profile, frames)

    async def _run(self, args: Sequence[str], on_seconds: OnSeconds | None = None) -> None:
        try:
            await self.ffmpeg.run(args, on_seconds=on_seconds)
        except FfmpegError as error:
            raise _judged(f"{error.reason}: {error.tail}") from error

    async def _wanted(self, folder: Path, profile: Mezzanine) -> bytes:
        """The parameter sets that the profile gives."""
        async with self._asked:
            if profile not in self._parameter_sets:
                path = folder / "reference.mp4"
                await self._run(pictures.reference(path, profile))
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


def _judged(detail: str) -> FilmError:
    if PASSING.search(detail):
        return Transient(ErrorCode.STITCH_FAILED, detail=detail[-2_000:])
    return failed(detail)


def _transfer(clip: Path) -> str:
    """The name of a clip's transfer curve, empty if it has none."""
    names = {16: "smpte2084", 18: "arib-std-b67"}  # ITU-T H.273
    try:
        with av.open(str(clip)) as container:
            return names.get(int(container.streams.video[0].codec_context.color_trc), "")
    except (av.error.FFmpegError, IndexError) as error:
        raise failed(f"{clip.name}: {error}") from error


def _audible(clip: Path) -> Audible | None:
    """A clip in which any sound can be heard."""
    for decoder in (*OPENED_BY_ONE, None):
        try:
            options = {"codec_whitelist": decoder} if decoder else {}
            with av.open(str(clip), options=options) as container:
                if not container.streams.audio:
                    return None
                name = container.streams.audio[0].codec_context.name
                if any(True for _ in container.decode(audio=0)):
                    return Audible(clip, name)
        except (av.error.FFmpegError, IndexError, ValueError):
            continue
    return None


def _samples(path: Path) -> int:
    try:
        with av.open(str(path), options=UNDECODED) as container:
            sound = container.streams.audio[0]
            base = sound.time_base or 0
            return round((sound.duration or 0) * base * SAMPLE_RATE)
    except (av.error.FFmpegError, IndexError):
        return 0
