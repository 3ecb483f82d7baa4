"""The fixed set of texts, with sentences and speakers marked by hand, in the forms they are fed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.documents import Transcript
from contracts.values import SourceKind
from scripter.domain.wording import joined, spoken_seconds
from transcriber.domain import from_upload

from bench.script.speech import rolling_captions, timed_captions

FOLDER = Path(__file__).parent / "texts"

_LABEL = re.compile(r"([A-Z][A-Z ]+): ")
_PAUSE = 0.6


@dataclass(frozen=True, slots=True)
class Text:
    """One file. ``paragraphs`` are lists of sentences, the first of a turn with its label.

    ``tuned`` says that the scripter's rules were tried on its captions while they were written.
    """

    name: str
    title: str
    author: str
    published: str
    language: str
    kind: str
    forms: tuple[str, ...]
    speakers: tuple[str, ...]
    tuned: bool
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def sentences(self) -> list[str]:
        """All sentences as spoken, without labels."""
        return [_LABEL.sub("", said, count=1) for part in self.paragraphs for said in part]

    @property
    def seconds(self) -> float:
        """How long a calm reader takes."""
        return sum(map(spoken_seconds, self.sentences))

    def transcript(self, form: str) -> Transcript:
        """As the transcriber hands it on: a typed ``text``, or rolling ``auto`` captions.

        ``paused`` captions are of a speaker who is silent for a moment after each sentence;
        ``timed`` ones have a time for every word.
        """
        if form == "text":
            data = "\n\n".join(_joined(part) for part in self.paragraphs).encode()
            return from_upload(data, SourceKind.TEXT, language=self.language)
        if form == "timed":
            data = timed_captions(self.sentences).encode()
            return from_upload(data, SourceKind.CAPTIONS, language=self.language)
        pause = _PAUSE if form == "paused" else 0.0
        data = rolling_captions(self.sentences, pause=pause).encode()
        return from_upload(data, SourceKind.CAPTIONS, language=self.language)


def corpus() -> list[Text]:
    """Every text, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _joined(paragraph: Sequence[str]) -> str:
    text = ""
    for sentence in paragraph:
        text = joined(text, sentence)
    return text


def _read(path: Path) -> Text:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    told = dict(line.split(": ", 1) for line in head.splitlines())
    parts = (part.strip().splitlines() for part in re.split(r"\n{2,}", body.strip()))
    return Text(
        name=path.stem,
        title=told["title"],
        author=told["author"],
        published=told["published"],
        language=told["language"],
        kind=told["kind"],
        forms=("text", *(("auto", "paused", "timed") if "auto" in told["forms"] else ())),
        speakers=tuple(told["speakers"].split(", ")) if "speakers" in told else (),
        tuned="tuned" in told,
        paragraphs=tuple(tuple(part) for part in parts),
    )
