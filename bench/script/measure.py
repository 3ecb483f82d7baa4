"""What is measured of a cutting, against the sentences marked by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from contracts.events import GenerationSettings
from scripter.domain.wording import spoken_seconds

from bench.script.corpus import Text
from bench.script.methods import Method

# A sentence so much longer than the longest scene may be is cut by any method that keeps the cap.
_QUICKEST = 1.2


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, so that the figures of several texts add up; of ``longest`` the longest stays.

    ``cut`` are scenes that end inside a sentence, ``inside`` shots that do, ``avoidable`` those of
    them whose sentence one shot could hold. ``longest`` is a scene in seconds.
    """

    found: int = 0
    right: int = 0
    marked: int = 0
    scenes: int = 0
    cut: int = 0
    shots: int = 0
    inside: int = 0
    avoidable: int = 0
    longest: float = 0.0
    letters: int = 0
    kept: int = 0
    over: float = 0.0
    missed: float = 0.0
    films: int = 0
    speakers: int = 0
    speakers_marked: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        both = Figures(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )
        return replace(both, longest=max(self.longest, other.longest))


def measured(text: Text, form: str, method: Method, settings: GenerationSettings) -> Figures:
    """The figures of one text in one form: the whole film, and one of half its length."""
    transcript = text.transcript(form)
    cutting = method(transcript, settings)
    marked = _positions(text.sentences)
    found = _positions(cutting.ends)
    inside = _inside(cutting.shots, marked)
    scenes = [cutting.shots[first:end] for first, end in pairwise([0, *accumulate(cutting.scenes)])]
    letters = sum(map(_letters, text.sentences))
    over = [max(0.0, s - settings.max_scene_seconds) for s in cutting.seconds]
    target = text.seconds / 2
    half = method(transcript, settings.model_copy(update={"target_seconds": target}))
    return Figures(
        found=len(found) - 1,
        right=len(found & marked) - (max(marked) in found),
        marked=len(marked) - 1,
        scenes=len(scenes),
        cut=len(_inside(["".join(shots) for shots in scenes], marked)),
        shots=len(cutting.shots),
        inside=len(inside),
        avoidable=len([end for end in inside if _fits(text, end, settings)]),
        longest=max(sum(map(spoken_seconds, shots)) for shots in scenes),
        letters=letters,
        kept=min(letters, sum(map(_letters, cutting.shots))),
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


def _inside(parts: Sequence[str], marked: set[int]) -> list[int]:
    """The ends that no sentence marked by hand has."""
    return [end for end in sorted(_positions(parts) - marked) if end < max(marked)]


def _fits(text: Text, end: int, settings: GenerationSettings) -> bool:
    """Whether the sentence that is cut at ``end`` could have been said in one shot."""
    at = 0
    for sentence in text.sentences:
        at += _letters(sentence)
        if end < at:
            return spoken_seconds(sentence) <= settings.max_scene_seconds * _QUICKEST
    return False
