"""The music of a film on fakes: nothing is fetched, measured or synthesised that is not needed."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest
from contracts.documents import Line, Plan
from contracts.errors import Transient
from contracts.events import ObjectRef
from contracts.mezzanine import Mezzanine
from contracts.values import SoundSettings
from runtime.objects import LocalObjects
from stitcher.domain.sound import soundtrack
from stitcher.domain.timeline import Cut, Joint, Timeline, lay
from stitcher.handlers.narrating import LocalVoices, Narrator
from stitcher.handlers.playing import Player
from stitcher.handlers.sounding import Sounding, Sounds

from tests.unit.stitcher.makers import FakeBeds
from tests.unit.stitcher.making import FakeMeasured, clip, plan, planned, work
from tests.unit.stitcher.speaking import FakeVoice, lines

SONG = "users/u/music/song.mp3"


def film() -> Timeline:
    cuts = [Cut(clip(str(n), frames=60), 60, 0, 60, n) for n in range(2)]
    return lay(Mezzanine(320, 320, 30), cuts, [Joint()])


def asking(**sound: object) -> Plan:
    words = plan([Line(text="One.")], [Line(text="Two.")])
    settings = words.settings.model_copy(update={"sound": SoundSettings.model_validate(sound)})
    return words.model_copy(update={"settings": settings})


@dataclass
class Films:
    """Films of one project."""

    folder: Path
    beds: FakeBeds
    measured: FakeMeasured
    store: LocalObjects

    async def sounding(self, **sound: object) -> Sounding:
        narrator = Narrator(LocalVoices(FakeVoice()), lines(self.store, self.measured))
        sounds = Sounds(narrator, Player(self.beds, self.store, self.measured))
        folder = Path(mkdtemp(dir=self.folder))
        return await sounds.of(planned(), work("stitch"), film(), asking(**sound), folder)

    async def uploaded(self, data: bytes) -> ObjectRef:
        return await self.store.put(SONG, data, "audio/mpeg")

    async def played(self, made: Sounding) -> str:
        path = self.folder / "played.wav"
        await made.sources["music"](path)
        return path.read_text()


@pytest.fixture
def films(tmp_path: Path) -> Films:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    return Films(tmp_path, FakeBeds(), FakeMeasured(), store)


async def test_a_voice_leads_and_music_and_clips_give_way(films: Films) -> None:
    made = await films.sounding(music="calm", music_db=-20)
    voice, music = made.tracks
    assert (voice.leads, music.ducked, music.gain_db) == (True, True, -20)
    assert made.sources.keys() == {piece.key for track in made.tracks for piece in track.pieces}
    assert [track.ducked for track in soundtrack(film(), made.tracks).tracks] == [True, False, True]
    assert made.voices_usd == 0
    assert (await films.sounding(music="calm", music_db=-20)).tracks == made.tracks


async def test_a_bed_is_made_to_be_heard_and_once(films: Films) -> None:
    made = await films.sounding(music="calm", narration=False)
    assert [piece.first for piece in made.tracks[0].pieces] == [0]
    assert films.beds.done == []
    assert [await films.played(await films.sounding(music="calm")) for _ in range(2)] == [
        "calm",
        "calm",
    ]
    assert films.beds.done == ["made calm"]
    films.beds.version = 2
    other = await films.sounding(music="calm", narration=False)
    assert other.tracks[0].pieces[0].sha256 != made.tracks[0].pieces[0].sha256
    await films.played(other)
    assert films.beds.done == ["made calm"] * 2


async def test_an_upload_is_measured_once_and_prepared_to_be_heard(films: Films) -> None:
    song = await films.uploaded(b"x" * 20)
    first = await films.sounding(upload=song.model_dump())
    assert films.beds.done == ["measured"]
    again = await films.sounding(upload=song.model_dump())
    assert again.tracks == first.tracks
    assert films.beds.done == ["measured"]
    assert await films.played(again) == "96000 192000"
    assert films.beds.done == ["measured", "prepared"]


async def test_what_was_refused_once_is_not_fetched_again(films: Films) -> None:
    song = await films.uploaded(b"bad")
    for _ in range(2):
        made = await films.sounding(upload=song.model_dump(), narration=False)
        assert made.tracks == ()
        assert made.notes == (
            "The uploaded music cannot be used: the film has none. That is no music.",
        )
        await films.store.delete(SONG)
    assert films.beds.done == ["measured"]


async def test_music_that_cannot_be_had_is_left_out_and_noted(films: Films) -> None:
    made = await films.sounding(music="polka", narration=False)
    assert (made.tracks, made.notes) == (
        (),
        ("There is no music called polka: the film has none.",),
    )
    song = await films.uploaded(b"x" * 20)
    await films.store.delete(SONG)
    missing = await films.sounding(upload=song.model_dump())
    assert len(missing.tracks) == 1
    assert "uploaded music cannot be used" in missing.notes[0]
    await films.uploaded(b"x" * 20)
    assert (await films.sounding(upload=song.model_dump())).notes == ()


async def test_music_that_was_deleted_since_is_found_out_when_it_is_to_be_heard(
    films: Films,
) -> None:
    song = await films.uploaded(b"x" * 20)
    await films.sounding(upload=song.model_dump())
    await films.store.delete(SONG)
    made = await films.sounding(upload=song.model_dump())
    with pytest.raises(Transient):
        await films.played(made)
    assert (
        "uploaded music cannot be used" in (await films.sounding(upload=song.model_dump())).notes[0]
    )
