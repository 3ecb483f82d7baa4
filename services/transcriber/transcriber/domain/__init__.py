"""What a transcript is made from, and how: pure rules, no I/O."""

from transcriber.domain.cues import Cue, header, read_cues
from transcriber.domain.transcripts import as_track, from_captions, from_upload
from transcriber.domain.youtube import CaptionTrack, Snippet, TrackName, choose

__all__ = [
    "CaptionTrack",
    "Cue",
    "Snippet",
    "TrackName",
    "as_track",
    "choose",
    "from_captions",
    "from_upload",
    "header",
    "read_cues",
]
