"""When each line is said: in its own time if it fits, hurried or late where it does not. Pure.

Nothing is left unsaid that can be said: a line that is too long is spoken faster, a little, then
runs on into the pause of the next one, then faster still. Only what the film's end cuts off is
lost, softly, and counted. Times are seconds of the film.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.documents import Plan, Scene

from stitcher.domain.breaking import wide
from stitcher.domain.breaths import Breath, Piece, breaths
from stitcher.domain.timeline import Timeline
from stitcher.domain.voices import Word

LEAD = 0.12
"""A breath between a scene's beginning and its first word."""
GAP = 0.10
"""Between two lines at least."""
BRISK = 1.15
"""How much faster a line may be before it is noticed."""
HASTY = 1.6
"""How much faster it may be before it cannot be followed."""
SPILL = 1.5
"""How far a line may run on beyond its own time."""
UNSPACED_WORD = 12
"""How many characters of a text without spaces count as a word."""


@dataclass(frozen=True, slots=True)
class Heard:
    """When a line is heard: its frames, and those of its words if they are known."""

    first: int
    end: int
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A breath and the time that is its own."""

    breath: Breath
    first: float
    end: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in its place: ``seconds`` of it are heard, ``tempo`` times as fast as spoken."""

    slot: Slot
    start: float
    seconds: float
    tempo: float
    words: tuple[Word, ...] = ()
    whole: bool = True

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.seconds


def words(text: str) -> int:
    """How much there is to say."""
    return max(len(text.split()), len(text.strip()) // UNSPACED_WORD, 1)


def slots(film: Timeline, plan: Plan) -> tuple[Slot, ...]:
    """Everything that is said in the film, each with its share of its shots by words."""
    by_index: dict[int | None, Scene] = {scene.index: scene for scene in plan.scenes}
    said = breaths([by_index.get(shot.cut.scene_index) for shot in film.shots])
    times = _times(film, [piece for breath in said for piece in breath.pieces])
    return tuple(
        Slot(
            breath,
            times[breath.pieces[0].shot, breath.pieces[0].line][0],
            times[breath.pieces[-1].shot, breath.pieces[-1].line][1],
        )
        for breath in said
    )


def _times(
    film: Timeline, pieces: Sequence[Piece]
) -> Mapping[tuple[int, int], tuple[float, float]]:
    """First and last second of each piece: its shot's time shared by words, as captions have it."""
    of_shot: dict[int, list[Piece]] = {}
    for piece in pieces:
        of_shot.setdefault(piece.shot, []).append(piece)
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for number, own in of_shot.items():
        first, end = (frame / film.profile.fps for frame in film.shots[number].shown)
        edges = _shares([words(piece.text) for piece in own], first, end)
        for piece, span in zip(own, pairwise(edges), strict=True):
            found[piece.shot, piece.line] = span
    return found


def _shares(weights: Sequence[int], first: float, end: float) -> list[float]:
    """The edges of shares of a time."""
    total, done, edges = sum(weights) or 1, 0, [first]
    for weight in weights:
        done += weight
        edges.append(first + (end - first) * done / total)
    return edges


def placed(
    spoken: Sequence[tuple[Slot, float, tuple[Word, ...]]], end: float
) -> tuple[Placed, ...]:
    """Lines with the seconds that they last as spoken, in order, before the film's ``end``."""
    latest = _latest([(slot, seconds) for slot, seconds, _ in spoken], end)
    found: list[Placed] = []
    free = 0.0
    for (slot, seconds, said), limit in zip(spoken, latest, strict=True):
        start = max(slot.first + LEAD, free)
        if start >= end:
            found.append(Placed(slot, end, 0.0, 1.0, (), whole=False))
            continue
        tempo = _tempo(seconds, slot.end - start, BRISK)
        if start + seconds / tempo > limit:
            tempo = max(tempo, _tempo(seconds, limit - start, HASTY))
        heard = min(seconds / tempo, end - start)
        whole = seconds / tempo <= end - start + 1e-6
        found.append(Placed(slot, start, heard, tempo, said, whole))
        free = start + heard + GAP
    return tuple(found)


def _latest(spoken: Sequence[tuple[Slot, float]], end: float) -> list[float]:
    """By when each line has to be over so that those after it need no haste."""
    found: list[float] = []
    limit = end
    for slot, seconds in reversed(spoken):
        limit = min(limit, slot.end + SPILL)
        found.append(limit)
        limit = limit - seconds / BRISK - GAP
    return found[::-1]


def _tempo(seconds: float, room: float, most: float) -> float:
    """How much faster something has to be to fit, up to ``most``."""
    return min(max(seconds / room, 1.0), most) if room > 0 else most


def word_starts(line: Placed) -> tuple[float, ...]:
    """When each word of a line is said, as words are parted by spaces; empty if that is unknown."""
    text = line.slot.breath.text
    if not line.words or wide(text):
        return ()
    starts: dict[int, float] = {}
    for word in line.words:
        number = text[: word.letter].count(" ")
        starts.setdefault(number, line.start + word.start / line.tempo)
    found: list[float] = []
    for number in range(len(text.split())):
        # A mark on its own is not said: it goes with the word before.
        at = starts.get(number, found[-1] if found else line.start)
        found.append(min(max(at, found[-1] if found else line.start), line.end))
    return tuple(found)


def heard_lines(lines: Sequence[Placed], fps: int) -> Mapping[tuple[int, int], Heard]:
    """The frames in which each line is heard, by shot and line, and those of its words."""
    found: dict[tuple[int, int], Heard] = {}
    for line in lines:
        if line.seconds <= 0:
            continue
        pieces = line.slot.breath.pieces
        starts = word_starts(line)
        counts = [len(piece.text.split()) for piece in pieces]
        if sum(counts) != len(starts):
            starts = ()
        shares = _shares([words(piece.text) for piece in pieces], line.start, line.end)
        at = 0
        for number, (piece, count) in enumerate(zip(pieces, counts, strict=True)):
            own, at = starts[at : at + count], at + count
            first = own[0] if own and number else shares[number]
            end = starts[at] if at < len(starts) else shares[number + 1]
            found[piece.shot, piece.line] = Heard(
                round(first * fps),
                max(round(end * fps), round(first * fps) + 1),
                tuple(round(said * fps) for said in own),
            )
    return found
