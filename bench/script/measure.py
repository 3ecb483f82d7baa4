"""What is measured of a cutting, against the sentences marked by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.events import GenerationSettings
from scripter.domain.wording import spoken_seconds

from bench.script.corpus import Text
from bench.script.methods import Method

# A sentence so much longer than the longest scene may be is cut by any method that keeps the cap.
_QUICKEST = 1.2


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, so that the figures of several texts add up."""

    found: int = 0
    right: int = 0
    marked: int = 0
    scenes: int = 0
    inside: int = 0
    avoidable: int = 0
    letters: int = 0
    kept: int = 0
    over: float = 0.0
    missed: float = 0.0
    films: int = 0
    speakers: int = 0
    speakers_marked: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )


def measured(text: Text, form: str, method: Method, settings: GenerationSettings) -> Figures:
    """The figures of one text in one form: the whole film, and one of half its length."""
    transcript = text.transcript(form)
    cutting = method(transcript, settings)
    marked = _positions(text.sentences)
    found = _positions(cutting.ends)
    ends = _positions(cutting.scenes)
    inside = [end for end in sorted(ends - marked) if end < max(marked)]
    letters = sum(map(_letters, text.sentences))
    over = [max(0.0, s - settings.max_scene_seconds) for s in cutting.seconds]
    target = text.seconds / 2
    half = method(transcript, settings.model_copy(update={"target_seconds": target}))
    return Figures(
        found=len(found) - 1,
        right=len(found & marked) - (max(marked) in found),
        marked=len(marked) - 1,
        scenes=len(cutting.scenes),
        inside=len(inside),
        avoidable=len([end for end in inside if _fits(text, end, settings)]),
        letters=letters,
        kept=min(letters, sum(map(_letters, cutting.scenes))),
        over=sum(over) / settings.max_scene_seconds,
        missed=abs(sum(half.seconds) - target) / target,
        films=1,
        speakers=len(set(cutting.speakers) & set(text.speakers)),
        speakers_marked=len(text.speakers),
    )


def _letters(text: str) -> int:
    return sum(char.isalnum() for char in text.casefold())


def _positions(parts: Sequence[str]) -> set[int]:
    """Where parts end, in letters and digits from the beginning."""
    ends: set[int] = set()
    at = 0
    for part in parts:
        at += _letters(part)
        ends.add(at)
    return ends


def _fits(text: Text, end: int, settings: GenerationSettings) -> bool:
    """Whether the sentence that is cut at ``end`` could have been said in one scene."""
    at = 0
    for sentence in text.sentences:
        at += _letters(sentence)
        if end < at:
            return spoken_seconds(sentence) <= settings.max_scene_seconds * _QUICKEST
    return False
