"""The music there is, and what may be uploaded as music. Pure.

Shared so that the gateway can refuse before a film exists, and the stitcher trusts nothing.
"""

from dataclasses import dataclass
from typing import Final

from contracts.errors import ErrorCode, Rejected
from contracts.file_kinds import what_it_is

__all__ = [
    "BEDS",
    "LARGEST_BYTES",
    "LONGEST_SECONDS",
    "ONE_FILE",
    "SHORTEST_SECONDS",
    "Bed",
    "SoundFile",
    "check_length",
    "kind_of",
]

LARGEST_BYTES: Final = 50 * 1024 * 1024
SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 1_800.0

ONE_FILE: Final = {
    "format_whitelist": "aac,aiff,flac,m4a,matroska,mov,mp3,mp4,ogg,wav,webm",
    "protocol_whitelist": "file",
}
"""Options of a decoder: demuxers of one file. Those of playlists would open other files."""

_WANTED: Final = "Upload music as MP3, M4A, OGG, FLAC or WAV."


@dataclass(frozen=True, slots=True)
class Bed:
    """Music of the library: its name in a film's settings, and what a user is told of it."""

    name: str
    title: str
    mood: str


BEDS: Final = (
    Bed("calm", "Calm", "Slow and still: a soft pad, a few plucked tones"),
    Bed("bright", "Bright", "Light and cheerful: quick plucked chords in major"),
    Bed("tense", "Tense", "Dark and restless: a low pulse under close, minor chords"),
    Bed("warm", "Warm", "Kind and close: rocking chords, a slow heartbeat"),
    Bed("curious", "Curious", "Light steps and open questions: short tones, room between them"),
)


@dataclass(frozen=True, slots=True)
class SoundFile:
    """What a file of music is called and served as."""

    ending: str
    content_type: str


_MP3: Final = SoundFile(".mp3", "audio/mpeg")
_AAC: Final = SoundFile(".aac", "audio/aac")
_BEGINNINGS: Final = (
    (0, b"ID3", _MP3),
    (0, b"OggS", SoundFile(".ogg", "audio/ogg")),
    (0, b"fLaC", SoundFile(".flac", "audio/flac")),
    (0, b"\x1aE\xdf\xa3", SoundFile(".webm", "audio/webm")),
    (4, b"ftyp", SoundFile(".m4a", "audio/mp4")),
    (8, b"WAVE", SoundFile(".wav", "audio/wav")),
    (8, b"AIFF", SoundFile(".aiff", "audio/aiff")),
    (8, b"AIFC", SoundFile(".aiff", "audio/aiff")),
)
_LEAST: Final = 12
_SYNC: Final = 0xFF


def kind_of(head: bytes) -> SoundFile:
    """What a file is by its beginning. Raises ``Rejected(INVALID_INPUT)`` if that is no music."""
    what = what_it_is(head)
    if len(head) >= _LEAST and what != "a picture":
        for at, magic, kind in _BEGINNINGS:
            if head[at : at + len(magic)] == magic:
                return kind
        # Frames without a file around them: MPEG audio says its layer, II or III, ADTS none. The
        # other layer is not music nowadays, but a text that begins with a byte order mark.
        if head[0] == _SYNC and head[1] & 0xF6 == 0xF0:  # noqa: PLR2004
            return _AAC
        if head[0] == _SYNC and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 in {2, 4}:  # noqa: PLR2004
            return _MP3
    said = "empty" if not head else what or "no sound that is known here"
    raise Rejected(ErrorCode.INVALID_INPUT, f"This file is {said}. {_WANTED}")


def check_length(size: int, seconds: float | None) -> None:
    """Refuse what cannot be music: ``seconds`` is ``None`` where no sound can be read.

    Raises ``Rejected(INVALID_INPUT)``, saying what would do.
    """
    problem = None
    if seconds is None:
        problem = f"There is no sound in this file. {_WANTED}"
    elif size > LARGEST_BYTES:
        problem = f"This music is over {LARGEST_BYTES // 1024**2} MB. Upload a smaller file."
    elif seconds > LONGEST_SECONDS:
        problem = f"This music is over {LONGEST_SECONDS / 60:.0f} minutes. Upload a shorter piece."
    elif seconds < SHORTEST_SECONDS:
        problem = "This music is shorter than a second. Upload a longer piece."
    if problem:
        raise Rejected(ErrorCode.INVALID_INPUT, problem)
