"""Small transcripts and scripts for the scripter's tests."""

from uuid import UUID

from contracts.documents import Paragraph, Script, Segment, Transcript
from scripter.domain import write_script

SCRIPT_ID = UUID(int=6)
JOB_ID = UUID(int=2)


def captions(*cues: tuple[float, float, str], speaker: str | None = None) -> Transcript:
    segments = tuple(Segment(start=a, end=b, text=text, speaker=speaker) for a, b, text in cues)
    return Transcript(language="en", origin="upload", segments=segments)


def text(*paragraphs: str, title: str | None = None) -> Transcript:
    segments = tuple(Segment(start=0, end=0, text=paragraph) for paragraph in paragraphs)
    return Transcript(language="en", origin="upload", title=title, timed=False, segments=segments)


def sentences(transcript: Transcript) -> list[str]:
    script = write_script(SCRIPT_ID, transcript)
    return [sentence for paragraph in script.paragraphs for sentence in paragraph.sentences]


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    """Speaker and words of each paragraph."""
    script = write_script(SCRIPT_ID, transcript)
    return [(p.speaker, " ".join(p.sentences)) for p in script.paragraphs]


def script(*paragraphs: tuple[str | None, tuple[str, ...]]) -> Script:
    return Script(
        script_id=SCRIPT_ID,
        title="A film",
        language="en",
        seconds=1.0,
        words=1,
        paragraphs=tuple(Paragraph(speaker=who, sentences=what) for who, what in paragraphs),
    )
