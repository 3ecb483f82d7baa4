"""When a job is not given up but waits for its user, and what the user is told."""

from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.events import ImportRequested
from contracts.values import SourceKind

NO_HEARING = (
    "Sound cannot be written down here: no speech service is set up. Upload the captions (.vtt, "
    ".srt or .json3) or the text (.txt or .md)."
)
_NOT_HEARD = (
    "The sound could not be written down at the moment: the speech service does not serve us. "
    "Upload the captions (.vtt, .srt or .json3) or the text, or the sound again later."
)
_OR_SOUND = " You may upload its sound or the video file, too."
_LONGEST = 500
_OF_SPEECH = {
    ErrorCode.AI_PROVIDER_FAILURE,
    ErrorCode.PROVIDER_RATE_LIMITED,
    ErrorCode.PROVIDER_AUTH,
    ErrorCode.PROVIDER_CREDITS_EXHAUSTED,
}


def falls_back(error: FilmError, *, last: bool) -> bool:
    """Whether a video's sound is worth trying: it has no captions, or we are not let at them."""
    if error.code is ErrorCode.TRANSCRIPT_MISSING:
        return True
    return error.code is ErrorCode.SOURCE_BLOCKED and last


def needed(
    error: FilmError, event: ImportRequested, *, last: bool, hearing: bool
) -> tuple[ErrorCode, str] | None:
    """Code and message with which the user is asked for another source; ``None`` to go on as told.

    ``last`` says that this was the last try. A job that has waited for its user before is not lost
    by a further source that cannot be used either: it asks again.
    """
    final = isinstance(error, Rejected)
    if not final and not last:
        return None
    if error.code in _OF_SPEECH:
        return ErrorCode.TRANSCRIPT_MISSING, _NOT_HEARD
    asks = error.code in {ErrorCode.TRANSCRIPT_MISSING, ErrorCode.PROVIDER_UNCERTAIN} or (
        error.code is ErrorCode.SOURCE_BLOCKED
    )
    if not asks and not (final and event.round > 1):
        return None
    message = error.message
    if event.source.kind is SourceKind.YOUTUBE and hearing:
        message += _OR_SOUND
    return error.code, message[:_LONGEST]
