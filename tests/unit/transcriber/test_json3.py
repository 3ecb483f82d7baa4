"""YouTube's JSON captions are read as they come, broken ones as far as they can be."""

import json
from typing import Any

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.values import SourceKind
from hypothesis import given, settings
from hypothesis import strategies as st
from transcriber.domain import Cue, from_upload
from transcriber.domain.json3 import read_json3

# Lincoln's address at Gettysburg, 1863 (public domain), in the shape of recognised speech.
RECOGNISED = {
    "wireMagic": "pb3",
    "pens": [{}],
    "events": [
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1, "wpWinPosId": 1, "wsWinStyleId": 1},
        {
            "tStartMs": 160,
            "dDurationMs": 4550,
            "wWinId": 1,
            "segs": [
                {"utf8": "four", "acAsrConf": 0},
                {"utf8": " score", "tOffsetMs": 320},
                {"utf8": " and", "tOffsetMs": 800},
            ],
        },
        {
            "tStartMs": 2550,
            "dDurationMs": 2160,
            "wWinId": 1,
            "aAppend": 1,
            "segs": [{"utf8": "\n"}],
        },
        {
            "tStartMs": 2560,
            "dDurationMs": 3000,
            "segs": [{"utf8": "seven years ago\nour fathers"}],
        },
    ],
}


def test_recognised_speech_is_read_once_and_does_not_overlap() -> None:
    assert read_json3(json.dumps(RECOGNISED)) == [
        Cue(0.16, 2.56, "four score and", words=((0.16, "four"), (0.48, "score"), (0.96, "and"))),
        Cue(2.56, 5.56, "seven years ago\nour fathers"),
    ]


def test_a_file_becomes_a_transcript() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(RECOGNISED).encode()
    transcript = from_upload(data, SourceKind.CAPTIONS, filename="talk.en.json3", language="en")
    assert [s.text for s in transcript.segments] == [
        "four score and",
        "seven years ago\nour fathers",
    ]
    assert (transcript.language, transcript.timed) == ("en", True)


@pytest.mark.parametrize(
    "text",
    [
        "{", "{}", "[]", '{"events": {}}', '{"events": [1, null, "x", [], {}]}',
        '{"events": [{"segs": 1}, {"segs": [1, {}, {"utf8": 2}, {"utf8": " \\n"}]}]}',
        '{"events":' + "[" * 100_000, "{" * 100_000,
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_with_the_next_step(text: str) -> None:
    assert read_json3(text) == []
    with pytest.raises(Rejected) as caught:
        from_upload(text.encode(), SourceKind.CAPTIONS, filename="a.json3")
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING
    assert "pload" in caught.value.message


@pytest.mark.parametrize("odd", ["-5", "NaN", "Infinity", "1e999", "1" + "0" * 400, '"x"', "true"])
def test_impossible_times_are_mended(odd: str) -> None:
    event = '{"tStartMs": %s, "dDurationMs": %s, "segs": [{"utf8": "words\\ud800\\u0000"}]}'
    (cue,) = read_json3(f'{{"events": [{event % (odd, odd)}]}}')
    assert cue.text == "words"
    assert 0 <= cue.start <= cue.end < 10**7


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["tStartMs", "dDurationMs", "segs", "utf8"]), inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(values, max_size=5))
def test_no_json_breaks_the_reader(events: list[Any]) -> None:
    for cue in read_json3(json.dumps({"events": events})):
        assert cue.text
        assert 0 <= cue.start <= cue.end
        cue.text.encode()
