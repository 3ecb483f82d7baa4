"""Which files there are: by their endings, and by what they begin with."""

import re
from typing import Final

from contracts.values import SourceKind

__all__ = ["DOCUMENTS", "KINDS", "MEDIA", "MEDIA_WORDS", "PLAYLISTS", "SVG", "what_it_is"]

_TEXTS: Final = {
    ".vtt": SourceKind.CAPTIONS,
    ".srt": SourceKind.CAPTIONS,
    ".json3": SourceKind.CAPTIONS,
    ".txt": SourceKind.TEXT,
    ".md": SourceKind.TEXT,
}
_SOUNDS: Final = re.findall(
    r"\S+", ".mp3 .m4a .m4b .aac .wav .ogg .oga .opus .flac .wma .aif .aiff .amr .caf .weba .mka"
)
_VIDEOS: Final = re.findall(
    r"\S+", ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .wmv .flv .3gp .ts .mts .ogv"
)

MEDIA: Final = frozenset({SourceKind.AUDIO, SourceKind.VIDEO})
KINDS: Final = (
    _TEXTS | dict.fromkeys(_SOUNDS, SourceKind.AUDIO) | dict.fromkeys(_VIDEOS, SourceKind.VIDEO)
)
"""What an ending promises."""

DOCUMENTS: Final = frozenset(
    {".docx", ".doc", ".odt", ".rtf", ".pages", ".pdf", ".epub", ".pptx", ".html", ".htm"}
)
"""Texts in wrappings that are not opened here."""

PLAYLISTS: Final = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD")
"""Files that make a decoder open other files."""

SVG: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)?<svg\b", re.DOTALL | re.IGNORECASE
)
"""The beginning of a picture that is text."""

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!\x1a", "a compressed file"),
    (b"ID3\x02", "a sound file"),
    (b"ID3\x03", "a sound file"),
    (b"ID3\x04", "a sound file"),
    (b"OggS\x00", "a sound file"),
    (b"fLaC\x00", "a sound file"),
    (b"\x1aE\xdf\xa3", "a video file"),
)
_BOXED_PICTURES: Final = {b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"}
MEDIA_WORDS: Final = frozenset({"a sound file", "a video file", "a sound or video file"})


def what_it_is(data: bytes) -> str | None:
    """What bytes are by their beginning, in a user's words; ``None`` where that is not known."""
    if data[4:8] == b"ftyp":
        return "a picture" if data[8:12] in _BOXED_PICTURES else "a sound or video file"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a picture"
    if data[:4] == b"RIFF" and data[8:12] in {b"WAVE", b"AVI "}:
        return "a sound or video file"
    return next((what for magic, what in _MAGIC if data.startswith(magic)), None)
