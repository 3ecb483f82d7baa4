"""Writes the figures as a page."""

from collections.abc import Mapping, Sequence

from bench.script.corpus import Text
from bench.script.measure import Figures

_HEAD = (
    "sentence ends: precision", "recall", "scenes", "cut inside a sentence", "shots",
    "shots that end inside a sentence", "of these avoidable", "longest scene", "text kept",
    "over the cap", "length missed by", "speakers",
)  # fmt: skip
_ABOUT = (
    """\
Shots of at most {cap} seconds. A scene is what is spoken in one go: one shot, or several where a
sentence is too long for one. **A scene that is cut inside a sentence is a fault: the voice stops
there.** A shot that ends inside a sentence is none if the voice goes on: it tells how often a
sentence is spoken over several pictures.""",
    """\
Typed texts have marks and paragraphs. Automatic captions are the same words as YouTube shows
recognised speech: rolling lines, no marks, no case, no silence between captions. *Pauses*: the
speaker is silent for 0.6 seconds after each sentence. *Word times*: YouTube's `.json3`, in which
every word has a time, of somebody who speaks as people do: one sentence of six runs into the next,
every other clause ends in a pause too, and three words of a hundred are followed by a hesitation
(`speech.py`). The sentences were marked by hand.""",
    """\
A method that knows no sentences is measured by where its shots end; each of them is a scene. A shot
that ends inside a sentence is avoidable if the sentence alone fits a shot. *Over the cap*: by how
much shots are too long on average. *Length missed by*: for a film of half the length.""",
    """\
**Fixed length** cuts when a shot is full. **Paragraphs** makes a scene of each paragraph or
caption, as programs that split at line breaks do. Both are written here to that description, and
are given our cleaned text. The rules for captions were made on ten of the texts (*made on*); the
faults in the captions of the others (*others*) were looked at before the last changes, so they are
no blind test, and the pauses are our own model of speech. Without pauses and marks a sentence's end
is a guess: scenes are then cut at the likeliest place within half a minute.""",
)


def page(
    where: str,
    cap: float,
    *,
    sums: Mapping[str, Mapping[str, Figures]],
    rows: Sequence[tuple[Text, str, Figures]],
    caps: Sequence[tuple[float, Figures]],
    speed: Sequence[tuple[float, int, float]],
) -> str:
    """``sums`` by form and method; ``caps`` are others; ``speed`` as hours, words, CPU seconds."""
    parts = ["# Cutting scripts into scenes", f"Written by `python -m bench.script` on {where}."]
    parts += [about.format(cap=f"{cap:g}") for about in _ABOUT]
    for form, methods in sums.items():
        parts += [f"## {form}", _table("method", [(n, f) for n, f in methods.items()])]
    parts += [
        "## Ours, text by text",
        _table("text", [(f"{t.title} ({t.language}, {t.kind}, {form})", f) for t, form, f in rows]),
        "## Ours, typed texts, other caps",
        _table("longest shot", [(f"{cap:g} s", figures) for cap, figures in caps]),
        "## Speed",
        "Reading, cleaning, sentences, draft scenes and a plan of 200 shots at most, one thread.",
        _lines(
            ("hours of captions", "words", "CPU seconds", "CPU seconds per hour"),
            [(f"{h:g}", f"{n}", f"{s:.2f}", f"{s / h:.3f}") for h, n, s in speed],
        ),
        "## Sources",
        "\n".join(
            f"- `{text.name}`: *{text.title}*, {text.author}, {text.published}. Public domain."
            for text in dict.fromkeys(text for text, _, _ in rows)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _table(first: str, rows: Sequence[tuple[str, Figures]]) -> str:
    return _lines((first, *_HEAD), [(name, *_cells(figures)) for name, figures in rows])


def _cells(of: Figures) -> tuple[str, ...]:
    return (
        _share(of.right, of.found),
        _share(of.right, of.marked),
        str(of.scenes),
        f"{of.cut} ({_share(of.cut, of.scenes)})",
        str(of.shots),
        f"{of.inside} ({_share(of.inside, of.shots)})",
        str(of.avoidable),
        f"{of.longest:.0f} s",
        _share(of.kept, of.letters),
        _share(of.over, of.shots),
        _share(of.missed, of.films),
        f"{of.speakers} of {of.speakers_marked}" if of.speakers_marked else "-",
    )


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
