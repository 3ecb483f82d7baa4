"""What an address says to us is sealed by us."""

import base64
from uuid import UUID

import pytest
from contracts.callbacks import LONGEST, Callback

KEY = b"a-seal-of-sixteen-bytes"
ABOUT = Callback("pika", UUID(int=1), UUID(int=2), UUID(int=3), "work.1")


def test_what_was_sealed_is_opened_again() -> None:
    sealed = ABOUT.sealed(KEY)
    assert Callback.opened(sealed, KEY) == ABOUT
    assert set(sealed) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@pytest.mark.parametrize("place", [0, 5, 40, -1])
def test_a_changed_letter_opens_nothing(place: int) -> None:
    letters = list(ABOUT.sealed(KEY))
    letters[place] = "A" if letters[place] != "A" else "B"
    assert Callback.opened("".join(letters), KEY) is None


@pytest.mark.parametrize("text", ["", "v1", "v1..", "v1.x.y", "ä.b.c", "v1." + "A" * LONGEST])
def test_what_is_no_seal_opens_nothing(text: str) -> None:
    assert Callback.opened(text, KEY) is None


def test_another_key_or_none_opens_nothing() -> None:
    assert Callback.opened(ABOUT.sealed(b"another key of ours"), KEY) is None
    assert Callback.opened(ABOUT.sealed(b""), b"") is None


def test_the_seal_covers_who_it_is_about() -> None:
    head, text, seal = ABOUT.sealed(KEY).split(".")
    said = base64.urlsafe_b64decode(text + "==").decode().replace("work.1", "work.2")
    other = base64.urlsafe_b64encode(said.encode()).rstrip(b"=").decode()
    assert Callback.opened(f"{head}.{other}.{seal}", KEY) is None
