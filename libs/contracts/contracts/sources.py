"""What counts as a source: links to a YouTube video; caption, text, sound and video files. Pure.

They are shared so that the gateway can refuse before a job exists and the transcriber can trust
nothing it is handed. Every refusal is a ``Rejected`` whose message names the user's next step.
"""

import codecs
import re
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

from contracts.encodings import is_western, legacy_text
from contracts.errors import ErrorCode, Rejected
from contracts.file_kinds import DOCUMENTS, KINDS, MEDIA, MEDIA_WORDS, PLAYLISTS, SVG, what_it_is
from contracts.values import SourceKind

__all__ = [
    "HEAD_BYTES",
    "MAX_MEDIA_BYTES",
    "MAX_TEXT_BYTES",
    "check_upload",
    "decode_text",
    "video_id",
]

MAX_TEXT_BYTES = 10 * 1024 * 1024
MAX_MEDIA_BYTES = 2 * 1024 * 1024 * 1024
HEAD_BYTES = 64 * 1024
"""As much of a file as ``check_upload`` wants to see; more does no harm."""

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_SHORT_HOSTS = {"youtu.be", "www.youtu.be"}
_HOSTS = {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "gaming.youtube.com",
    "youtubekids.com",
    "www.youtubekids.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}
_ID_FOLDERS = {"shorts", "live", "embed", "v", "e"}
# /embed/videoseries and /embed/live_stream have the shape of an id but play a list or a channel.
_NOT_IDS = {"videoseries", "live_stream"}

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with that one's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01
_LOST = {0: None, 0xFFFD: None}


def _refuse(code: ErrorCode, message: str) -> NoReturn:
    raise Rejected(code, message)


def video_id(url: str) -> str:
    """The 11-character id in a link to one YouTube video.

    Raises ``Rejected(INVALID_SOURCE)`` for other hosts, playlists, channels and broken links.
    """
    host, path, query = _link_parts(url)
    if host not in _HOSTS | _SHORT_HOSTS:
        _refuse(
            ErrorCode.INVALID_SOURCE,
            "This is not a YouTube link. Paste a link such as https://www.youtube.com/watch?v=…, "
            "or upload a caption file.",
        )
    folders = [part for part in path.split("/") if part]
    candidate = ""
    if host in _SHORT_HOSTS:
        candidate = folders[0] if folders else ""
    elif len(folders) > 1 and folders[0] in _ID_FOLDERS:
        candidate = folders[1]
    elif folders == ["watch"]:
        candidate = parse_qs(query).get("v", [""])[0].strip()
    elif folders == ["attribution_link"]:
        onward = urlsplit(unquote(parse_qs(query).get("u", [""])[0]))
        candidate = parse_qs(onward.query).get("v", [""])[0]
    if _VIDEO_ID.fullmatch(candidate) and candidate not in _NOT_IDS:
        return candidate
    if "list=" in query or folders[:1] == ["playlist"]:
        _refuse(
            ErrorCode.INVALID_SOURCE,
            "This link leads to a playlist. Open one video of it and paste that video's link.",
        )
    _refuse(
        ErrorCode.INVALID_SOURCE,
        "This YouTube link names no video. Open the video and copy its link again.",
    )


def _link_parts(url: str) -> tuple[str, str, str]:
    """Host in lower case, path and query; empty where ``url`` is no web link."""
    text = url.strip()
    if "://" not in text:
        text = f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "", "", ""
    if parts.scheme.lower() not in {"http", "https"} or port not in {None, 80, 443}:
        return "", "", ""
    return (parts.hostname or "").rstrip("."), parts.path, parts.query


def check_upload(filename: str, head: bytes, size: int) -> SourceKind:
    """The kind of an upload from its name, its first ``HEAD_BYTES`` and its size in bytes.

    Raises ``Rejected(INVALID_INPUT)`` for a file that is empty, too large, wrongly encoded, of an
    unknown ending, or something else than its ending says. Nothing is ever unpacked.
    """
    ending = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    if ending in DOCUMENTS:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"Documents ({ending}) cannot be read here. Save it as plain text (.txt) and upload "
            "that.",
        )
    if ending not in KINDS:
        named = f"Files ending in '{ending[:12]}'" if ending else "Files without an ending"
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"{named} are not known here. Upload captions (.vtt, .srt or .json3), a text (.txt or "
            ".md), or a sound or video file.",
        )
    if size <= 0 or not head:
        _refuse(ErrorCode.INVALID_INPUT, "The file is empty. Choose another file.")
    if KINDS[ending] in MEDIA:
        _check_media(head, size)
        return KINDS[ending]
    if size > MAX_TEXT_BYTES:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"The file is larger than {MAX_TEXT_BYTES // 1024**2} MB. "
            "Upload the captions or the text alone, or split it.",
        )
    text = decode_text(head, whole=len(head) >= size)
    if not text.strip():
        _refuse(ErrorCode.INVALID_INPUT, "The file is empty. Choose another file.")
    return SourceKind.CAPTIONS if text.lstrip().startswith("WEBVTT") else KINDS[ending]


def _check_media(head: bytes, size: int) -> None:
    """Whether it may be sound at all; only a decoder knows."""
    if size > MAX_MEDIA_BYTES:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"The file is larger than {MAX_MEDIA_BYTES // 1024**3} GB. Upload its sound alone, "
            "or its captions.",
        )
    what = what_it_is(head)
    if what is not None and what not in MEDIA_WORDS:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"The file is {what}, not sound. Upload a sound or video file, or captions.",
        )
    if head.lstrip().startswith(PLAYLISTS):
        _refuse(
            ErrorCode.INVALID_INPUT,
            "The file is a list of other files, not sound. Upload the sound itself.",
        )


def decode_text(data: bytes, *, whole: bool = True) -> str:
    """Text from bytes: by byte order mark, else UTF-8, else by what its letters must be.

    ``whole=False`` says that ``data`` may end inside a character. Raises
    ``Rejected(INVALID_INPUT)`` for binary and for unreadable encodings.
    """
    _refuse_magic(data)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(
                data[len(mark) :], final=whole
            )
            return _readable(text)
    if data.count(b"\x00") > len(data) * _MOST_CONTROLS:
        _refuse(
            ErrorCode.INVALID_INPUT,
            "The file is not plain text. Save it as text in UTF-8 and upload it again.",
        )
    try:
        return _readable(codecs.getincrementaldecoder("utf-8")().decode(data, final=whole))
    except UnicodeDecodeError:
        return _readable(_without_strict_utf8(data, whole=whole))


def _refuse_magic(data: bytes) -> None:
    what = what_it_is(data)
    if what in MEDIA_WORDS:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"The file is {what}, not text. Upload it with its own ending, such as .mp3 or .mp4.",
        )
    if what is not None:
        _refuse(
            ErrorCode.INVALID_INPUT,
            f"The file is {what}, not text. "
            "Upload captions (.vtt or .srt) or a text (.txt or .md).",
        )


def _without_strict_utf8(data: bytes, *, whole: bool) -> str:
    repaired = data.decode("utf-8", errors="replace")
    broken = repaired.count("\ufffd")
    if sum(not char.isascii() for char in repaired) - broken > broken:
        return repaired
    if is_western(data):
        with suppress(UnicodeDecodeError):
            return data.decode("cp1252")
    text = legacy_text(data, whole=whole)
    if text is not None:
        return text
    _refuse(
        ErrorCode.INVALID_INPUT,
        "The file's letters cannot be read. Save it as text in UTF-8 and upload it again.",
    )


def _readable(text: str) -> str:
    """The text without stray NULs, which WebVTT asks readers to put up with."""
    if len(_CONTROLS.findall(text)) > len(text) * _MOST_CONTROLS:
        _refuse(
            ErrorCode.INVALID_INPUT,
            "The file is not plain text. Save it as text in UTF-8 and upload it again.",
        )
    if SVG.match(text):
        _refuse(
            ErrorCode.INVALID_INPUT,
            "The file is a picture, not text. "
            "Upload captions (.vtt or .srt) or a text (.txt or .md).",
        )
    return text.translate(_LOST)
