"""WebVTT as the W3C's parsing tests divide it up; the files here are written for this test.

Where the standard throws a cue away for a slip, its words are kept; nothing else is spoken.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcriber.domain import Cue, header, read_cues

TIMING = "00:00:01.000 --> 00:00:02.000"


def spoken(text: str) -> list[str]:
    return [cue.text for cue in read_cues(text)]


@pytest.mark.parametrize(
    "signature",
    [
        "WEBVTT\n\n",
        "\ufeffWEBVTT\n\n",
        "WEBVTT \n\n",
        "WEBVTT\t\n\n",
        "WEBVTT - a talk\n\n",
        "WEBVTT\nKind: captions\nLanguage: en\n\n",
        "WEBVTT\nRegion: id=fred width=40%\n\n",
        "WEBVTT\n",
        "WEBVTT\r\n\r\n",
        "WEBVTT\r\r",
        "WEBVTTx\n\n",
        "",
    ],
)
def test_signatures_and_headers_are_not_spoken(signature: str) -> None:
    assert spoken(f"{signature}{TIMING}\nwords") == ["words"]


@pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT ", "WEBVTT\n", "\ufeffWEBVTT", "", "\n\n"])
def test_a_file_may_hold_nothing(text: str) -> None:
    assert read_cues(text) == []
    assert header(text) == (None, None)


@pytest.mark.parametrize(
    ("timing", "times"),
    [
        ("00:00.000 --> 00:01.000", (0.0, 1.0)),
        ("00:00:00.000-->00:00:01.000", (0.0, 1.0)),
        ("\t00:00:00.000\t-->\t00:00:01.000\t", (0.0, 1.0)),
        ("00:00:00.000 --> 00:00:01.000 align:end line:-1 size:20%", (0.0, 1.0)),
        ("00:00:00.000 --> 00:00:01.000 region:fred position:40%,line-left", (0.0, 1.0)),
        ("00:00:00.000 --> 00:00:01.000 align\x00:end", (0.0, 1.0)),
        ("123:00:00.000 --> 123:00:01.500", (442800.0, 442801.5)),
        ("1000:00:00.000 --> 1000:00:01.000", (3600000.0, 3600001.0)),
        ("00:59:59.999 --> 01:00:00.000", (3599.999, 3600.0)),
        ("-00:00:05.000 --> 00:00:01.000", (0.0, 1.0)),
        ("00:00:05.000 --> 00:00:01.000", (5.0, 5.0)),
    ],
)
def test_timings(timing: str, times: tuple[float, float]) -> None:
    assert read_cues(f"WEBVTT\n\n{timing}\nwords") == [Cue(*times, "words")]


@pytest.mark.parametrize(
    "line",
    [
        "-->", "--->", "-->-->", "-- -->", "00:00:01.000 -a -->", "00:00:01.000 -->",
        "00:00:01.000 --> 00:00:0x.000", "--> 00:00:01.000", "00:00:01 --> ",
        "0:0:0:1.000 --> 00:02.000",
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["WEBVTT\n\n", "1\n"])
def test_what_only_looks_like_a_timing_is_not_spoken(start: str, line: str) -> None:
    following = "00:00:03.000 --> 00:00:04.000\nmore"
    assert spoken(f"{start}{TIMING}\nwords\n{line}\n{following}") == ["words", "more"]
    assert spoken(f"{start}{TIMING}\nwords\n\n{line}\n\n{following}") == ["words", "more"]


def test_an_arrow_in_speech_is_speech() -> None:
    assert spoken(f"WEBVTT\n\n{TIMING}\nA -> B --> C\ngo on") == ["A -> B --> C\ngo on"]


@pytest.mark.parametrize("name", ["1", " leading", "trailing ", "-- >", "->", " ", "NOTE", "STYLE"])
def test_names_of_cues_are_not_spoken(name: str) -> None:
    text = f"WEBVTT\n\n{name}\n{TIMING}\nwords\n\n{name}\n00:00:03.000 --> 00:00:04.000\nmore"
    assert spoken(text) == ["words", "more"]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("gap", [1, 2, 4])
def test_every_line_ending_and_any_gap(end: str, gap: int) -> None:
    lines = f"WEBVTT\n\n{TIMING}\none\ntwo{chr(10) * (gap + 1)}00:03.000 --> 00:04.000\nthree"
    assert spoken(lines.replace("\n", end)) == ["one\ntwo", "three"]
    assert spoken((lines + "\n").replace("\n", end)) == ["one\ntwo", "three"]


@pytest.mark.parametrize(
    "block",
    [
        "NOTE", "NOTE one line", "NOTE\nmany\nlines", "STYLE\n::cue(b) { color: red }",
        "REGION\nid:fred\nwidth:40%\nlines:3\nscroll:up", "lost words without a timing",
    ],
)  # fmt: skip
def test_blocks_that_are_no_cues_are_not_spoken(block: str) -> None:
    assert spoken(f"WEBVTT\n\n{block}\n\n{TIMING}\nwords\n\n{block}\n") == ["words"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("&amp; &lt;3 &gt; a&lrm;b&rlm;c", "& <3 > a\u200eb\u200fc"),
        ("one&nbsp;two", "one two"),
        ("&", "&"),
        ("&1;", "&1;"),
        ("AT&T", "AT&T"),
        ("<c>one</c> <c.red.big>two</c>", "one two"),
        ("<b>one <i>two</i> <u>three</b>", "one two three"),
        ("<ruby>kan<rt>ji</rt></ruby>", "kanji"),
        ("<lang en-GB>colour</lang>", "colour"),
        ("one <00:00:01.500>two<01:00:01.500>three", "one twothree"),
        ("<b", "<b"),
        ("a < b and c > d", "a < b and c > d"),
        ("</c></v></b>words", "words"),
        ("<<b>>words", "<>words"),
    ],
)
def test_cue_text(payload: str, words: str) -> None:
    assert spoken(f"WEBVTT\n\n{TIMING}\n{payload}") == [words]


def test_voices_with_classes_and_without_an_end() -> None:
    text = f"WEBVTT\n\n{TIMING}\n<v.first.loud Esme O\u2019Neill>It\u2019s me\n<v Bob>And me"
    assert [(c.voice, c.text) for c in read_cues(text)] == [
        ("Esme O\u2019Neill", "It\u2019s me"),
        ("Bob", "And me"),
    ]


def test_rolling_captions_of_recognised_speech_keep_every_line() -> None:
    text = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.160 --> 00:00:02.550 align:start position:0%\n \n"
        "four<00:00:00.480><c> score</c><00:00:00.960><c> and</c>\n\n"
        "00:00:02.550 --> 00:00:02.560 align:start position:0%\nfour score and\n \n\n"
        "00:00:02.560 --> 00:00:04.710 align:start position:0%\nfour score and\n"
        "seven<00:00:03.040><c> years</c><00:00:03.520><c> ago</c>\n\n"
    )
    assert [(c.start, c.text) for c in read_cues(text)] == [
        (0.16, "four score and"),
        (2.55, "four score and"),
        (2.56, "four score and\nseven years ago"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d",
        "\u543e\u8f29\u306f\u732b\u3067\u3042\u308b\u3002\u3000\u540d\u524d\u306f\u307e\u3060",
        "\u0634\u0643\u0631\u0627\u064b \u200f(\u062a\u0635\u0641\u064a\u0642)\u200f",
        "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
        "e\u0301te\u0301 n\u0303",
        "\u0915\u094d\u200d\u0937 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f680 \U0001f1ef\U0001f1f5",
    ],
)
def test_every_script_is_kept_to_the_letter(words: str) -> None:
    for text in (f"WEBVTT\n\n{TIMING}\n{words}", f"1\n{TIMING.replace('.', ',')}\n{words}\n"):
        assert spoken(text) == [words]


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=6))
def test_no_word_of_a_well_formed_cue_is_lost(lines: list[str]) -> None:
    safe = [line.replace("<", "").replace("&", "").replace("-", "") for line in lines]
    blocks = [f"00:0{n}:00.000 --> 00:0{n}:01.000\n{line}" for n, line in enumerate(safe)]
    heard = "".join("".join(spoken("WEBVTT\n\n" + "\n\n".join(blocks))).split())
    assert heard == "".join("".join(safe).replace("\ufeff", "\ufeff").split())


def test_words_keep_the_times_that_are_written_between_them() -> None:
    rolling = (
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nwe saw the sea\n"
        "and<00:00:02.240><c> it</c><00:00:03.000><c> was calm</c>\n"
    )
    (cue,) = read_cues(rolling)
    assert cue.text == "we saw the sea\nand it was calm"
    assert cue.words == ((1.0, "and"), (2.24, "it"), (3.0, "was calm"))
    assert read_cues(f"WEBVTT\n\n{TIMING}\nno times here\n")[0].words == ()
