"""The mixing room on fakes: what is heard, made and fetched, and what is not done again."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.values import Clip
from runtime.objects import LocalObjects
from stitcher.domain.passages import passages
from stitcher.domain.sound import soundtrack
from stitcher.domain.timeline import Coming, Cut, Joint, Timeline, lay
from stitcher.handlers.mixing import MixingRoom
from stitcher.handlers.workshop import Originals

from tests.unit.stitcher.making import (
    PROJECT,
    ROOT,
    FakeMeasured,
    FakeSegments,
    FakeSoundMaker,
    clip,
    planned,
    scratch_below,
    workshop,
)
from tests.unit.stitcher.test_sound import PROFILE

FRAMES = 150


@dataclass
class Desk:
    """A room for one film after another, with the same shelves."""

    folder: Path
    sounds: FakeSoundMaker = field(default_factory=FakeSoundMaker)
    segments: FakeSegments = field(default_factory=FakeSegments)
    measured: FakeMeasured = field(default_factory=FakeMeasured)
    told: list[float] = field(default_factory=list[float])

    @property
    def store(self) -> LocalObjects:
        root = self.folder / "objects"
        return LocalObjects(root, public_url="http://127.0.0.1", signing_key=b"key")

    def room(self, film: Timeline, folder: Path) -> MixingRoom:
        shop = workshop(
            self.store,
            scratch_below(folder),
            sounds=self.sounds,
            segments=self.segments,
            measured=self.measured,
        )

        async def tell(share: float) -> None:
            self.told.append(share)

        return MixingRoom(shop, planned(), ROOT, film, Originals(self.store, folder), tell=tell)

    async def mix(self, film: Timeline, name: str) -> list[str]:
        """The film's sound as texts; what was made for it is in ``sounds.made``."""
        self.sounds.made.clear()
        folder = self.folder / name
        folder.mkdir()
        return [path.read_text() for path, _, _ in await self.room(film, folder).whole()]

    async def ahead(self, film: Timeline, name: str) -> list[str]:
        self.sounds.made.clear()
        folder = self.folder / name
        folder.mkdir()
        await self.room(film, folder).ahead()
        return list(self.sounds.made)

    async def film(self, names: str) -> Timeline:
        """Clips by their names, in the store; a dot is still to come."""
        cuts: list[Cut] = []
        for number, name in enumerate(names):
            source = Coming() if name == "." else clip(name, frames=FRAMES)
            if isinstance(source, Clip):
                await self.store.put(source.video.key, name.encode(), "video/mp4")
            cuts.append(Cut(source, FRAMES, 0, FRAMES, number))
        return lay(PROFILE, cuts, [Joint()] * (len(cuts) - 1))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def encoded(made: list[str]) -> list[str]:
    return [text for text in made if text.startswith("sound")]


async def test_a_film_is_heard_and_encoded_once_all_of_it_as_loud(desk: Desk) -> None:
    film = await desk.film("abcd")
    heard = await desk.mix(film, "one")
    assert len(heard) == 4
    assert all(text.endswith("at +6.0") for text in heard)
    assert len(desk.sounds.made) == 8
    assert desk.told == sorted(desk.told)
    assert desk.told[-1] == 1.0
    assert await desk.mix(film, "again") == heard
    assert desk.sounds.made == []


async def test_another_scene_is_heard_in_its_two_passages_alone(desk: Desk) -> None:
    await desk.mix(await desk.film("abcdef"), "one")
    heard = await desk.mix(await desk.film("abxdef"), "two")
    mixed = [text for text in desk.sounds.made if text.startswith("mix")]
    assert {text.split(" of ")[1] for text in mixed} == {"b x", "d x"}
    assert len(mixed) == 2
    assert len(encoded(desk.sounds.made)) == 2
    assert len(heard) == 6


async def test_a_film_a_little_louder_keeps_the_gain_of_what_is_kept(desk: Desk) -> None:
    await desk.mix(await desk.film("abcdef"), "one")
    desk.sounds.loud = -19.0
    heard = await desk.mix(await desk.film("abxdef"), "two")
    assert {text.split(" at ")[1] for text in heard} == {"+6.0"}
    assert len(encoded(desk.sounds.made)) == 2


async def test_a_film_much_louder_is_made_softer_as_a_whole(desk: Desk) -> None:
    await desk.mix(await desk.film("abcdef"), "one")
    desk.sounds.loud = -4.0
    heard = await desk.mix(await desk.film("abxdef"), "two")
    assert len({text.split(" at ")[1] for text in heard}) == 1
    assert len(encoded(desk.sounds.made)) == 6


async def test_what_a_limiter_took_away_is_made_up_for_once(desk: Desk) -> None:
    desk.sounds.limited = -15.5
    film = await desk.film("abc")
    first = await desk.mix(film, "one")
    assert len({text.split(" at ")[1] for text in first}) == 1
    assert float(first[0].split(" at ")[1]) > 6
    assert await desk.mix(film, "again") == first
    assert desk.sounds.made == [], "not even the gains that were too low"


async def test_silence_is_not_raised(desk: Desk) -> None:
    desk.sounds.loud = -100.0
    assert all(text.endswith("+0.0") for text in await desk.mix(await desk.film("abc"), "one"))


async def test_what_can_be_mixed_ahead_is_and_the_film_finds_it(desk: Desk) -> None:
    assert len(encoded(await desk.ahead(await desk.film("ab...."), "two"))) == 2
    assert await desk.ahead(await desk.film("ab...."), "nothing new") == []
    assert len(encoded(await desk.ahead(await desk.film("abc..."), "three"))) == 1
    await desk.ahead(await desk.film("abcd.f"), "not the last")
    await desk.mix(await desk.film("abcdef"), "all")
    assert len(encoded(desk.sounds.made)) == 2


async def test_nothing_is_fetched_for_what_is_kept(desk: Desk) -> None:
    film = await desk.film("abcd")
    await desk.mix(film, "one")
    for shot in film.shots:
        assert isinstance(shot.cut.source, Clip)
        await desk.store.delete(shot.cut.source.video.key)
    assert len(await desk.mix(film, "again")) == 4


async def test_a_lost_passage_is_made_again_and_a_lost_number_is_found_again(desk: Desk) -> None:
    film = await desk.film("abc")
    first = await desk.mix(film, "one")
    one, two, _ = passages(film, soundtrack(film))
    await desk.store.delete(desk.segments.kept[one.louder(6.0)].key)
    desk.measured.known.pop(two.louder(6.0))
    assert await desk.mix(film, "two") == first
    assert sorted(text[:3] for text in desk.sounds.made) == ["mix", "mix", "sou", "sou"]


async def test_what_fails_is_said_and_nothing_is_kept_of_it(desk: Desk) -> None:
    film = await desk.film("abc")
    desk.sounds.broken = Rejected(ErrorCode.STITCH_FAILED, detail="the end of the log")
    with pytest.raises(Rejected, match="STITCH_FAILED"):
        await desk.mix(film, "one")
    assert desk.segments.kept == {}
    assert await desk.measured.recall(PROJECT, desk.measured.known) == {}
    desk.sounds.broken = None
    assert len(await desk.mix(film, "two")) == 3
