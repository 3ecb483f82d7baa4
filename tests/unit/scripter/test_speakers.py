"""Who speaks is read from marks, labels and voices, and never from what only looks like one."""

from contracts.documents import Segment, Transcript

from tests.unit.scripter.making import captions, said, text


def test_labels_name_the_speaker_until_the_next() -> None:
    labelled = captions(
        (0, 1, "ANNA: Who is there?"),
        (1, 2, "It is late."),
        (2, 3, "DR. O'NEIL (whispering): Only me."),
        (3, 4, "NARRATOR: And so it was."),
    )
    assert said(labelled) == [
        ("Anna", "Who is there? It is late."),
        ("Dr. O'Neil", "Only me."),
        (None, "And so it was."),
    ]


def test_marks_change_the_speaker_without_a_name() -> None:
    marked = captions(
        (0, 1, ">> Hello. >> Hi there."), (1, 2, ">> BOB: Good day."), (2, 3, ">> Bye.")
    )
    assert said(marked) == [
        (None, "Hello."),
        (None, "Hi there."),
        ("Bob", "Good day."),
        (None, "Bye."),
    ]


def test_dashes_part_two_people_in_one_caption() -> None:
    assert said(captions((0, 2, "- Are you sure?\n-Quite."), (2, 3, "It fell to -5 degrees."))) == [
        (None, "Are you sure?"),
        (None, "Quite. It fell to -5 degrees."),
    ]


def test_voices_hold_for_their_own_words_only() -> None:
    voiced = Transcript(
        language="en",
        origin="upload",
        segments=(
            Segment(start=0, end=1, text="Good evening.", speaker="MIRA"),
            Segment(start=1, end=2, text="Come in.", speaker="Mira"),
            Segment(start=2, end=3, text="She bowed."),
            Segment(start=3, end=4, text="The end.", speaker="Narrator"),
        ),
    )
    assert said(voiced) == [("Mira", "Good evening. Come in."), (None, "She bowed. The end.")]


def test_a_text_s_label_ends_with_its_paragraph() -> None:
    assert said(
        text("Ida: Who steers?\nAnybody?\nTram: I do.", "Silence.", "Ida: Oh.\nTram: Yes.")
    ) == [
        ("Ida", "Who steers? Anybody?"),
        ("Tram", "I do."),
        (None, "Silence."),
        ("Ida", "Oh."),
        ("Tram", "Yes."),
    ]


def test_a_name_may_stand_on_a_line_of_its_own() -> None:
    assert said(text("IDA:\nWho steers?")) == [("Ida", "Who steers?")]


def test_full_width_colons_name_a_speaker_too() -> None:
    lines = (
        "\u592a\u90ce\uff1a\u3053\u3093\u306b\u3061\u306f\u3002",
        "\u592a\u90ce\uff1a\u3058\u3083\u3042\u3002",
    )
    assert [who for who, _ in said(text(*lines))] == ["\u592a\u90ce", "\u592a\u90ce"]


def test_what_only_looks_like_a_label_is_spoken() -> None:
    lines = (
        "NOTE: the oven is hot.",
        "Remember: it is hot.",
        "Remember: it burns.",
        "Three things: flour, water, salt.",
        "We met at 12:30 today.",
        "See https://example.org now.",
    )
    assert said(text(*lines)) == [(None, line) for line in lines]


def test_a_printed_play_names_its_speakers_with_a_full_stop_and_directs_them_in_brackets() -> None:
    play = text(
        "[Lane is arranging afternoon tea on the table.]",
        "ALGERNON. Did you hear what I was playing, Lane?",
        "LANE. I didn't think it polite to listen, sir.",
        "ALGERNON. [Sitting down.] I'm sorry for that, for your sake.",
        "LANE [bowing]. Yes, sir.",
        "LADY BRACKNELL. Good afternoon. [She sits down.] I hope you are well.",
        "LADY BRACKNELL. NATO. That is all.",
    )
    assert said(play) == [
        ("Algernon", "Did you hear what I was playing, Lane?"),
        ("Lane", "I didn't think it polite to listen, sir."),
        ("Algernon", "I'm sorry for that, for your sake."),
        ("Lane", "Yes, sir."),
        ("Lady Bracknell", "Good afternoon. I hope you are well."),
        ("Lady Bracknell", "NATO. That is all."),
    ]


def test_capitals_with_a_full_stop_are_no_names_in_a_text_that_is_no_play() -> None:
    lines = ("NATO. It was founded in 1949.", "NATO. It has members [1].", "STOP. Go on.")
    assert [who for who, _ in said(text(*lines))] == [None] * 3
