"""What a character is trained of, and the names that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.documents import Camera
from contracts.events import ObjectRef

from generator.domain.provider import SceneRequest

PICTURES: Final = "pictures"
DESTINATION: Final = "destination"
VERSION: Final = "version"


@dataclass(frozen=True, slots=True)
class Subject:
    """A character that a provider shall know. Pictures are those of the object store."""

    character_id: UUID
    name: str
    images: tuple[ObjectRef, ...]

    @property
    def trigger_word(self) -> str:
        """How prompts will call it: no word that a model knows already, and nobody else's."""
        return f"ch{self.character_id.hex[-12:]}"

    @property
    def model(self) -> str:
        """Its model's name at a provider. It is the same however often it is asked for."""
        return f"character-{self.character_id.hex}"

    @property
    def request(self) -> SceneRequest:
        """One unit of what is paid for; it is the character and no words that are ordered."""
        return SceneRequest(
            title=self.name,
            prompt=self.trigger_word,
            negative_prompt="",
            style="",
            camera=Camera.STILL,
            frames=1,
            width=1024,
            height=1024,
            fps=1,
            lines=(),
            cast=(),
            pictures=tuple(image.sha256 for image in self.images),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a training needs at its provider, all of it free and there already.

    ``pictures`` is the address of a zip file, ``destination`` the model that is trained.
    """

    pictures: str
    destination: str
    version: str

    def links(self) -> dict[str, str]:
        """As it is kept with the order's record."""
        return {
            PICTURES: self.pictures,
            DESTINATION: self.destination,
            VERSION: self.version,
        }

    @classmethod
    def of(cls, links: Mapping[str, str]) -> "Prepared | None":
        """Read back; ``None`` before anything was prepared."""
        if links.keys() < {PICTURES, DESTINATION, VERSION}:
            return None
        return cls(links[PICTURES], links[DESTINATION], links[VERSION])
