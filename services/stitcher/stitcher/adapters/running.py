"""ffmpeg's failures as the stitcher's: what may pass by itself, and what will not."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.errors import ErrorCode, FilmError, Transient
from runtime.ffmpeg import Ffmpeg, FfmpegError, OnSeconds

from stitcher.adapters.segments import failed

PASSING: Final = re.compile(
    r"No space left on device|Cannot allocate memory|Resource temporarily|took over|ended with -"
)
"""What says that the machine was at fault: later, or elsewhere, the same call can succeed."""


async def ran(ffmpeg: Ffmpeg, args: Sequence[str], on_seconds: OnSeconds | None = None) -> None:
    """Run to the end. Raises ``Rejected`` or ``Transient(STITCH_FAILED)``, the log's end in it."""
    try:
        await ffmpeg.run(args, on_seconds=on_seconds)
    except FfmpegError as error:
        raise _judged(f"{error.reason}: {error.tail}") from error


def _judged(detail: str) -> FilmError:
    if PASSING.search(detail):
        return Transient(ErrorCode.STITCH_FAILED, detail=detail[-2_000:])
    return failed(detail)
