"""What is music by its beginning and its length, and what is said of anything else."""

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.music import BEDS, LARGEST_BYTES, LONGEST_SECONDS, check_length, kind_of
from contracts.values import SoundSettings

MP3_FRAME = b"\xff\xfb\x90\x64" + bytes(20)


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"ID3\x04" + bytes(20), ".mp3"),
        (MP3_FRAME, ".mp3"),
        (b"\xff\xf1\x50\x80" + bytes(20), ".aac"),
        (b"OggS\x00" + bytes(20), ".ogg"),
        (b"fLaC\x00" + bytes(20), ".flac"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(20), ".m4a"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20), ".wav"),
        (b"FORM\x00\x00\x10\x00AIFFCOMM" + bytes(20), ".aiff"),
        (b"\x1aE\xdf\xa3" + bytes(20), ".webm"),
    ],
)
def test_music_is_known_by_its_beginning(head: bytes, ending: str) -> None:
    assert kind_of(head).ending == ending
    assert kind_of(head).content_type.startswith("audio/")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b"RIFF", "no sound"),
        (b"#EXTM3U\nhttp://example.org/a.mp3\n", "no sound"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no sound"),
        (b"%PDF-1.7 and so on and on", "a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a picture"),
        (b"\x00\x00\x00\x20ftypavif" + bytes(20), "a picture"),
        (b"PK\x03\x04" + bytes(20), "a ZIP archive"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a picture"),
        (b"\xff\xfe" + "text".encode("utf-16-le") * 4, "no sound"),
    ],
)
def test_anything_else_is_named_and_refused(head: bytes, words: str) -> None:
    with pytest.raises(Rejected, match=words) as refusal:
        kind_of(head)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert "Upload music as MP3" in refusal.value.message


@pytest.mark.parametrize(
    ("size", "seconds", "words"),
    [
        (10, None, "no sound"),
        (LARGEST_BYTES + 1, 60.0, "50 MB"),
        (10, LONGEST_SECONDS + 0.1, "30 minutes"),
        (10, 0.2, "second"),
    ],
)
def test_what_is_too_long_or_short_or_large_is_refused_with_a_way_out(
    size: int, seconds: float | None, words: str
) -> None:
    with pytest.raises(Rejected, match=words) as refusal:
        check_length(size, seconds)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert "Upload" in refusal.value.message


def test_music_is_taken() -> None:
    check_length(1_000_000, 60.0)
    check_length(LARGEST_BYTES, LONGEST_SECONDS)


def test_what_a_film_sounds_like_unasked_is_in_the_library() -> None:
    assert SoundSettings().music in {bed.name for bed in BEDS}
