"""A film's narration on fakes: what is said, what is paid, and what is noted when nothing is."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from contracts.documents import Line, Plan
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.mezzanine import Mezzanine
from contracts.values import SoundSettings
from runtime.objects import LocalObjects
from stitcher.adapters.beds import SynthesisedBeds
from stitcher.domain.sound import soundtrack
from stitcher.domain.timeline import Cut, Joint, Timeline, lay
from stitcher.domain.voices import AnswerLostError, NoVoiceError
from stitcher.handlers.narrating import LocalVoices, Narration, Narrator, Telling, Voices
from stitcher.handlers.paying import PaidVoices
from stitcher.handlers.sounding import Sounding, Sounds

from tests.unit.stitcher.making import ROOT, clip, no_pause, plan, planned, ref, work
from tests.unit.stitcher.speaking import (
    USD_PER_MILLION,
    FakeRecorder,
    FakeSpeaker,
    FakeSpoken,
    FakeVoice,
)

WORDS = ([Line(text="One."), Line(speaker="Maya", text="Two.")], [Line(speaker="Theo", text="Six")])


def film() -> Timeline:
    cuts = [Cut(clip(str(n), frames=60), 60, 0, 60, n) for n in range(2)]
    return lay(Mezzanine(320, 320, 30), cuts, [Joint()])


def asking(**sound: object) -> Plan:
    words = plan(*WORDS)
    settings = words.settings.model_copy(update={"sound": SoundSettings.model_validate(sound)})
    return words.model_copy(update={"settings": settings})


async def narrate(
    speaker: FakeVoice, folder: Path, attempt: int = 1, **sound: object
) -> tuple[Narration, FakeRecorder]:
    recorder = FakeRecorder()
    narrator = Narrator(LocalVoices(speaker), recorder)
    made = await narrator.narrate(
        Telling(planned(), ROOT, attempt, folder), film(), asking(**sound)
    )
    return made, recorder


async def test_every_line_is_said_by_its_own_voice(tmp_path: Path) -> None:
    voice = FakeVoice()
    made, recorder = await narrate(voice, tmp_path)
    assert [order.text for order in voice.asked] == ["One.", "Two.", "Six"]
    assert voice.asked[0].voice == "n"
    assert len({order.voice for order in voice.asked}) == 3
    assert made.notes == ()
    assert made.path is not None
    assert made.path.read_text() == "3 lines, 192000 samples"
    assert [line.slot.first for line in made.lines] == [0.0, 1.0, 2.0]
    assert [seconds for _, _, seconds, _ in recorder.recorded] == pytest.approx([0.4, 0.4, 0.3])


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
    made, _ = await narrate(voice, tmp_path, narration=False)
    assert (made, voice.asked) == (Narration(), [])


async def test_a_line_without_a_voice_is_noted(tmp_path: Path) -> None:
    made, _ = await narrate(FakeVoice(refused=frozenset({"Two."})), tmp_path)
    assert len(made.lines) == 2
    assert made.notes[0].startswith("1 of 3 lines")


@pytest.mark.parametrize("broken", [NoVoiceError("gone"), Rejected(ErrorCode.PROVIDER_AUTH)])
async def test_without_any_voice_the_film_is_made_and_says_so(
    tmp_path: Path, broken: Exception
) -> None:
    made, _ = await narrate(FakeVoice(broken=broken), tmp_path)
    assert made.path is None
    assert "no narration" in made.notes[0]


async def test_a_voice_that_is_away_is_awaited_for_a_while(tmp_path: Path) -> None:
    away = FakeVoice(broken=Transient(ErrorCode.AI_PROVIDER_FAILURE))
    for attempt in (1, 2):
        with pytest.raises(Transient):
            await narrate(away, tmp_path, attempt)
    made, _ = await narrate(away, tmp_path, 3)
    assert "no narration" in made.notes[0]


@dataclass
class Shop:
    """A paid voice on fakes."""

    folder: Path
    speaker: FakeSpeaker
    spoken: FakeSpoken
    store: LocalObjects

    @property
    def voices(self) -> Voices:
        return PaidVoices(
            self.speaker, self.spoken, self.store, USD_PER_MILLION, "fake", ("n", "a", "b"),
            asyncio.Semaphore(1), pause=no_pause,
        )  # fmt: skip

    async def narrate(self, attempt: int = 1) -> Narration:
        narrator = Narrator(self.voices, FakeRecorder())
        return await narrator.narrate(
            Telling(planned(), ROOT, attempt, self.folder), film(), asking()
        )

    async def ahead(self) -> None:
        narrator = Narrator(self.voices, FakeRecorder())
        await narrator.say_ahead(planned(), ROOT, asking(), self.folder)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    return Shop(tmp_path, FakeSpeaker(), FakeSpoken(), store)


async def test_a_line_is_paid_for_once_however_often_its_film_is_made(shop: Shop) -> None:
    await shop.ahead()
    first = await shop.narrate()
    assert await shop.narrate() == first
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


async def test_a_line_that_is_refused_is_left_unsaid_and_a_bad_key_silences_all(shop: Shop) -> None:
    shop.speaker.faults = [Rejected(ErrorCode.AI_PROVIDER_FAILURE)]
    assert len((await shop.narrate()).lines) == 2
    shop.speaker.faults = [Rejected(ErrorCode.PROVIDER_AUTH)]
    assert "no narration" in (await shop.narrate()).notes[0]


async def test_a_sound_that_was_deleted_is_said_again(shop: Shop) -> None:
    await shop.narrate()
    for row in shop.spoken.rows.values():
        assert row.made is not None
        await shop.store.delete(row.made.key)
    assert len((await shop.narrate()).lines) == 3
    assert len(shop.speaker.sent) == 6


async def test_trouble_ahead_is_left_to_the_film(shop: Shop) -> None:
    shop.speaker.faults = [Rejected(ErrorCode.PROVIDER_AUTH)] * 3
    await shop.ahead()
    assert shop.spoken.rows
    assert len((await shop.narrate()).lines) == 3


async def sounding(shop: Shop, **sound: object) -> Sounding:
    sounds = Sounds(
        Narrator(LocalVoices(FakeVoice()), FakeRecorder()), SynthesisedBeds(), shop.store
    )
    return await sounds.of(planned(), work("stitch"), film(), asking(**sound), shop.folder)


async def test_a_voice_leads_and_music_and_clips_give_way(shop: Shop) -> None:
    made = await sounding(shop, music="calm", music_db=-20)
    voice, music = made.tracks
    assert (voice.leads, music.ducked, music.gain_db) == (True, True, -20)
    assert set(made.files) == {"narration", "music"}
    assert [track.ducked for track in soundtrack(film(), made.tracks).tracks] == [True, False, True]
    assert made.voices_usd == Decimal(0)
    again = await sounding(shop, music="calm", music_db=-20)
    assert (
        soundtrack(film(), again.tracks).fingerprint == soundtrack(film(), made.tracks).fingerprint
    )


async def test_music_that_cannot_be_had_is_left_out_and_noted(shop: Shop) -> None:
    made = await sounding(shop, music="polka", narration=False)
    assert (made.tracks, made.notes) == (
        (),
        ("There is no music called polka: the film has none.",),
    )
    missing = await sounding(shop, upload=ref("users/u/projects/p/music/x.mp3").model_dump())
    assert len(missing.tracks) == 1
    assert "uploaded music cannot be used" in missing.notes[0]
