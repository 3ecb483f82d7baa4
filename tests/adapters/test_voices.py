"""Real voices: the local one, and the OpenAI client against the loopback stand-in."""

import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from standins.openai_voice import FAULTS, KEY, Line, VoiceStandin
from standins.server import serving
from stitcher.adapters.recording import Recorder
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.adapters.voices.openai import OpenAIVoice, speech_client
from stitcher.domain.voices import AnswerLostError, NoVoiceError, Order

# Jane Austen, "Pride and Prejudice" (1813), in the public domain.
TRUTH = "It is a truth universally acknowledged."
ORDER = Order(TRUTH, "en", "sage", "tts")
COSTLY = {"reset_after", "hang_after", "garbage", "empty"}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[VoiceStandin, str]]:
    standin = VoiceStandin(hang_seconds=1)
    with serving(standin.app) as base:
        yield standin, f"{base}/v1"


@pytest.fixture
def standin(served: tuple[VoiceStandin, str]) -> VoiceStandin:
    served[0].faults.clear()
    served[0].paid.clear()
    served[0].requests.clear()
    return served[0]


@pytest.fixture
async def voice(served: tuple[VoiceStandin, str]) -> AsyncIterator[OpenAIVoice]:
    async with speech_client(served[1], KEY, 0.5) as client:
        yield OpenAIVoice(client, 0.5)


async def test_a_line_is_said_and_paid_for_once(
    standin: VoiceStandin, voice: OpenAIVoice, tmp_path: Path
) -> None:
    file = tmp_path / "line.wav"
    file.write_bytes(await voice.say(ORDER))
    assert standin.paid == [Line(TRUTH, "sage", "tts")]
    tidied = await Recorder().tidy(file, tmp_path / "tidy.wav")
    assert tidied is not None
    assert tidied[0] == pytest.approx(len(TRUTH) / 15, abs=0.05)


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_told_apart_by_whether_it_may_be_paid(
    standin: VoiceStandin, voice: OpenAIVoice, fault: str
) -> None:
    standin.faults.append(fault)
    with pytest.raises((AnswerLostError, Transient, Rejected)) as raised:
        await voice.say(ORDER)
    assert standin.requests["speech"] == 1, "sent once"
    assert bool(standin.paid) == (fault in COSTLY)
    if standin.paid or fault in {"reset_before", "hang_before"}:
        assert raised.type is AnswerLostError
    assert KEY not in str(raised.value) + getattr(raised.value, "detail", "")


async def test_the_servers_own_wait_is_kept(standin: VoiceStandin, voice: OpenAIVoice) -> None:
    standin.faults.append("429")
    with pytest.raises(Transient) as refusal:
        await voice.say(ORDER)
    assert (refusal.value.retry_after, refusal.value.code) == (7, ErrorCode.PROVIDER_RATE_LIMITED)


async def test_nobody_listening_costs_nothing(tmp_path: Path) -> None:
    async with speech_client("http://127.0.0.1:9/v1", KEY, 1) as client:
        with pytest.raises(Transient):
            await OpenAIVoice(client, 1).say(ORDER)


async def test_the_local_voice_says_lines_of_many_languages_in_time(tmp_path: Path) -> None:
    orders = [
        Order(TRUTH, "en-GB", "f2", "espeak-ng"),
        Order("Der Mensch, der einzige Mensch.", "de", "m3", "espeak-ng"),
        Order("她站在台阶上。", "zh-Hant", "f2", "espeak-ng"),
        Order("Nobody speaks this.", "qqq", "f2", "espeak-ng"),
    ]
    *said, nothing = await EspeakVoice().say(orders, tmp_path)
    assert nothing is None
    english = said[0]
    assert english is not None
    assert [TRUTH[word.letter :][: word.letters] for word in english.words] == [
        "It", "is", "a", "truth", "universally", "acknowledged",
    ]  # fmt: skip
    starts = [word.start for word in english.words]
    assert starts == sorted(starts)
    for one in said:
        assert one is not None
        tidied = await Recorder().tidy(one.path, tmp_path / "tidy.wav")
        assert tidied is not None
        assert 0.5 < tidied[0] < 6


async def test_voices_differ_and_the_same_line_sounds_the_same(tmp_path: Path) -> None:
    def sound(name: str) -> bytes:
        with wave.open(str(tmp_path / f"{name}.wav")) as file:
            return file.readframes(file.getnframes())

    one, other = (Order(TRUTH, "en", voice, "espeak-ng") for voice in ("f2", "m3"))
    await EspeakVoice().say([one, other], tmp_path)
    first = sound(one.name)
    assert first != sound(other.name)
    await EspeakVoice().say([one], tmp_path)
    assert sound(one.name) == first


async def test_a_voice_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    order = Order(TRUTH, "en", "f2", "espeak-ng")
    with pytest.raises(NoVoiceError):
        await EspeakVoice(python="/bin/false").say([order], tmp_path)
    with pytest.raises(NoVoiceError):
        await EspeakVoice(timeout=0.001).say([order], tmp_path)
    assert await EspeakVoice(python="/bin/false").say([], tmp_path) == []
