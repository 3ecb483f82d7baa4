"""Sound out of any file, through ffmpeg: samples on disk, and where it is silent."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import av
import av.error
from contracts.errors import ErrorCode, Rejected, Transient
from runtime.ffmpeg import Ffmpeg, FfmpegError

from transcriber.domain.sound import SAMPLE_BYTES, SAMPLE_RATE, Sound, Stretch, silences_in

# Demuxers of one file. Those of playlists and manifests would open other files and addresses.
_FORMATS = (
    "3gp,aac,ac3,adts,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,loas,m4v,matroska,"
    "mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,nut,ogg,oma,rm,tta,w64,wav,webm,wv"
)
_ONE_FILE = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_NOISE = "-38dB"
_SHORTEST_SILENCE = 0.3
_UNREADABLE = (
    "This file cannot be read as sound or video. Upload it in another format, such as .mp3 or "
    ".mp4, or upload its captions."
)
_SOUNDLESS = "This file has no sound. Upload one that has, or its words as captions or text."


@dataclass(frozen=True, slots=True)
class FfmpegSoundReader:
    """Implements the ``SoundReader`` port. ``max_seconds`` bounds what is read of one file."""

    ffmpeg: Ffmpeg
    max_seconds: float

    async def read(self, source: Path, folder: Path) -> Sound:
        """The file's first sound track, as a file in ``folder``; 115 MB an hour.

        Raises ``Rejected``: INVALID_INPUT for what cannot be read or is too long,
        TRANSCRIPT_MISSING without sound. Raises ``Transient``: STORAGE_FAILED, INTERNAL.
        """
        await asyncio.to_thread(self._check, source)
        path, report = folder / "samples.s16", folder / "silences.txt"
        try:
            await self.ffmpeg.run(_extracting(source, path, report, self.max_seconds + 1))
        except FfmpegError as error:
            _refuse(error)
        seconds = path.stat().st_size // SAMPLE_BYTES / SAMPLE_RATE if path.exists() else 0.0
        if not seconds:
            raise Rejected(ErrorCode.TRANSCRIPT_MISSING, _SOUNDLESS)
        self._check_length(seconds)
        told = await asyncio.to_thread(report.read_text) if report.exists() else ""
        return Sound(path, seconds, silences_in(told, seconds))

    async def samples(self, sound: Sound, piece: Stretch) -> bytes:
        """The samples of one piece."""

        def read() -> bytes:
            first, last = round(piece.start * SAMPLE_RATE), round(piece.end * SAMPLE_RATE)
            with sound.path.open("rb") as file:
                file.seek(first * SAMPLE_BYTES)
                return file.read((last - first) * SAMPLE_BYTES)

        return await asyncio.to_thread(read)

    def _check(self, source: Path) -> None:
        try:
            with av.open(str(source), options=_ONE_FILE) as container:
                tracks, length = len(container.streams.audio), container.duration
        except (av.error.FFmpegError, ValueError, UnicodeDecodeError) as error:
            raise Rejected(ErrorCode.INVALID_INPUT, _UNREADABLE, detail=str(error)[:200]) from error
        if not tracks:
            raise Rejected(ErrorCode.TRANSCRIPT_MISSING, _SOUNDLESS)
        if length is not None:
            self._check_length(length / 1_000_000)

    def _check_length(self, seconds: float) -> None:
        if seconds > self.max_seconds:
            raise Rejected(
                ErrorCode.INVALID_INPUT,
                f"The sound is longer than {self.max_seconds / 3600:g} hours. Upload a part of it, "
                "or its captions.",
            )


def _extracting(source: Path, path: Path, report: Path, seconds: float) -> list[str]:
    filters = (
        # Gaps become silence, so that times stay those of the source.
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
        "aformat=sample_fmts=s16:channel_layouts=mono",
        f"silencedetect=noise={_NOISE}:duration={_SHORTEST_SILENCE}",
        f"ametadata=mode=print:file={_escaped(str(report))}",
    )
    limits = ["-t", f"{seconds:.3f}"]
    given = [part for name, value in _ONE_FILE.items() for part in (f"-{name}", value)]
    taken = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-af", ",".join(filters)]
    return [*given, *limits, "-i", f"file:{source}", *taken, *limits, "-f", "s16le", str(path)]


def _escaped(text: str) -> str:
    """A value inside a filter: escaped for the filter's options, then for the graph."""
    inner = "".join(f"\\{c}" if c in "\\':" else c for c in text)
    return "".join(f"\\{c}" if c in "\\'[],;" else c for c in inner)


def _refuse(error: FfmpegError) -> NoReturn:
    if "No space left" in error.tail:
        raise Transient(ErrorCode.STORAGE_FAILED, detail=error.tail[-300:]) from error
    if error.reason.startswith("took over"):
        raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error
    raise Rejected(ErrorCode.INVALID_INPUT, _UNREADABLE, detail=error.tail[-300:]) from error
