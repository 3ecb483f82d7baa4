"""Sounds without meaning are taken out, and no word that only looks like one."""

import pytest
from scripter.domain import write_script
from scripter.domain.fillers import without_fillers

from tests.unit.scripter.making import SCRIPT_ID, captions, text


@pytest.mark.parametrize(
    ("language", "said", "left"),
    [
        ("en", "Um, so I think, uh, we should go.", "So I think, we should go."),
        ("en-GB", "It is good, um. Uh, yes.", "It is good. Yes."),
        ("en", "I, um, like the umbrella um", "I, like the umbrella"),
        ("en", "Hmm. Um, er, well", "Well"),
        ("en", "Uh-huh.", ""),
        ("en", "\u201cEr, no,\u201d he hummed.", "\u201cNo,\u201d he hummed."),
        ("de", "er geht um die Ecke, \u00e4h, schnell", "er geht um die Ecke, schnell"),
        ("fr", "Euh, je suis heureux", "Je suis heureux"),
        ("es", "eh, este libro", "eh, este libro"),
        ("ru", "\u042d-\u044d, \u0434\u0430", "\u0414\u0430"),
        ("ja", "\u3048\u30fc\u3068\u3001\u4eca\u65e5\u306f", "\u4eca\u65e5\u306f"),
        ("zh", "\u55ef\uff0c\u6211\u4eec\u8d70", "\u6211\u4eec\u8d70"),
        ("und", "er um uhh well", "er um well"),
        ("th", "nothing to take out", "nothing to take out"),
    ],
)
def test_only_sounds_are_taken_out(language: str, said: str, left: str) -> None:
    assert without_fillers(said, language) == left


def test_recorded_speech_loses_them_if_asked_and_a_typed_text_never() -> None:
    spoken = captions((0, 1, "Um, hello."), (1, 2, "Uh."))
    for drop, words in ((True, 1), (False, 3)):
        assert write_script(SCRIPT_ID, spoken, drop_fillers=drop).words == words
    assert write_script(SCRIPT_ID, text("Um, hello."), drop_fillers=True).words == 2
