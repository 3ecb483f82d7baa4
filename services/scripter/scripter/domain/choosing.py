"""Chooses which scenes a shorter film keeps, and says what it leaves out."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from contracts.documents import LeftOut, Passage

from scripter.domain.beats import Beat
from scripter.domain.topics import salience
from scripter.domain.wording import count_words, spoken_seconds

SceneSeconds = Callable[[Sequence[Beat]], float]

_ROUNDING = 1e-6
_MOST_PASSAGES = 100
_OPENING = 120
_MOST_FILLERS = 4


@dataclass(frozen=True, slots=True)
class _Unit:
    """Scenes that must stay together because a sentence runs through them."""

    at: int
    scenes: list[list[Beat]]
    seconds: float
    worth: float


class _Film:
    """What is kept so far, within a number of scenes and a length in seconds."""

    def __init__(self, scenes_left: int, seconds_left: float) -> None:
        self.scenes_left = scenes_left
        self.seconds_left = seconds_left
        self.kept: dict[int, list[list[Beat]]] = {}

    def take(self, unit: _Unit) -> bool:
        """Keep the unit if it fits and is not kept yet."""
        if unit.at in self.kept or not self.fits(unit):
            return False
        self.kept[unit.at] = unit.scenes
        self.scenes_left -= len(unit.scenes)
        self.seconds_left -= unit.seconds
        return True

    def fits(self, unit: _Unit) -> bool:
        """Whether the unit has room."""
        short = unit.seconds <= self.seconds_left + _ROUNDING
        return short and len(unit.scenes) <= self.scenes_left


def choose(
    scenes: Sequence[list[Beat]],
    seconds_of: SceneSeconds,
    *,
    most_scenes: int,
    target_seconds: float | None,
) -> list[list[Beat]]:
    """As many scenes as fit: the first, the last, then the most telling from every part.

    A scene may lose whole sentences at its end to fit; the film has at least its first sentence.
    """
    budget = math.inf if target_seconds is None else target_seconds
    lengths = [seconds_of(scene) for scene in scenes]
    if len(scenes) <= most_scenes and sum(lengths) <= budget + _ROUNDING:
        return list(scenes)
    units = _units(scenes, lengths)
    film = _Film(most_scenes, budget)
    if not film.take(units[0]):
        return _beginning(units[0], seconds_of, most_scenes, budget)
    if len(units) > 1:
        film.take(units[-1])
    _take_from_every_part(units[1:-1], film)
    for unit in sorted(units[1:-1], key=_by_worth):
        film.take(unit)
    _fill_up(units[1:], film, seconds_of)
    return [scene for at in sorted(film.kept) for scene in film.kept[at]]


def _units(scenes: Sequence[list[Beat]], lengths: Sequence[float]) -> list[_Unit]:
    groups: list[list[int]] = []
    for at, scene in enumerate(scenes):
        if scene[0].begins or not groups:
            groups.append([])
        groups[-1].append(at)
    texts = [" ".join(beat.text for at in group for beat in scenes[at]) for group in groups]
    worths = salience(texts)
    return [
        _Unit(
            number,
            [scenes[at] for at in group],
            sum(lengths[at] for at in group),
            worths[number],
        )
        for number, group in enumerate(groups)
    ]


def _by_worth(unit: _Unit) -> tuple[float, int]:
    return -unit.worth, unit.at


def _take_from_every_part(middle: Sequence[_Unit], film: _Film) -> None:
    """The most telling unit of each of as many even parts as there is room for."""
    if not middle:
        return
    usual = sum(unit.seconds for unit in middle) / len(middle)
    room = film.scenes_left if math.isinf(film.seconds_left) else film.seconds_left / usual
    parts = max(0, min(film.scenes_left, len(middle), int(room)))
    for part in range(parts):
        stratum = middle[part * len(middle) // parts : (part + 1) * len(middle) // parts]
        for unit in sorted(stratum, key=_by_worth):
            if film.take(unit):
                break


def _fill_up(units: Sequence[_Unit], film: _Film, seconds_of: SceneSeconds) -> None:
    """A few scenes more with as many of their sentences as fit, the longest there are."""
    for _ in range(_MOST_FILLERS):
        if film.scenes_left < 1 or math.isinf(film.seconds_left):
            return
        best: _Unit | None = None
        for unit in units:
            if unit.at in film.kept:
                continue
            part = _shortened(unit.scenes[0], seconds_of, film.seconds_left)
            if part and (best is None or seconds_of(part) > best.seconds + _ROUNDING):
                best = _Unit(unit.at, [part], seconds_of(part), unit.worth)
        if best is None:
            return
        film.take(best)


def _shortened(scene: list[Beat], seconds_of: SceneSeconds, most: float) -> list[Beat]:
    """The scene's first whole sentences that fit, perhaps none."""
    for stop in range(len(scene), 0, -1):
        part = scene[:stop]
        if part[0].begins and part[-1].ends and seconds_of(part) <= most + _ROUNDING:
            return part
    return []


def _beginning(
    unit: _Unit, seconds_of: SceneSeconds, most_scenes: int, budget: float
) -> list[list[Beat]]:
    """What a film shorter than its first sentences has: whole ones if any fit."""
    if part := _shortened(unit.scenes[0], seconds_of, budget):
        return [part]
    film: list[list[Beat]] = []
    for scene in unit.scenes[:most_scenes]:
        if film and sum(map(seconds_of, [*film, scene])) > budget + _ROUNDING:
            break
        film.append(scene)
    return film


def left_out(beats: Sequence[Beat], kept: Sequence[Sequence[Beat]]) -> LeftOut | None:
    """What of ``beats`` the kept scenes do not say; ``None`` if they say all."""
    scene_of = {(beat.sentence, beat.part): at for at, scene in enumerate(kept) for beat in scene}
    passages: list[tuple[int | None, list[Beat]]] = []
    after: int | None = None
    open_passage = False
    for beat in beats:
        at = scene_of.get((beat.sentence, beat.part))
        if at is not None:
            after, open_passage = at, False
            continue
        if not open_passage:
            passages.append((after, []))
            open_passage = True
        passages[-1][1].append(beat)
    missing = [beat for _, passage in passages for beat in passage]
    if not missing:
        return None
    return LeftOut(
        sentences=_sentences(missing),
        words=sum(count_words(beat.text) for beat in missing),
        seconds=round(sum(spoken_seconds(beat.text) for beat in missing), 2),
        passages=tuple(
            Passage(after=place, sentences=_sentences(passage), opening=passage[0].text[:_OPENING])
            for place, passage in passages[:_MOST_PASSAGES]
        ),
    )


def _sentences(beats: Iterable[Beat]) -> int:
    return len({beat.sentence for beat in beats})
