"""The cases: which film, by whom it is made, and what is at hand when it is begun."""

from dataclasses import dataclass

OURS, GRAPH, COPY, MOVIEPY = "ours", "graph", "copy", "moviepy"
MAKERS = (OURS, GRAPH, COPY, MOVIEPY)
NAMES = {
    OURS: "ours, warm",
    GRAPH: "ffmpeg, one graph",
    COPY: "concat demuxer, copy",
    MOVIEPY: "MoviePy 2",
}


@dataclass(frozen=True, slots=True)
class Case:
    """``by`` are the ones who can make it; ``title`` says what film it is."""

    title: str
    by: tuple[str, ...] = (OURS,)
    fades: bool = True
    sounded: bool = False
    captioned: bool = False


CASES = {
    "a": Case("a) hard cuts", (OURS, COPY), fades=False),
    "a last": Case("a) after the last clip: its sound and the join are left", fades=False),
    "a again": Case("a) exported again, its sound kept", fades=False),
    "b": Case("b) 0.5 s cross-fades", (OURS, GRAPH, MOVIEPY)),
    "b last": Case("b) after the last clip: its window, its sound and the join are left"),
    "c": Case("c) b with narration and ducked music", (OURS, GRAPH), sounded=True),
    "c last": Case("c) after the last clip", sounded=True),
    "d": Case("d) c with captions drawn", (OURS, GRAPH), sounded=True, captioned=True),
    "d last": Case("d) after the last clip", sounded=True, captioned=True),
    "e": Case("e) another scene in the middle of c", sounded=True),
    "f": Case("f) c killed half-way, what is left to do", sounded=True),
    "g": Case("g) b with many clips"),
    "g last": Case("g) after the last clip"),
    "m": Case("m) the mezzanine encode alone, of all clips"),
}


def chosen(letters: str) -> list[str]:
    """The cases of a list of letters, ``a,b``, in order. Raises ``ValueError`` for others."""
    wanted = [letter.strip() for letter in letters.split(",") if letter.strip()]
    if unknown := set(wanted) - {name[0] for name in CASES}:
        raise ValueError(f"there is no case {', '.join(sorted(unknown))}")
    return [name for name in CASES if name[0] in wanted]


def makers(names: str) -> tuple[str, ...]:
    """Who takes part, of a list of names. Raises ``ValueError`` for others."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := set(wanted) - set(MAKERS):
        raise ValueError(f"nobody is called {', '.join(sorted(unknown))}")
    return tuple(name for name in MAKERS if name in wanted)
