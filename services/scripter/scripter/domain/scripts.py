"""Writes the script: a transcript as clean sentences in paragraphs, each with its speaker."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.documents import Paragraph, Script, Transcript
from contracts.errors import ErrorCode, Rejected

from scripter.domain.cleaning import Spoken, clean, without_repeats
from scripter.domain.fillers import without_fillers
from scripter.domain.marking import is_shouted, restored, with_commas
from scripter.domain.pauses import parted_at_pauses
from scripter.domain.sentences import Span, split_sentences
from scripter.domain.speakers import Turn, turns
from scripter.domain.unmarked import is_unmarked
from scripter.domain.wording import count_words, has_words, joined, spoken_seconds

TITLE_LIMIT = 120

_PAUSE = 1.5
_LONG_PAUSE = 5.0
_PARAGRAPH_WORDS = 120
_TITLE_WORDS = 8
_TITLE_CJK = 24
_OPENING = " \"'\u201c\u2018\u300c"
_FADING = ' .,;:\u2026\u3002-\u2013\u2014"\u201d'
_LOUD = "!?\uff01\uff1f'\u2019"
_SENTENCE_ENDS = tuple(".!?\u2026\u3002\uff01\uff1f\"'\u201d\u2019)\u00bb\u300d\u300f\u0964\u061f")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Seconds from the start of the source, interpolated within captions, or ``None``."""

    text: str
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class _Hand:
    """How a text is written, which decides what its sentences need."""

    language: str
    unmarked: bool
    shouted: bool

    @classmethod
    def of(cls, said: Sequence[Turn], transcript: Transcript) -> "_Hand":
        """A text somebody typed is left as it is, unless it has neither marks nor capitals."""
        texts = [turn.text for turn in said]
        recognised = transcript.timed or all(text == text.lower() for text in texts)
        return cls(
            transcript.language.casefold(),
            unmarked=recognised and is_unmarked(texts),
            shouted=transcript.timed and is_shouted(texts),
        )

    def sentence(self, text: str, span: Span) -> str:
        """The sentence with the marks and the case that it lacks."""
        said = text[span.start : span.end]
        commas = [at - span.start for at in span.commas]
        if self.unmarked or self.shouted:
            marked = not self.unmarked
            return restored(said, self.language, shouted=self.shouted, marked=marked, commas=commas)
        return with_commas(said, commas, self.language)


def write_script(script_id: UUID, transcript: Transcript, *, drop_fillers: bool = False) -> Script:
    """The script of a transcript, without draft scenes.

    ``drop_fillers`` takes sounds like "um" out of what was recorded; a typed text keeps them.
    Raises ``Rejected(TRANSCRIPT_MISSING)`` if nothing is said.
    """
    said = _turns(transcript, drop_fillers=drop_fillers and transcript.timed)
    hand = _Hand.of(said, transcript)
    paragraphs = [
        paragraph
        for run in _runs(said)
        for paragraph in _paragraphs(run[0].speaker, _sentences(run, hand))
    ]
    if not paragraphs:
        raise Rejected(
            ErrorCode.TRANSCRIPT_MISSING,
            "Nothing is said in this source: only sounds or marks. "
            "Upload captions or a text with words.",
        )
    texts = [text for paragraph in paragraphs for text in paragraph.sentences]
    return Script(
        script_id=script_id,
        title=_title(transcript.title, texts[0]),
        language=transcript.language,
        seconds=round(sum(map(spoken_seconds, texts)), 2),
        words=sum(map(count_words, texts)),
        speakers=tuple(dict.fromkeys(p.speaker for p in paragraphs if p.speaker)),
        paragraphs=tuple(paragraphs),
    )


def _turns(transcript: Transcript, *, drop_fillers: bool) -> list[Turn]:
    timed = transcript.timed
    spoken = [
        Spoken(
            text=text,
            start=segment.start if timed else None,
            end=max(segment.start, segment.end) if timed else None,
            speaker=segment.speaker,
            words=segment.words if timed else (),
        )
        for segment in transcript.segments
        if (text := clean(segment.text, timed=timed))
    ]
    if timed:
        spoken = parted_at_pauses(without_repeats(spoken))
    found = turns(spoken, timed=timed)
    if not drop_fillers:
        return found
    kept = [replace(turn, text=without_fillers(turn.text, transcript.language)) for turn in found]
    return [turn for turn in kept if turn.text]


def _runs(said: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Turns that belong together: one speaker, no pause after a finished sentence."""
    run: list[Turn] = []
    for turn in said:
        if run and (turn.anew or turn.speaker != run[-1].speaker or _paused(run[-1], turn)):
            yield run
            run = []
        run.append(turn)
    if run:
        yield run


def _paused(before: Turn, now: Turn) -> bool:
    if before.end is None or now.start is None:
        return False
    gap = now.start - before.end
    return gap >= (_PAUSE if before.text.endswith(_SENTENCE_ENDS) else _LONG_PAUSE)


def _sentences(run: Sequence[Turn], hand: _Hand) -> Iterator[Sentence]:
    """The sentences of a run; a sentence may run over several captions."""
    parts: list[str] = []
    offsets: list[int] = []
    gaps: dict[int, float] = {}
    length, end = 0, run[0].start
    for turn in run:
        space = len(joined(parts[-1][-1], turn.text[0])) - 2 if parts else 0
        parts.extend([" " * space, turn.text] if space else [turn.text])
        length += space
        offsets.append(length)
        gaps[length] = (turn.start or 0.0) - (end or 0.0)
        length += len(turn.text)
        end = turn.end
    text = "".join(parts)
    for span in split_sentences(text, gaps, unmarked=hand.unmarked):
        if has_words(text[span.start : span.end]):
            begun = _time(run, offsets, span.start)
            ended = _time(run, offsets, span.end - 1, after=1)
            yield Sentence(hand.sentence(text, span), begun, ended)


def _time(
    run: Sequence[Turn], offsets: Sequence[int], offset: int, *, after: int = 0
) -> float | None:
    at = bisect_right(offsets, offset) - 1
    turn = run[at]
    if turn.start is None or turn.end is None:
        return None
    share = min(1.0, (offset + after - offsets[at]) / len(turn.text))
    return round(turn.start + (turn.end - turn.start) * share, 3)


def _paragraphs(speaker: str | None, sentences: Iterator[Sentence]) -> Iterator[Paragraph]:
    """Paragraphs end at pauses, and before they grow beyond 120 words."""
    held: list[Sentence] = []
    words = 0
    for sentence in sentences:
        count = count_words(sentence.text)
        if held and (words + count > _PARAGRAPH_WORDS or _silence(held[-1], sentence) >= _PAUSE):
            yield _paragraph(speaker, held)
            held, words = [], 0
        held.append(sentence)
        words += count
    if held:
        yield _paragraph(speaker, held)


def _silence(before: Sentence, now: Sentence) -> float:
    return 0.0 if before.end is None or now.start is None else now.start - before.end


def _paragraph(speaker: str | None, sentences: Sequence[Sentence]) -> Paragraph:
    return Paragraph(
        speaker=speaker,
        start=sentences[0].start,
        end=sentences[-1].end,
        sentences=tuple(sentence.text for sentence in sentences),
        times=tuple(
            (sentence.start, max(sentence.start, sentence.end))
            for sentence in sentences
            if sentence.start is not None and sentence.end is not None
        ),
    )


def _title(given: str | None, first: str) -> str:
    """The source's own title, else the first words."""
    tidy = " ".join(clean(given or "", timed=False).split())
    if has_words(tidy):
        return tidy[:TITLE_LIMIT].strip()
    return shortened(first, words=_TITLE_WORDS, letters=_TITLE_CJK * 3)


def shortened(text: str, *, words: int, letters: int) -> str:
    """The first words of a text as a heading, with an ellipsis if there is more."""
    tidy = " ".join(text.split()).lstrip(_OPENING) or text.strip()
    head = " ".join(tidy.split()[:words])
    if len(head) > letters:
        head = head[:letters].rsplit(" ", 1)[0]
    if head == tidy:
        return head.rstrip(_FADING) or head
    return f"{head.rstrip(_FADING + _LOUD) or head}\u2026"
