"""Who is in the premade cast. Colours are #rrggbb."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

Hair = Literal["bob", "short", "curls", "bun", "long", "bald", "braids", "swept"]


@dataclass(frozen=True, slots=True)
class Person:
    """A character as it is drawn; ``style`` is what a video provider is told of it."""

    slug: str
    name: str
    style: str
    skin: str
    hair: Hair
    hair_color: str
    eyes: str
    clothes: str
    trim: str
    ground: str
    glasses: bool = False
    beard: bool = False
    scarf: bool = False
    earrings: bool = False
    freckles: bool = False

    @property
    def id(self) -> UUID:
        """The same in every studio."""
        return uuid5(NAMESPACE_URL, f"urn:filmstudio:premade:{self.slug}")


CAST: Final[tuple[Person, ...]] = (
    Person(
        "mira", "Mira", "a young sailor with a dark bob and a yellow raincoat",
        "#e8b894", "bob", "#2b2430", "#3f6b57", "#f2b84b", "#fff3d6", "#5b8fb0", freckles=True,
    ),
    Person(
        "jonas", "Jonas", "a bearded carpenter in a green work shirt",
        "#f0c8a8", "short", "#8a5a34", "#4a6a8a", "#5d7f5a", "#e8dcc0", "#d8b48a", beard=True,
    ),
    Person(
        "amara", "Amara", "a doctor with short curls, gold earrings and a white coat",
        "#8a5a3c", "curls", "#1f1a1a", "#3a2418", "#f4f4f0", "#4fb0a8", "#e59a7a", earrings=True,
    ),
    Person(
        "kenji", "Kenji", "a quiet student with round glasses and a navy jacket",
        "#ecc49c", "swept", "#23232b", "#2f2620", "#34466b", "#c9d6ea", "#b7c9a0", glasses=True,
    ),
    Person(
        "lucia", "Luc\u00eda", "a singer with long red hair and a plum dress",
        "#f2c9ae", "long", "#a8442f", "#4f7a4a", "#7a3f6b", "#e8b7d0", "#f0d9a8", freckles=True,
    ),
    Person(
        "otto", "Otto", "an old clockmaker, bald, with a white beard and a red scarf",
        "#efc3a6", "bald", "#ece8e2", "#5a7fa0", "#4a4038", "#8a7a62", "#8ea7b8",
        glasses=True, beard=True, scarf=True,
    ),
    Person(
        "priya", "Priya", "an engineer with a braid over each shoulder and an orange overall",
        "#b97f56", "braids", "#1d1718", "#3a2a1c", "#e07b3f", "#ffe2c4", "#6f6aa8", earrings=True,
    ),
    Person(
        "edda", "Edda", "a grey-haired teacher with a bun, glasses and a blue cardigan",
        "#f0cbb4", "bun", "#b9b4b8", "#6a7fae", "#5a86c4", "#f4efe6", "#d99aa0", glasses=True,
    ),
)  # fmt: skip
