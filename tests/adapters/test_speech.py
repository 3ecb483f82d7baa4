"""The real OpenAI client against the loopback stand-in: every answer it may get."""

import array
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from contracts.errors import AnswerLostError, ErrorCode, Rejected, Transient
from runtime.openai_audio import audio_client
from standins.openai_speech import FAULTS, KEY, SpeechStandin, words_of
from standins.server import serving
from transcriber.adapters.speech import OpenAISpeech
from transcriber.domain.sound import Heard, Utterance

SAMPLES = array.array("h", [n % 997 for n in range(32_000)]).tobytes()
WORDS = words_of(hashlib.sha256(SAMPLES).hexdigest())
COSTLY = {"reset_after", "hang_after", "garbage", "not_json", "no_text"}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[SpeechStandin, str]]:
    standin = SpeechStandin(hang_seconds=2)
    with serving(standin.app) as base:
        yield standin, f"{base}/v1"


@pytest.fixture
def standin(served: tuple[SpeechStandin, str]) -> SpeechStandin:
    served[0].faults.clear()
    served[0].paid.clear()
    served[0].requests.clear()
    return served[0]


@pytest.fixture
async def speech(served: tuple[SpeechStandin, str]) -> AsyncIterator[OpenAISpeech]:
    async with audio_client(served[1], KEY, 5) as client:
        yield OpenAISpeech(client, "gpt-transcribe", timed=False, total=5)


async def test_a_piece_is_heard_and_paid_for_once(
    standin: SpeechStandin, speech: OpenAISpeech
) -> None:
    assert await speech.hear(SAMPLES, "en") == Heard((Utterance(0.0, 2.0, WORDS),), "en")
    (piece,) = standin.paid
    assert (piece.seconds, piece.model, piece.language) == (2.0, "gpt-transcribe", "en")
    assert piece.form == "json"
    assert standin.requests["transcriptions"] == 1


async def test_a_model_that_knows_times_is_asked_for_them(
    standin: SpeechStandin, speech: OpenAISpeech
) -> None:
    heard = await replace(speech, model="whisper-1", timed=True).hear(SAMPLES, None)
    assert [(s.start, s.end, s.text.strip()) for s in heard.utterances] == [
        (0.0, 1.0, WORDS),
        (1.0, 7.0, "And on."),
    ]
    assert heard.language == "en"
    assert (standin.paid[0].form, standin.paid[0].language) == ("verbose_json", None)


async def test_only_a_language_is_sent_as_one(standin: SpeechStandin, speech: OpenAISpeech) -> None:
    for odd in ("", "Klingon", "e1"):
        await speech.hear(SAMPLES, odd)
    assert {piece.language for piece in standin.paid} == {None}


async def test_silence_is_no_words(standin: SpeechStandin, speech: OpenAISpeech) -> None:
    standin.says = lambda _: "  "
    try:
        assert await speech.hear(SAMPLES, None) == Heard((), "en")
    finally:
        standin.says = words_of


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        ("429", ErrorCode.PROVIDER_RATE_LIMITED, 7.0),
        ("500", ErrorCode.AI_PROVIDER_FAILURE, None),
        ("503", ErrorCode.AI_PROVIDER_FAILURE, 3.0),
    ],
)
async def test_a_busy_server_is_asked_later_as_it_says(
    standin: SpeechStandin, speech: OpenAISpeech, fault: str, code: ErrorCode, wait: float | None
) -> None:
    standin.faults.append(fault)
    with pytest.raises(Transient) as caught:
        await speech.hear(SAMPLES, None)
    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    assert standin.requests["transcriptions"] == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("401", ErrorCode.PROVIDER_AUTH),
        ("404", ErrorCode.PROVIDER_AUTH),
        ("redirect", ErrorCode.PROVIDER_AUTH),
        ("quota", ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
        ("400", ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_a_server_that_refuses_us_is_not_asked_again(
    standin: SpeechStandin, speech: OpenAISpeech, fault: str, code: ErrorCode
) -> None:
    standin.faults.append(fault)
    with pytest.raises(Rejected) as caught:
        await speech.hear(SAMPLES, None)
    assert caught.value.code is code
    assert standin.requests["transcriptions"] == 1


@pytest.mark.parametrize("fault", [*sorted(COSTLY), "reset_before", "hang_before"])
async def test_an_answer_that_never_came_may_have_been_paid_for(
    standin: SpeechStandin, speech: OpenAISpeech, fault: str
) -> None:
    standin.faults.append(fault)
    with pytest.raises(AnswerLostError):
        await replace(speech, total=0.5).hear(SAMPLES, None)
    assert standin.requests["transcriptions"] == 1
    assert len(standin.paid) == (fault in COSTLY)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"hang_before", "hang_after"}))
async def test_no_fault_shows_a_key_or_the_servers_own_words(
    standin: SpeechStandin, speech: OpenAISpeech, fault: str
) -> None:
    standin.faults.append(fault)
    with pytest.raises((Transient, Rejected, AnswerLostError)) as caught:
        await speech.hear(SAMPLES, None)
    told = f"{caught.value} {getattr(caught.value, 'detail', '')}"
    assert KEY not in told
    assert "Something with" not in told
    assert "http" not in told.lower().replace("httpstatus", "")


async def test_nobody_at_home_is_no_send() -> None:
    with serving(SpeechStandin().app) as base:
        pass
    async with audio_client(f"{base}/v1", KEY, 1) as client:
        with pytest.raises(Transient) as caught:
            await OpenAISpeech(client, "m", timed=False, total=2).hear(SAMPLES, None)
    assert caught.value.code is ErrorCode.AI_PROVIDER_FAILURE
