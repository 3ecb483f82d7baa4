"""Real voices: the local one, and the OpenAI client against the loopback stand-in."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from contracts.errors import AnswerLostError, ErrorCode, Rejected, Transient
from runtime.openai_audio import audio_client
from standins.openai_voice import FAULTS, KEY, Line, VoiceStandin
from standins.server import serving
from stitcher.adapters.recording import Recorder
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.adapters.voices.openai import OpenAIVoice
from stitcher.domain.voices import NoVoiceError, Order

from tests.waiting import until

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
    async with audio_client(served[1], KEY, 0.5) as client:
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
    async with audio_client("http://127.0.0.1:9/v1", KEY, 1) as client:
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


async def test_a_line_sounds_the_same_whenever_it_is_said_and_after_whatever(
    tmp_path: Path,
) -> None:
    """Not by the clock's second, of which the library would take its noise."""
    one, other = (Order(TRUTH, "en", voice, "espeak-ng") for voice in ("f2", "m3"))

    async def sounds(*orders: Order) -> list[str]:
        said = await EspeakVoice().say(orders, tmp_path)
        return [sha256(line.path.read_bytes()).hexdigest() for line in said if line is not None]

    first, second = await sounds(one, other)
    assert first != second
    begun = time.time() // 1

    async def a_second_later() -> bool:
        return time.time() // 1 > begun

    await until(a_second_later, "the next second of the clock")
    assert await sounds(other, one) == [second, first]


def test_a_line_that_crashes_the_library_takes_no_other_with_it() -> None:
    """Of real forks: the library itself is not known to crash on anything here."""
    program = """if True:
        import os, signal
        from stitcher.adapters.voices import speaking

        class Odd:
            def speak(self, order):
                if order["text"] == "odd":
                    os.kill(os.getpid(), signal.SIGSEGV)
                return {"samples": len(order["text"]), "rate": 1, "words": []}

        speaking.Speaker = Odd
        speaking.main()"""
    orders = json.dumps([{"text": text} for text in ("one", "odd", "three")])
    ran = subprocess.run(
        [sys.executable, "-c", program], input=orders, capture_output=True, text=True, check=True
    )
    assert [answer and answer["samples"] for answer in json.loads(ran.stdout)] == [3, None, 5]
    assert ran.stderr == f"a line of 3 letters ended with status {signal.SIGSEGV.value}\n"


async def test_a_voice_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    order = Order(TRUTH, "en", "f2", "espeak-ng")
    with pytest.raises(NoVoiceError):
        await EspeakVoice(python="/bin/false").say([order], tmp_path)
    with pytest.raises(NoVoiceError):
        await EspeakVoice(timeout=0.001).say([order], tmp_path)
    assert await EspeakVoice(python="/bin/false").say([], tmp_path) == []
