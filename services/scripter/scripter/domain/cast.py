"""Binds the characters a user chose to the speakers of a script, and gives each its colour."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from contracts.documents import Cast
from contracts.events import CharacterRef

# Twelve hues of even strength, legible on a dark ground. The first six lie far apart, and six are
# as many as a viewer tells apart by colour: the others come into play with the seventh character.
PALETTE = (
    "#f2b84b", "#5cc8ff", "#ff7f6b", "#8fdc6a", "#c79bff", "#ff9ad5",
    "#4fd8c4", "#d9e06b", "#8fa8ff", "#ffc4a3", "#a9e8b8", "#d8c8f0",
)  # fmt: skip
_FAR_APART = 6
_MOST_IN_SCENE = 4
# A viewer knows no more people by name than this.
_MOST_KNOWN = 40


@dataclass(frozen=True, slots=True)
class Company:
    """All characters of a film. ``roles`` maps a speaker as written to its character."""

    roles: dict[str, Cast]
    extras: tuple[Cast, ...]

    def shown(self, speaker: str | None) -> str | None:
        """The name under which a speaker appears."""
        return self.roles[speaker].name if speaker is not None else None

    def named(self, name: str) -> Cast:
        """The character that plays this speaker or has this name, else a new one."""
        key = " ".join(name.split()).casefold()
        for speaker, cast in self.roles.items():
            if speaker.casefold() == key:
                return cast
        for cast in (*self.roles.values(), *self.extras):
            if cast.name.casefold() == key:
                return cast
        return Cast(name=name, color=PALETTE[_number(name) % len(PALETTE)])

    def on_stage(self, speakers: Iterable[str | None], text: str, index: int) -> tuple[Cast, ...]:
        """Who is seen in a scene: who speaks, who is spoken of, else the extras in turn."""
        seen = [self.roles[speaker] for speaker in speakers if speaker is not None]
        known = [*islice(self.roles.values(), _MOST_KNOWN), *self.extras]
        seen += [cast for cast in known if _is_named(cast.name, text)]
        if not seen and self.extras:
            seen = [self.extras[index % len(self.extras)]]
        return tuple(dict.fromkeys(seen))[:_MOST_IN_SCENE]


def assemble(speakers: Sequence[str], chosen: Sequence[CharacterRef]) -> Company:
    """A character per speaker: the chosen one of that name, else the next chosen one, else new.

    Chosen characters left over are extras. A colour depends on the name, so it stays over films.
    """
    free = list(chosen)
    named: dict[str, CharacterRef] = {}
    for speaker in speakers:
        same = next((c for c in free if c.name.casefold() == speaker.casefold()), None)
        if same is not None:
            named[speaker] = same
            free.remove(same)
    for speaker in speakers:
        if speaker not in named and free:
            named[speaker] = free.pop(0)
    colors = _Colors()
    roles = {
        speaker: Cast(
            name=named[speaker].name if speaker in named else speaker,
            color=colors.of(speaker),
            model_ref=named[speaker].model_ref if speaker in named else None,
            trigger_word=named[speaker].trigger_word if speaker in named else None,
            image=named[speaker].image if speaker in named else None,
        )
        for speaker in speakers
    }
    extras = tuple(
        Cast(
            name=c.name,
            color=colors.of(c.name),
            model_ref=c.model_ref,
            trigger_word=c.trigger_word,
            image=c.image,
        )
        for c in free
    )
    return Company(roles, extras)


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.casefold().encode()).digest()[:4], "big")


class _Colors:
    """The palette's colours: by name, the next free one where two names meet."""

    def __init__(self) -> None:
        self._free: list[str] = []
        self._given = 0

    def of(self, name: str) -> str:
        if not self._free:
            second = (self._given // _FAR_APART) % 2 == 1
            self._free = list(PALETTE[_FAR_APART:] if second else PALETTE[:_FAR_APART])
        self._given += 1
        return self._free.pop(_number(name) % len(self._free))
