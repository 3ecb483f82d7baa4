"""The fixed set of texts, with sentences and speakers marked by hand, in the forms they are fed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.documents import Transcript
from contracts.values import SourceKind
from scripter.domain.wording import is_cjk, joined, spoken_seconds
from transcriber.domain import from_upload

FOLDER = Path(__file__).parent / "texts"

_LABEL = re.compile(r"([A-Z][A-Z ]+): ")
_NOT_SPOKEN = re.compile(r"[^\w\s'\u2019]|_")
_WORDS_PER_CUE = 7
_CHARACTERS_PER_CUE = 14
_PAUSE = 0.6


@dataclass(frozen=True, slots=True)
class Text:
    """One file. ``paragraphs`` are lists of sentences, the first of a turn with its label."""

    name: str
    title: str
    author: str
    published: str
    language: str
    kind: str
    forms: tuple[str, ...]
    speakers: tuple[str, ...]
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

        ``paused`` captions are of a speaker who is silent for a moment after each sentence.
        """
        if form == "text":
            data = "\n\n".join(_joined(part) for part in self.paragraphs).encode()
            return from_upload(data, SourceKind.TEXT, language=self.language)
        pause = _PAUSE if form == "paused" else 0.0
        data = rolling_captions(self.sentences, pause=pause).encode()
        return from_upload(data, SourceKind.CAPTIONS, language=self.language)


def corpus() -> list[Text]:
    """Every text, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def rolling_captions(sentences: Sequence[str], *, pause: float = 0.0, times: int = 1) -> str:
    """What speech recognition makes of sentences: no marks, no case, every line shown twice.

    Without ``pause`` (seconds) a line ends when it is full: only the words tell where to cut.
    """
    bare = [_NOT_SPOKEN.sub(" ", sentence).casefold().strip() for sentence in sentences] * times
    flows = bare if pause else ["".join(bare) if is_cjk(bare[0]) else " ".join(bare)]
    cues: list[str] = ["WEBVTT", "Kind: captions", ""]
    at, before = 0.0, " "
    for flow in flows:
        for line in _cue_lines(flow):
            end = at + max(0.5, spoken_seconds(line))
            cues += [f"{_clock(at)} --> {_clock(end - 0.01)}", before, line, ""]
            cues += [f"{_clock(end - 0.01)} --> {_clock(end)}", line, " ", ""]
            at, before = end, line
        at += pause
    return "\n".join(cues)


def _cue_lines(flow: str) -> Iterator[str]:
    """Lines of some words each, that end wherever they are full."""
    if is_cjk(flow):
        letters = "".join(flow.split())
        for start in range(0, len(letters), _CHARACTERS_PER_CUE):
            yield letters[start : start + _CHARACTERS_PER_CUE]
        return
    words = flow.split()
    for start in range(0, len(words), _WORDS_PER_CUE):
        yield " ".join(words[start : start + _WORDS_PER_CUE])


def _joined(paragraph: Sequence[str]) -> str:
    text = ""
    for sentence in paragraph:
        text = joined(text, sentence)
    return text


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"


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
        forms=(*told["forms"].split(", "), *(["paused"] if "auto" in told["forms"] else [])),
        speakers=tuple(told["speakers"].split(", ")) if "speakers" in told else (),
        paragraphs=tuple(tuple(part) for part in parts),
    )
