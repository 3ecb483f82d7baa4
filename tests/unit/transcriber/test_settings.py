"""What an operator may tell the transcriber, and what is refused at once."""

import pytest
from pydantic import SecretStr, ValidationError
from runtime.settings import RuntimeSettings
from transcriber.settings import Settings

RUNTIME = RuntimeSettings(objects_signing_key=SecretStr("k"))


def test_without_a_key_there_is_no_speech_and_nothing_else_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings(runtime=RUNTIME).speech_key is None
    for name in ("SPEECH_KEY", "YOUTUBE_PROXY", "YTDLP"):
        monkeypatch.setenv(f"TRANSCRIBER_{name}", "")
    empty = Settings(runtime=RUNTIME)
    assert (empty.speech_key, empty.youtube_proxy, empty.ytdlp) == (None, None, None)


@pytest.mark.parametrize(
    ("model", "timed", "with_times", "seconds"),
    [
        ("gpt-transcribe", None, False, 45),
        ("whisper-1", None, True, 600),
        ("Systran/faster-Whisper-large-v3", None, True, 600),
        ("gpt-transcribe", True, True, 600),
        ("whisper-1", False, False, 45),
    ],
)
def test_pieces_are_short_where_answers_have_no_times(
    model: str, timed: bool | None, with_times: bool, seconds: float
) -> None:
    settings = Settings(runtime=RUNTIME, speech_model=model, speech_timed=timed)
    assert (settings.with_times, settings.piece_seconds) == (with_times, seconds)


@pytest.mark.parametrize(
    "url", ["", "api.openai.com/v1", "file:///etc/passwd", "https://", "https://me:pw@host/v1",
            "https://host/v1?key=x"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(runtime=RUNTIME, speech_url=url)


def test_a_piece_fits_into_one_request() -> None:
    with pytest.raises(ValidationError):
        Settings(runtime=RUNTIME, speech_piece_seconds=900)
    assert Settings(runtime=RUNTIME, speech_url="http://whisper:8000/v1/").speech_url == (
        "http://whisper:8000/v1"
    )


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        runtime=RUNTIME, speech_key=SecretStr("sk-1"), youtube_proxy=SecretStr("http://me:pw@h:1")
    )
    assert "sk-1" not in repr(settings)
    assert "pw" not in repr(settings)
