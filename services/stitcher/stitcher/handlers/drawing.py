"""How captions are drawn into a film's pictures, if that is wanted and can be read."""

from collections.abc import Sequence
from pathlib import Path

from contracts.values import CaptionSettings

from stitcher.domain import subtitles
from stitcher.domain.captioned import Drawn
from stitcher.domain.captions import Cue
from stitcher.domain.timeline import Timeline
from stitcher.handlers.ports import FilmMaker

NO_FONT = (
    "The captions are not drawn: no font here has their letters. The caption files have them; "
    "choose a font that the server has to draw them."
)


async def drawing(
    films: FilmMaker, style: CaptionSettings, film: Timeline, cues: Sequence[Cue], folder: Path
) -> tuple[Drawn | None, tuple[str, ...]]:
    """How the cues are drawn, and what the film's user should know if they are not."""
    profile = film.profile
    if not style.burn or not cues:
        return None, ()

    def one(text: str) -> str:
        return subtitles.drawn([Cue(0, profile.fps, text)], style, profile)(0, 1) or ""

    if not await films.legible("".join(cue.text for cue in cues), one, folder):
        return None, (NO_FONT,)
    return subtitles.drawn(cues, style, profile), ()
