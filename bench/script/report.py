"""Writes the figures as a page."""

from collections.abc import Mapping, Sequence

from bench.script.corpus import Text
from bench.script.measure import Figures

_HEAD = (
    "sentence ends: precision", "recall", "scenes", "end inside a sentence", "of these avoidable",
    "text kept", "over the cap", "length missed by", "speakers",
)  # fmt: skip
_ABOUT = (
    """\
Scenes of at most {cap} seconds. Typed texts have marks and paragraphs. Automatic captions are the
same words as YouTube shows recognised speech: rolling lines, no marks, no case, no silence between
captions; *pauses* means that the speaker is silent for 0.6 seconds after each sentence. The
sentences were marked by hand.""",
    """\
A method that knows no sentences is measured by where its scenes end. A cut inside a sentence is
avoidable if the sentence alone fits a scene; the others are longer than any scene may be.
*Over the cap*: by how much scenes are too long on average. *Length missed by*: for a film of half
the length.""",
    """\
**Fixed length** cuts when a scene is full. **Paragraphs** makes a scene of each paragraph or
caption, as programs that split at line breaks do. Both are written here to that description, and
are given our cleaned text. Our word lists were made with these texts at hand: on others expect less
of the automatic captions.""",
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
        _table("longest scene", [(f"{cap:g} s", figures) for cap, figures in caps]),
        "## Speed",
        "Reading, cleaning, sentences, draft scenes and a plan of 200 scenes at most, one thread.",
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
        str(of.inside),
        str(of.avoidable),
        _share(of.kept, of.letters),
        _share(of.over, of.scenes),
        _share(of.missed, of.films),
        f"{of.speakers} of {of.speakers_marked}" if of.speakers_marked else "-",
    )


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
