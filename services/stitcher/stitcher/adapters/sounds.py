"""The ffmpeg graph of a passage: every track of it in one pass. Arguments only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import ffmpeg
from contracts.mezzanine import SAMPLE_RATE

from stitcher.domain.passages import Passage
from stitcher.domain.sound import Piece, Track, lanes

graph: Any = ffmpeg
"""The library has no types."""

DUCKING: Final = {"threshold": 0.02, "ratio": 6, "attack": 20, "release": 450}
"""How a bed gives way: 12 dB under a voice, at once, and back within half a second (ms)."""

QUEUE = 8
"""Packets that an input may read ahead: ffmpeg's own default."""

OPENED_BY_ONE: Final = frozenset({"aac"})
"""Decoders that may be named when a file is opened, so that its pictures are not looked into:
that costs more than all of its sound. Others have several names, which ffmpegs disagree on."""


UNCODED: Final = "pcm_s16le"
"""In such a file any sample is found without reading those before it."""


@dataclass(frozen=True, slots=True)
class Audible:
    """A file with sound in it, and the decoder that this takes."""

    path: Path
    decoder: str


def mixing(passage: Passage, files: Mapping[str, Audible], path: Path, report: Path) -> list[str]:
    """All tracks mixed, not encoded yet; how loud they are goes into ``report``.

    ``files`` are sounds by key; a piece without one is silent. The peak is that of the samples.
    """
    queues = count(QUEUE)
    leads, ducked, rest = (
        _mixed([_track(track, files, passage.mixed, queues) for track in group])
        for group in _groups(passage.tracks, files)
    )
    if leads is not None and ducked is not None:
        key = leads.filter_multi_output("asplit", 2)
        leads, ducked = key[0], graph.filter([ducked, key[1]], "sidechaincompress", **DUCKING)
    mixed = _mixed([one for one in (leads, ducked, rest) if one is not None])
    if mixed is None:
        mixed = _silence(passage.mixed)
    options = {"c:a": "pcm_f32le", "f": "wav", "fflags": "+bitexact"}
    whole = mixed.filter("atrim", end_sample=passage.mixed)
    heard = measured(whole, report, peak="sample")
    args: list[str] = graph.output(heard, str(path), **options).get_args()
    return args


def measured(sound: Any, report: Path, *, peak: str) -> Any:
    """The sound as it is, and how loud it is in a report; ``peak`` is ``true`` or ``sample``."""
    return sound.filter("ebur128", peak=peak, metadata=1).filter(
        "ametadata", mode="print", file=str(report)
    )


def _groups(tracks: Sequence[Track], files: Mapping[str, Audible]) -> tuple[list[Track], ...]:
    """The tracks that lead, those that give way, and the others, as far as they can be heard."""
    heard = [track for track in tracks if any(piece.key in files for piece in track.pieces)]
    return (
        [track for track in heard if track.leads],
        [track for track in heard if track.ducked and not track.leads],
        [track for track in heard if not track.ducked and not track.leads],
    )


def _track(track: Track, files: Mapping[str, Audible], samples: int, queues: Iterator[int]) -> Any:
    rows = [[piece for piece in row if piece.key in files] for row in lanes(track)]
    mixed = _mixed([_row(row, files, samples, queues) for row in rows if row])
    return mixed.filter("volume", f"{track.gain_db}dB") if track.gain_db else mixed


def _mixed(sounds: Sequence[Any]) -> Any:
    if len(sounds) > 1:
        return graph.filter(list(sounds), "amix", inputs=len(sounds), normalize=0)
    return sounds[0] if sounds else None


def _row(
    pieces: Sequence[Piece], files: Mapping[str, Audible], samples: int, queues: Iterator[int]
) -> Any:
    """Pieces that do not overlap, with silence between, at least ``samples`` long."""
    parts: list[Any] = []
    at = 0
    for piece in pieces:
        sound = _piece(piece, files[piece.key], next(queues))
        gap = piece.first - at
        if gap < 0:
            # It has begun before the passage; its fade is not cut.
            sound = sound.filter("atrim", start_sample=-gap).filter("asetpts", "N")
        parts.append(sound.filter("adelay", f"{gap}S", all=1) if gap > 0 else sound)
        at = piece.end
    row = parts[0] if len(parts) == 1 else graph.concat(*parts, v=0, a=1)
    return row.filter("apad", whole_len=samples)


def _silence(samples: int) -> Any:
    source = graph.input(f"anullsrc=r={SAMPLE_RATE}:cl=stereo", f="lavfi")
    return source.audio.filter("atrim", end_sample=samples)


def _piece(piece: Piece, file: Audible, queue: int) -> Any:
    """Exactly its samples, whatever the file's clock and rate; it comes and goes softly."""
    sought = piece.skip // SAMPLE_RATE if file.decoder == UNCODED else 0
    skip = piece.skip - sought * SAMPLE_RATE
    end = skip + piece.samples
    # The library takes equal inputs for one; a clip that is heard twice has to be opened twice.
    alone = {"codec_whitelist": file.decoder} if file.decoder in OPENED_BY_ONE else {}
    # A whole second is the same moment in ffmpeg's microseconds and in samples.
    place = {"ss": sought} if sought else {}
    options = {"vn": None, "threads": 1, "thread_queue_size": queue, **alone, **place}
    taken = graph.input(str(file.path), **options).audio
    sound = (
        taken.filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})
        .filter("aformat", "fltp", sample_rates=SAMPLE_RATE, channel_layouts="stereo")
        .filter("apad", whole_len=end)
        .filter("atrim", start_sample=skip, end_sample=end)
        .filter("asetpts", "N")
    )
    fades = (("in", 0, piece.fade_in), ("out", piece.samples - piece.fade_out, piece.fade_out))
    for (way, first, length), crossed in zip(fades, piece.crossed, strict=True):
        # Two sounds that have nothing in common keep their loudness if their powers add up to one.
        curve = "qsin" if crossed else "tri"
        if length:
            sound = sound.filter("afade", t=way, ss=first, ns=length, curve=curve)
    return sound
