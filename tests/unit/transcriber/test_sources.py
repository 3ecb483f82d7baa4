"""Links and uploads are judged before any work is done."""

import io
import zipfile
from contextlib import suppress

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.sources import (
    HEAD_BYTES,
    MAX_MEDIA_BYTES,
    MAX_TEXT_BYTES,
    check_upload,
    decode_text,
    video_id,
)
from contracts.values import SourceKind
from hypothesis import given, settings
from hypothesis import strategies as st

ID = "dQw4w9_-gXc"


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch?v={ID}&list=PL123&t=42s&feature=share",
        f"https://www.youtube.com/watch?app=desktop&v={ID}#t=3",
        f"https://m.youtube.com/watch?v={ID}",
        f"https://music.youtube.com/watch?v={ID}&si=abc",
        f"https://youtu.be/{ID}?si=abc",
        f"youtu.be/{ID}",
        f"www.youtube.com/watch?v={ID}",
        f"//www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/shorts/{ID}/?feature=share",
        f"https://www.youtube.com/live/{ID}?si=x",
        f"https://www.youtube.com/embed/{ID}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"https://gaming.youtube.com/watch?v={ID}",
        f"https://www.youtubekids.com/watch?v={ID}",
        f"https://www.youtube.com/watch?v={ID}&list=PL123&index=4&start_radio=1&pp=ygU%3D",
        f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{ID}%26feature%3Dshare",
        f"  HTTPS://WWW.YOUTUBE.COM/watch?v={ID}\n",
    ],
)
def test_every_form_of_a_video_link_is_understood(link: str) -> None:
    assert video_id(link) == ID


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("", "not a YouTube link"),
        ("a moonlit bakery", "not a YouTube link"),
        ("https://vimeo.com/76979871", "not a YouTube link"),
        (f"https://youtube.com.evil.example/watch?v={ID}", "not a YouTube link"),
        (f"https://youtube.com@evil.example/watch?v={ID}", "not a YouTube link"),
        (f"https://evil.example/?u=youtube.com/watch?v={ID}", "not a YouTube link"),
        (f"https://www.youtube.com:8443/watch?v={ID}", "not a YouTube link"),
        (f"ftp://www.youtube.com/watch?v={ID}", "not a YouTube link"),
        ("javascript:alert(1)", "not a YouTube link"),
        ("https://[::1", "not a YouTube link"),
        ("https://www.youtube.com/playlist?list=PL123", "playlist"),
        ("https://www.youtube.com/watch?list=PL123", "playlist"),
        ("https://www.youtube.com/embed/videoseries?list=PL123", "playlist"),
        ("https://www.youtube.com/embed/live_stream?channel=UC1", "names no video"),
        ("https://www.youtube.com/attribution_link?u=%2F%2Fevil.example", "names no video"),
        ("https://m.youtube.com/playlist?list=PL123&v=", "playlist"),
        ("https://music.youtube.com/playlist?list=OLAK5uy", "playlist"),
        ("https://www.youtube.com/@somebody", "names no video"),
        ("https://www.youtube.com/", "names no video"),
        ("https://youtu.be/", "names no video"),
        ("https://www.youtube.com/watch?v=short", "names no video"),
        (f"https://www.youtube.com/watch?v={ID}x", "names no video"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXc\u00e9", "names no video"),
    ],
)
def test_any_other_link_is_refused_with_a_clear_word(link: str, word: str) -> None:
    with pytest.raises(Rejected, match=word) as caught:
        video_id(link)
    assert caught.value.code is ErrorCode.INVALID_SOURCE


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_link_check(text: str) -> None:
    for link in (text, f"https://www.youtube.com/{text}", f"https://youtu.be/{text}"):
        try:
            found = video_id(link)
        except Rejected:
            continue
        assert len(found) == 11


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.vtt", b"WEBVTT\n\n", SourceKind.CAPTIONS),
        ("A.SRT", b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", SourceKind.CAPTIONS),
        ("story.txt", b"Once.", SourceKind.TEXT),
        ("story.md", b"# Once", SourceKind.TEXT),
        ("talk.en.json3", b'{"wireMagic": "pb3", "events": []}', SourceKind.CAPTIONS),
        ("talk.mp3", b"ID3\x04" + bytes(60), SourceKind.AUDIO),
        ("talk.WAV", b"RIFF\x24\x00\x00\x00WAVEfmt ", SourceKind.AUDIO),
        ("talk.m4a", b"\x00\x00\x00\x20ftypM4A ", SourceKind.AUDIO),
        ("talk.aac", b"\xff\xf1P\x80", SourceKind.AUDIO),
        ("film.mp4", b"\x00\x00\x00\x20ftypisom", SourceKind.VIDEO),
        ("film.mkv", b"\x1aE\xdf\xa3", SourceKind.VIDEO),
        ("film.webm", b"\x1aE\xdf\xa3", SourceKind.VIDEO),
        (
            "nul.vtt",
            b"WEBVTT\n\x00\n" + b"00:01.000 --> 00:02.000\nHello there\n" * 9,
            SourceKind.CAPTIONS,
        ),
        ("cars.txt", b"BMW II* GIF and PNG are letters.", SourceKind.TEXT),
        ("renamed.txt", b"\xef\xbb\xbfWEBVTT\n\n", SourceKind.CAPTIONS),
        ("C:\\films\\a.vtt", b"WEBVTT", SourceKind.CAPTIONS),
        ("wide.txt", "caf\u00e9".encode("utf-16"), SourceKind.TEXT),
        (
            "old.txt",
            "Le caf\u00e9 est ferm\u00e9 \u2013 d\u00e9sol\u00e9".encode("cp1252"),
            SourceKind.TEXT,
        ),
    ],
)
def test_an_upload_has_a_kind(name: str, data: bytes, kind: SourceKind) -> None:
    assert check_upload(name, data, len(data)) is kind


@pytest.mark.parametrize(
    ("name", "data", "size", "word"),
    [
        ("a.vtt", b"", 0, "empty"),
        ("a.txt", b" \n\t\n", 4, "empty"),
        ("a.vtt", b"WEBVTT", MAX_TEXT_BYTES + 1, "larger than 10 MB"),
        ("a.exe", b"MZ", 2, r"\.exe"),
        ("noending", b"x", 1, "without an ending"),
        ("a.vtt", b"\x89PNG\r\n\x1a\n", 8, "a picture"),
        ("a.vtt", b"RIFF\x00\x01\x00\x00WEBPVP8 ", 16, "a picture"),
        ("a.vtt", b"\x00\x00\x00\x20ftypavif", 12, "a picture"),
        ("a.vtt", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 55, "a picture"),
        ("a.srt", b"<?xml version='1.0'?>\n<!-- x -->\n<svg/>", 41, "a picture"),
        ("a.mp3", b"\x89PNG\r\n\x1a\n", 8, "a picture, not sound"),
        ("a.mp4", b"PK\x03\x04rest", 8, "ZIP"),
        ("a.mp3", b"ID3\x04", MAX_MEDIA_BYTES + 1, "larger than 2 GB"),
        ("a.mp3", b"#EXTM3U\nfile:///etc/passwd\n", 28, "list of other files"),
        ("a.mkv", b"ffconcat version 1.0\nfile x\n", 28, "list of other files"),
        ("a.mp4", b"", 0, "empty"),
        ("a.docx", b"PK\x03\x04rest", 8, "Documents"),
        ("a.pdf", b"%PDF-1.7", 8, "Documents"),
        ("a.txt", b"%PDF-1.7", 8, "a PDF"),
        ("a.srt", b"PK\x03\x04rest", 8, "ZIP"),
        ("a.txt", b"\x7fELF\x02", 5, "a program"),
        ("a.vtt", b"\x00\x00\x00\x20ftypisom", 12, "video file"),
        ("a.txt", b"text\x00text", 9, "not plain text"),
        ("a.txt", b"\x01\x02\x03\x04text", 8, "not plain text"),
        ("a.txt", "hello".encode("utf-16-le"), 10, "not plain text"),
        (
            "a.txt",
            "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440".encode("cp1251"),
            10,
            "UTF-8",
        ),
        ("a.srt", "\u65e5\u672c\u8a9e\u306e\u5b57\u5e55".encode("shift_jis"), 12, "UTF-8"),
    ],
)
def test_a_bad_upload_is_refused_with_the_next_step(
    name: str, data: bytes, size: int, word: str
) -> None:
    with pytest.raises(Rejected, match=word) as caught:
        check_upload(name, data, size)
    assert caught.value.code is ErrorCode.INVALID_INPUT
    assert any(step in caught.value.message for step in ("Upload", "upload", "Choose"))


def test_a_zip_bomb_as_a_document_is_refused_unopened() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(50 * 1024 * 1024))
    bomb = packed.getvalue()
    assert len(bomb) < 100_000
    for name, word in (("a.docx", "Documents"), ("a.txt", "ZIP"), ("a.mp4", "ZIP")):
        with pytest.raises(Rejected, match=word) as caught:
            check_upload(name, bomb[:HEAD_BYTES], len(bomb))
        assert caught.value.code is ErrorCode.INVALID_INPUT


def test_a_head_may_end_inside_a_character() -> None:
    data = ("caf\u00e9 " * 40).encode()
    cut = next(at for at in range(10, len(data)) if data[at] & 0xC0 == 0x80)
    assert check_upload("a.txt", data[:cut], len(data)) is SourceKind.TEXT


def test_one_broken_byte_does_not_turn_a_file_into_another_encoding() -> None:
    data = "na\u00efve caf\u00e9 cr\u00e8me br\u00fbl\u00e9e".encode() + b"\xe9"
    assert decode_text(data) == "na\u00efve caf\u00e9 cr\u00e8me br\u00fbl\u00e9e"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_upload_check(data: bytes) -> None:
    for name in ("a.vtt", "a.srt", "a.txt", "a.md", "a.json3"):
        with suppress(Rejected):
            assert check_upload(name, data, len(data)) in {SourceKind.CAPTIONS, SourceKind.TEXT}
    with suppress(Rejected):
        assert check_upload("a.mp3", data, len(data)) is SourceKind.AUDIO
