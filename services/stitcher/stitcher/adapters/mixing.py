"""ffmpeg at the sound: passages mixed, encoded as loud as they should be, and heard. To files."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import structlog
from runtime.ffmpeg import Ffmpeg

from stitcher.adapters import loudness, sounds
from stitcher.adapters.running import ran
from stitcher.adapters.segments import UNDECODED
from stitcher.adapters.sounds import OPENED_BY_ONE, Audible
from stitcher.domain.loudness import Hearing
from stitcher.domain.passages import Passage

log = structlog.get_logger()

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class FfmpegSound:
    """Implements the ``SoundMaker`` port.

    Every method raises ``Rejected(STITCH_FAILED)`` with the end of ffmpeg's log, or ``Transient``
    if it was the machine's fault.
    """

    ffmpeg: Ffmpeg

    async def mix(self, passage: Passage, files: Mapping[str, Path], path: Path) -> Hearing:
        """All tracks in one pass, uncoded. ``files`` are by key."""
        found = {key: await asyncio.to_thread(_audible, file) for key, file in files.items()}
        heard = {key: one for key, one in found.items() if one is not None}
        report = path.with_suffix(".mixed")
        await ran(self.ffmpeg, sounds.mixing(passage, heard, path, report))
        made = await asyncio.to_thread(loudness.read, report, passage.before, passage.samples)
        report.unlink()
        return made

    async def level(
        self, passage: Passage, mixed: Path, path: Path, *, gain: float, peak: float
    ) -> Hearing:
        """A mixed passage encoded, ``gain`` dB louder than it is; ``peak`` is that of the mix.

        What was encoded is heard at once; if its peaks are too high, it is encoded again.
        """
        report, ceiling = path.with_suffix(".encoded"), loudness.CEILING
        made = Hearing((), -math.inf)
        for _ in range(ROUNDS):
            limit = loudness.limit_for(peak, gain, ceiling)
            encoding = loudness.levelling(passage, mixed, path, gain=gain, limit=limit)
            loud = peak + gain > loudness.DANGEROUS
            await ran(self.ffmpeg, [*encoding, *loudness.hearing(report, loud=loud)])
            made = await asyncio.to_thread(loudness.read, report, passage.lead, passage.samples)
            report.unlink()
            if made.peak < loudness.HIGHEST:
                return made
            peak = max(peak, made.peak - gain) if limit is None else peak
            ceiling -= max(0.0, made.peak - loudness.HIGHEST + 0.3)
        log.info("sound.peak", peak=made.peak)
        return made

    async def whole(self, path: Path, passage: Passage) -> bool:
        """Whether an encoded passage can stand in the film."""
        skipped, taken = passage.packets
        return await asyncio.to_thread(_packets, path) >= skipped + taken


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


def _packets(path: Path) -> int:
    try:
        with av.open(str(path), options=UNDECODED) as container:
            return sum(1 for packet in container.demux(audio=0) if packet.size)
    except (av.error.FFmpegError, IndexError):
        return 0
