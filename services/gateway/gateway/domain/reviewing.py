"""What a film is made of after a review: which take of each scene, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.errors import ErrorCode, Rejected

APPROVED, REJECTED = "approved", "rejected"


@dataclass(frozen=True, slots=True)
class ReviewedScene:
    """A scene and what its user decided. ``made`` are the takes that are there."""

    index: int
    made: Sequence[int]
    choice: int | None = None
    verdict: str | None = None
    judged: int | None = None

    @property
    def take(self) -> int | None:
        """What the film shows: the chosen take, else the last one made."""
        return self.choice if self.choice is not None else max(self.made, default=None)

    @property
    def judgement(self) -> str | None:
        """The verdict, if it is about the take that the film shows."""
        return self.verdict if self.judged == self.take else None


def check_open(job: Any) -> None:
    """Raises ``Rejected`` for a job whose scenes cannot be reviewed now."""
    if job["type"] != "generation":
        raise Rejected(ErrorCode.CONFLICT, f"This job is an {job['type']}: it has no scenes.")
    if job["cancel_requested_at"] is not None or job["status"] in {"failed", "cancelled"}:
        raise Rejected(ErrorCode.CONFLICT, "This film was given up. Start it again.")
    if job["status"] not in {"needs_review", "succeeded"}:
        raise Rejected(ErrorCode.NOT_READY, "The scenes or the film are still being made.")


def check_take(scene: ReviewedScene, take: int | None) -> int:
    """A take that is there, by default the one shown. Raises ``Rejected``."""
    wanted = scene.take if take is None else take
    if wanted is None or wanted not in scene.made:
        raise Rejected(ErrorCode.NOT_READY, f"{_name(scene.index)} has no such take yet.")
    return wanted


def check_order(order: Sequence[int], scenes: Mapping[int, ReviewedScene]) -> list[int]:
    """Every scene once. Raises ``Rejected(INVALID_INPUT)``."""
    if sorted(order) != sorted(scenes):
        raise Rejected(ErrorCode.INVALID_INPUT, "Name every scene of the film once.")
    return list(order)


def film_of(order: Sequence[int], scenes: Mapping[int, ReviewedScene]) -> dict[str, list[int]]:
    """``{order, takes}`` of a film, a take for each scene in its place.

    Raises ``Rejected`` if a scene is missing, or was rejected and not made again since.
    """
    takes: list[int] = []
    for index in order:
        scene = scenes[index]
        if scene.judgement == REJECTED:
            raise Rejected(
                ErrorCode.CONFLICT,
                f"{_name(index)} was rejected. Make it again, choose another take or approve it.",
            )
        takes.append(check_take(scene, None))
    return {"order": list(order), "takes": takes}


def is_as_planned(film: Mapping[str, list[int]]) -> bool:
    """Whether it is the film that is made without anybody asking."""
    return film["order"] == sorted(film["order"]) and set(film["takes"]) == {1}


def _name(index: int) -> str:
    return f"Scene {index + 1}"
