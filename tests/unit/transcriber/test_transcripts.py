"""Uploads and caption tracks become transcripts, or are refused with the user's next step."""

import math
import time
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.values import SourceKind
from hypothesis import given, settings
from hypothesis import strategies as st
from transcriber.domain import CaptionTrack, Snippet, TrackName, choose, from_captions, from_upload

SAMPLES = Path(__file__).parents[3] / "samples"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"


def read(data: bytes, kind: SourceKind = SourceKind.TEXT, name: str = "a.txt") -> list[str]:
    return [s.text for s in from_upload(data, kind, filename=name).segments]


def test_captions_keep_voices_times_title_and_language() -> None:
    data = (SAMPLES / "moonlight.vtt").read_bytes()
    transcript = from_upload(data, SourceKind.CAPTIONS, filename="moonlight.vtt")
    assert (transcript.title, transcript.language) == ("The Baker and the Moon", "en")
    assert (transcript.origin, transcript.timed) == ("upload", True)
    assert {s.speaker for s in transcript.segments} == {"Narrator", "Mira", "Moon"}
    assert transcript.segments[1].text == "only one window in the harbour town\nwas still lit."


def test_a_text_has_paragraphs_and_no_times() -> None:
    transcript = from_upload(b"One\nline.\r\n\r\n\r\nTwo.", SourceKind.TEXT, language="en-GB")
    assert [s.text for s in transcript.segments] == ["One\nline.", "Two."]
    assert not transcript.timed
    assert transcript.language == "en-GB"
    assert {(s.start, s.end) for s in transcript.segments} == {(0.0, 0.0)}


def test_markdown_loses_its_marks_not_its_words() -> None:
    data = (
        b"---\nlayout: post\n---\n# The *Baker*\n\nShe **kneads** [bread](http://x.example/y), see "
        b"![a loaf](l.png)`2 * 3`.\n\n<!-- hidden -->\n- one\n- two\n\n```\ncode\n```\n"
        b"> Quoted &amp; kept"
    )
    transcript = from_upload(data, SourceKind.TEXT, filename="a.md")
    assert transcript.title == "The Baker"
    assert [s.text for s in transcript.segments] == [
        "She kneads bread, see 2 * 3.",
        "one\ntwo",
        "Quoted & kept",
    ]


def test_plain_text_keeps_its_stars() -> None:
    assert read(b"2 * 3 * 4\n# not a heading") == ["2 * 3 * 4\n# not a heading"]


def test_captions_saved_as_text_are_read_as_captions() -> None:
    transcript = from_upload(SRT, SourceKind.TEXT, filename="a.txt")
    assert [(s.start, s.text) for s in transcript.segments] == [(1.0, "Hello")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_same_words_in_every_encoding(encoding: str) -> None:
    assert read("Na\u00efve caf\u00e9s".encode(encoding)) == ["Na\u00efve caf\u00e9s"]


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_jp"])
def test_captions_of_before_utf8_keep_their_words(encoding: str) -> None:
    words = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"  # Soseki, 1905
    data = SRT.decode().replace("Hello", words).encode(encoding)
    assert read(data, SourceKind.CAPTIONS, "a.srt") == [words]


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"WEBVTT\n\n", SourceKind.CAPTIONS, ErrorCode.TRANSCRIPT_MISSING),
        (b"just words, no times", SourceKind.CAPTIONS, ErrorCode.TRANSCRIPT_MISSING),
        (
            b"WEBVTT\n\n00:01.000 --> 00:02.000\n...\n",
            SourceKind.CAPTIONS,
            ErrorCode.TRANSCRIPT_MISSING,
        ),
        (b"?! ... \n\n---", SourceKind.TEXT, ErrorCode.TRANSCRIPT_MISSING),
        (b"", SourceKind.TEXT, ErrorCode.TRANSCRIPT_MISSING),
        (b"a\x00b", SourceKind.TEXT, ErrorCode.INVALID_INPUT),
    ],
)
def test_what_has_no_words_is_refused(data: bytes, kind: SourceKind, code: ErrorCode) -> None:
    with pytest.raises(Rejected) as caught:
        from_upload(data, kind)
    assert caught.value.code is code
    assert "pload" in caught.value.message


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for kind, name in ((SourceKind.CAPTIONS, "a.vtt"), (SourceKind.TEXT, "a.md")):
        for source in (data, b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + data):
            try:
                transcript = from_upload(source, kind, filename=name)
            except Rejected:
                continue
            assert transcript.segments


@pytest.mark.parametrize(
    "data",
    [
        b"<v " + b" " * 1_000_000,
        b"<!--" * 200_000,
        b"*a " * 300_000,
        b"[" * 500_000,
        b"# " + b" a" * 400_000,
        b"1:" * 400_000,
        b"-->" * 300_000,
        b"0:0 --> x\n" * 100_000,
        b"- >" * 300_000 + b"-->",
        b'{"events":[' * 60_000,
        b"&" * 800_000,
        b"\n" * 1_000_000 + b"end",
    ],
)
def test_a_hostile_megabyte_is_read_in_reasonable_time(data: bytes) -> None:
    begun = time.process_time()
    for kind, name in ((SourceKind.CAPTIONS, "a.vtt"), (SourceKind.TEXT, "a.md")):
        source = b"WEBVTT\n\n00:01.000 --> 00:02.000\nword " + data
        from_upload(source, kind, filename=name)
        from_upload(b"word " + data, SourceKind.TEXT, filename="a.md")
    assert time.process_time() - begun < 10


def track(*snippets: Snippet) -> CaptionTrack:
    return CaptionTrack("dQw4w9WgXcQ", "en", generated=True, snippets=snippets)


def test_overlapping_snippets_end_where_the_next_begins() -> None:
    transcript = from_captions(
        track(Snippet(4.0, 2.0, "c"), Snippet(0.0, 5.0, "a"), Snippet(2.5, 1.0, "b &amp; b"))
    )
    assert [(s.start, s.end, s.text) for s in transcript.segments] == [
        (0.0, 2.5, "a"),
        (2.5, 3.5, "b & b"),
        (4.0, 6.0, "c"),
    ]
    assert transcript.origin == "youtube_generated"


def test_impossible_times_are_left_out_or_mended() -> None:
    transcript = from_captions(
        track(Snippet(math.nan, 1.0, "x"), Snippet(-1.0, 2.0, "a"), Snippet(3.0, -2.0, "b"))
    )
    assert [(s.start, s.end, s.text) for s in transcript.segments] == [
        (0.0, 2.0, "a"),
        (3.0, 3.0, "b"),
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("fr", TrackName("fr", generated=False)),
        ("EN", TrackName("en-US", generated=False)),
        ("en-GB", TrackName("en-US", generated=False)),
        (None, TrackName("es", generated=True)),
        ("it", TrackName("es", generated=True)),
    ],
)
def test_the_track_asked_for_else_the_language_spoken(
    asked: str | None, expected: TrackName
) -> None:
    tracks = [
        TrackName("fr", generated=False),
        TrackName("en-US", generated=False),
        TrackName("es", generated=True),
    ]
    assert choose(tracks, asked) == expected


def test_no_tracks_no_choice() -> None:
    assert choose([], "en") is None
