"""A film's narration on fakes: what is said, what is paid, and what is noted when nothing is."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from contracts.documents import Line, Plan
from contracts.errors import AnswerLostError, ErrorCode, Rejected, Transient
from contracts.mezzanine import Mezzanine
from contracts.values import SoundSettings
from runtime.objects import LocalObjects
from stitcher.domain.timeline import Cut, Joint, Timeline, lay
from stitcher.domain.voices import NoVoiceError
from stitcher.handlers.narrating import LocalVoices, Narration, Narrator, Telling, Voices
from stitcher.handlers.paying import PaidVoices

from tests.unit.stitcher.making import (
    FOLDER,
    ROOT,
    FakeMeasured,
    clip,
    no_pause,
    plan,
    planned,
)
from tests.unit.stitcher.speaking import (
    USD_PER_MILLION,
    FakeSpeaker,
    FakeSpoken,
    FakeVoice,
    lines,
)

WORDS = ([Line(text="One."), Line(speaker="Maya", text="Two.")], [Line(speaker="Theo", text="Six")])


def film() -> Timeline:
    cuts = [Cut(clip(str(n), frames=60), 60, 0, 60, n) for n in range(2)]
    return lay(Mezzanine(320, 320, 30), cuts, [Joint()])


def asking(**sound: object) -> Plan:
    words = plan(*WORDS)
    settings = words.settings.model_copy(update={"sound": SoundSettings.model_validate(sound)})
    return words.model_copy(update={"settings": settings})


def shelf(folder: Path) -> LocalObjects:
    return LocalObjects(folder / "objects", public_url="http://127.0.0.1", signing_key=b"key")


async def narrate(speaker: FakeVoice, folder: Path, attempt: int = 1, **sound: object) -> Narration:
    narrator = Narrator(LocalVoices(speaker), lines(shelf(folder)))
    return await narrator.narrate(
        Telling(planned(), ROOT, attempt, folder), film(), asking(**sound)
    )


async def heard(made: Narration, folder: Path) -> list[str]:
    """What the sources of all pieces write, in order."""
    found: list[str] = []
    for piece in made.pieces:
        path = folder / "heard.wav"
        await made.sources[piece.key](path)
        found.append(path.read_text())
    return found


async def test_every_line_is_said_by_its_own_voice(tmp_path: Path) -> None:
    voice = FakeVoice()
    made = await narrate(voice, tmp_path)
    assert [order.text for order in voice.asked] == ["One.", "Two.", "Six"]
    assert voice.asked[0].voice == "n"
    assert len({order.voice for order in voice.asked}) == 3
    assert made.notes == ()
    assert [line.slot.first for line in made.lines] == [0.0, 1.0, 2.0]
    assert [piece.first for piece in made.pieces] == [5_760, 53_760, 101_760]
    assert [piece.samples for piece in made.pieces] == [19_200, 19_200, 14_400]
    assert await heard(made, tmp_path) == ["One. 1.0 19200", "Two. 1.0 19200", "Six 1.0 14400"]


async def test_the_narrators_voice_can_be_chosen(tmp_path: Path) -> None:
    voice = FakeVoice()
    await narrate(voice, tmp_path, voice="b")
    assert voice.asked[0].voice == "b"
    assert "b" not in {order.voice for order in voice.asked[1:]}
    unknown = FakeVoice()
    await narrate(unknown, tmp_path, voice="nobody")
    assert unknown.asked[0].voice == "n"


async def test_a_film_may_be_silent(tmp_path: Path) -> None:
    voice = FakeVoice()
    made = await narrate(voice, tmp_path, narration=False)
    assert (made, voice.asked) == (Narration(), [])


async def test_a_line_without_a_voice_is_noted(tmp_path: Path) -> None:
    made = await narrate(FakeVoice(refused=frozenset({"Two."})), tmp_path)
    assert len(made.lines) == 2
    assert made.notes[0].startswith("1 of 3 lines")


@pytest.mark.parametrize("broken", [NoVoiceError("gone"), Rejected(ErrorCode.PROVIDER_AUTH)])
async def test_without_any_voice_the_film_is_made_and_says_so(
    tmp_path: Path, broken: Exception
) -> None:
    made = await narrate(FakeVoice(broken=broken), tmp_path)
    assert made.pieces == ()
    assert "no narration" in made.notes[0]


async def test_a_voice_that_is_away_is_awaited_for_a_while(tmp_path: Path) -> None:
    away = FakeVoice(broken=Transient(ErrorCode.AI_PROVIDER_FAILURE))
    for attempt in (1, 2):
        with pytest.raises(Transient):
            await narrate(away, tmp_path, attempt)
    made = await narrate(away, tmp_path, 3)
    assert "no narration" in made.notes[0]


@dataclass
class Shop:
    """A paid voice on fakes. Each film has a folder of its own."""

    folder: Path
    speaker: FakeSpeaker
    spoken: FakeSpoken
    store: LocalObjects
    measured: FakeMeasured

    @property
    def voices(self) -> Voices:
        return PaidVoices(
            self.speaker, self.spoken, self.store, USD_PER_MILLION, "fake", ("n", "a", "b"),
            asyncio.Semaphore(1), pause=no_pause,
        )  # fmt: skip

    @property
    def narrator(self) -> Narrator:
        return Narrator(self.voices, lines(self.store, self.measured))

    async def narrate(self, attempt: int = 1) -> Narration:
        folder = Path(mkdtemp(dir=self.folder))
        told = Telling(planned(), ROOT, attempt, folder)
        return await self.narrator.narrate(told, film(), asking())

    async def ahead(self) -> None:
        await self.narrator.say_ahead(planned(), ROOT, asking(), self.folder)

    async def delete(self, folder: str) -> None:
        """All stored sounds of a kind are gone."""
        for path in (self.folder / "objects").rglob(f"{folder}/*.wav"):
            await self.store.delete(f"{FOLDER}/{folder}/{path.name}")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, FakeSpeaker(), FakeSpoken(), shelf(tmp_path), FakeMeasured())


async def test_a_line_is_paid_for_once_however_often_its_film_is_made(shop: Shop) -> None:
    await shop.ahead()
    first, again = await shop.narrate(), await shop.narrate()
    assert (again.lines, again.pieces) == (first.lines, first.pieces)
    assert sorted(shop.speaker.sent) == ["One.", "Six", "Two."]
    assert await shop.voices.paid(planned()) == 11 * USD_PER_MILLION / 1_000_000


async def test_a_refusal_that_passes_is_asked_again_and_costs_nothing(shop: Shop) -> None:
    shop.speaker.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7.0)]
    assert len((await shop.narrate()).lines) == 3
    assert len(shop.speaker.sent) == 4
    assert await shop.voices.paid(planned()) == 11 * USD_PER_MILLION / 1_000_000


async def test_a_lost_answer_is_sent_for_once_more_and_counted(shop: Shop) -> None:
    shop.speaker.faults = [AnswerLostError("reset")]
    assert len((await shop.narrate()).lines) == 3
    assert await shop.voices.paid(planned()) > 11 * USD_PER_MILLION / 1_000_000


async def test_after_too_many_lost_answers_a_line_is_left_unsaid(shop: Shop) -> None:
    shop.speaker.faults = [AnswerLostError("reset")] * 2
    made = await shop.narrate()
    assert len(made.lines) == 2
    assert len(shop.speaker.sent) == 4


async def test_a_line_that_is_refused_is_left_unsaid(shop: Shop) -> None:
    shop.speaker.faults = [Rejected(ErrorCode.AI_PROVIDER_FAILURE)]
    made = await shop.narrate()
    assert (len(made.pieces), made.notes[0][:14]) == (2, "1 of 3 lines a")


async def test_a_bad_key_silences_what_was_never_said(shop: Shop) -> None:
    shop.speaker.faults = [Rejected(ErrorCode.PROVIDER_AUTH)]
    assert "no narration" in (await shop.narrate()).notes[0]
    shop.speaker.faults = [Rejected(ErrorCode.AI_PROVIDER_FAILURE)]
    await shop.narrate()
    shop.speaker.faults = [Rejected(ErrorCode.PROVIDER_AUTH)]
    assert "1 of 3 lines" in (await shop.narrate()).notes[0]


async def test_a_tidied_line_that_was_deleted_is_not_paid_for_again(shop: Shop) -> None:
    await shop.narrate()
    await shop.delete("lines")
    made = await shop.narrate()
    said = await heard(made, shop.folder)
    assert [text.split(":")[1][:5] for text in said] == [" One.", " Two.", " Six "]
    assert len(shop.speaker.sent) == 3


async def test_a_sound_of_which_nothing_is_left_is_said_again_if_it_is_heard(shop: Shop) -> None:
    await shop.narrate()
    await shop.delete("lines")
    await shop.delete("voices")
    made = await shop.narrate()
    assert (len(made.pieces), len(shop.speaker.sent)) == (3, 3)
    await heard(made, shop.folder)
    assert len(shop.speaker.sent) == 6


async def test_equal_lines_of_a_film_that_were_deleted_are_paid_for_once(shop: Shop) -> None:
    words = plan([Line(text="One.")], [Line(text="One.")])
    told = Telling(planned(), ROOT, 1, shop.folder)
    made = await shop.narrator.narrate(told, film(), words)
    assert len(shop.speaker.sent) == 1
    await shop.delete("lines")
    await shop.delete("voices")
    told = replace(told, folder=Path(mkdtemp(dir=shop.folder)))
    made = await shop.narrator.narrate(told, film(), words)
    await asyncio.gather(
        *(made.sources[piece.key](shop.folder / f"{n}.wav") for n, piece in enumerate(made.pieces))
    )
    assert len(shop.speaker.sent) == 2


async def test_a_lost_line_that_cannot_be_said_now_is_found_out_by_the_next_film(
    shop: Shop,
) -> None:
    await shop.narrate()
    await shop.delete("lines")
    await shop.delete("voices")
    made = await shop.narrate()
    shop.speaker.faults = [Rejected(ErrorCode.AI_PROVIDER_FAILURE)]
    with pytest.raises(Transient):
        await made.sources[made.pieces[1].key](shop.folder / "heard.wav")
    shop.speaker.faults = [Rejected(ErrorCode.AI_PROVIDER_FAILURE)]
    assert "1 of 3 lines" in (await shop.narrate()).notes[0]


async def test_trouble_ahead_is_left_to_the_film(shop: Shop) -> None:
    shop.speaker.faults = [Rejected(ErrorCode.PROVIDER_AUTH)] * 3
    await shop.ahead()
    assert shop.spoken.rows
    assert len((await shop.narrate()).lines) == 3
