"""The transcriber's step, with the ports it needs."""

from transcriber.handlers.fetch import FetchTranscript
from transcriber.handlers.hear import Hear
from transcriber.handlers.ports import (
    CaptionSource,
    Pieces,
    Remembered,
    SoundReader,
    Speech,
    VideoSounds,
)

__all__ = [
    "CaptionSource",
    "FetchTranscript",
    "Hear",
    "Pieces",
    "Remembered",
    "SoundReader",
    "Speech",
    "VideoSounds",
]
