"""A film's cards, its poster and its thumbnail: drawn, stored, and noted where they cannot be."""

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef, ScenesPlanned
from contracts.mezzanine import Mezzanine
from contracts.values import Clip, Framing
from runtime.objects import ObjectMissingError, ObjectStore, project_key

from stitcher.domain import cards
from stitcher.domain.cards import Words
from stitcher.domain.timeline import Card, Coming, Source, Timeline

NO_LETTERS: Final = (
    "The film has no {what}: no font here can set the letters. Write it in other letters, or "
    "have a font that has them installed on the server."
)


class Painter(Protocol):
    """Draws pictures in the film's shape."""

    async def card(
        self,
        poster: bytes | None,
        words: Words,
        profile: Mezzanine,
        *,
        framing: Framing,
        language: str,
    ) -> bytes | None:
        """A card as PNG, ``None`` if no font has its letters."""
        ...

    async def thumbnail(
        self, poster: bytes, text: str, profile: Mezzanine, *, framing: Framing, language: str
    ) -> tuple[bytes, bool]:
        """A thumbnail as JPEG of less than 2 MB, and whether its text is on it."""
        ...

    async def poster(self, poster: bytes, profile: Mezzanine, framing: Framing) -> bytes:
        """A scene's poster in the film's shape, as JPEG."""
        ...


@dataclass(frozen=True, slots=True)
class Pictures:
    """What stands for a film, as JPEG: the plain one and, if there is one, the designed one."""

    poster: bytes
    thumbnail: bytes | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Titling:
    """Draws what a film's settings ask for. No film fails of a card; it is noted."""

    painter: Painter
    store: ObjectStore

    async def carded(
        self, event: ScenesPlanned, film: Timeline, language: str
    ) -> tuple[Timeline, tuple[str, ...]]:
        """The film with its cards, and what its user should know of those that it lacks.

        A card is drawn on the scene beside it, and comes when that is there.
        """
        titles = event.settings.titles
        wanted = (("title", cards.opening(titles), 0), ("end card", cards.ending(titles), -1))
        drawn: dict[str, Source] = {}
        notes: list[str] = []
        for what, words, place in wanted:
            if words is None:
                continue
            beside = film.shots[place].cut.source
            if not isinstance(beside, Clip):
                drawn[what] = Coming()
                continue
            poster = await self._poster(beside)
            picture = await self.painter.card(
                poster, words, film.profile, framing=film.framing, language=language
            )
            if picture is None:
                notes.append(NO_LETTERS.format(what=what))
            else:
                drawn[what] = Card(await self._kept(event, picture))
        first, last = drawn.get("title"), drawn.get("end card")
        return cards.carded(film, event.settings, first, last), tuple(notes)

    async def pictures(self, event: ScenesPlanned, film: Timeline, language: str) -> Pictures:
        """Poster and thumbnail. Raises ``Rejected(STITCH_FAILED)`` if the scene's is missing."""
        wanted = event.settings.thumbnail
        there = {shot.cut.scene_index for shot in film.shots}
        index = wanted.scene_index if wanted.scene_index in there else None
        plain = await poster(self.store, film, index)
        text = " ".join((wanted.text or event.title).split())
        drawn, lettered = await self.painter.thumbnail(
            plain, text, film.profile, framing=film.framing, language=language
        )
        notes = () if lettered else (NO_LETTERS.format(what="text on its thumbnail"),)
        shaped = await self.painter.poster(plain, film.profile, film.framing)
        return Pictures(shaped, drawn, notes)

    async def _kept(self, event: ScenesPlanned, picture: bytes) -> ObjectRef:
        name = hashlib.sha256(picture).hexdigest()
        key = project_key(event, "cards", f"{name}.png")
        return await self.store.put(key, picture, "image/png")

    async def _poster(self, clip: Clip) -> bytes | None:
        try:
            return await self.store.get(clip.poster.key)
        except ObjectMissingError:
            return None


async def poster(store: ObjectStore, film: Timeline, scene_index: int | None = None) -> bytes:
    """The poster of a scene, else of the film's first. Raises ``Rejected(STITCH_FAILED)``."""
    for shot in film.shots:
        source = shot.cut.source
        if not isinstance(source, Clip) or scene_index not in {None, shot.cut.scene_index}:
            continue
        try:
            return await store.get(source.poster.key)
        except ObjectMissingError as error:
            which = "first scene" if scene_index is None else f"scene {scene_index + 1}"
            message = f"The film's poster is missing; make its {which} again"
            raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
    raise Rejected(ErrorCode.STITCH_FAILED, "A film needs a scene")
