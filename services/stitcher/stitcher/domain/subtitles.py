"""Captions as they are drawn into the picture: Advanced SubStation Alpha, one text a segment. Pure.

Sizes hang on the shorter side of the picture. In an upright picture the captions stand higher:
apps lay their buttons over its lowest fifth.
"""

from collections.abc import Sequence
from itertools import pairwise

from contracts.mezzanine import Mezzanine
from contracts.values import CaptionPosition, CaptionSettings, CaptionSize

from stitcher.domain.breaking import wide
from stitcher.domain.captioned import Drawn
from stitcher.domain.captions import Cue

FONT = "DejaVu Sans"
SIZES = {CaptionSize.SMALL: 0.045, CaptionSize.MEDIUM: 0.058, CaptionSize.LARGE: 0.075}
ALIGNED = {CaptionPosition.BOTTOM: 2, CaptionPosition.MIDDLE: 5, CaptionPosition.TOP: 8}
FORMAT = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
    "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
    "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
)
ROW_LETTERS = 24
"""An average letter is about half as wide as it is tall, a wide one as wide."""
SAID, UNSAID = "&H0000D7FF", "&H00FFFFFF"
"""Colours as alpha, blue, green, red."""


def drawn(cues: Sequence[Cue], style: CaptionSettings, profile: Mezzanine) -> Drawn:
    """How these cues are drawn: texts timed from the first of the frames they are drawn on."""
    # All texts begin alike, as follows from all cues; for a long film there are thousands.
    head = _head(style, profile, cues)

    def on(first: int, end: int) -> str | None:
        lines = [
            _line(cue, style, profile, first, end)
            for cue in cues
            if cue.first < end and cue.end > first
        ]
        return "\n".join((*head, *lines, "")) if lines else None

    return on


def _head(style: CaptionSettings, profile: Mezzanine, cues: Sequence[Cue]) -> tuple[str, ...]:
    width, height = profile.width, profile.height
    size = round(min(width, height) * SIZES[style.size])
    upright = height > width
    side = round(width * (0.09 if upright else 0.06))
    low = round(height * (0.22 if upright else 0.07))
    rim = max(1, round(size * 0.07))
    if upright and any(wide(cue.text) for cue in cues):
        size = min(size, (width - 2 * side) // ROW_LETTERS * 2)
    fields = (
        f"Words,{style.font or FONT},{size},{SAID if style.karaoke else UNSAID},{UNSAID},"
        f"&H00101010,&H80000000,-1,0,0,0,100,100,0,0,1,{rim},{max(1, rim // 2)},"
        f"{ALIGNED[style.position]},{side},{side},{low},1"
    )
    return (
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width}",
        f"PlayResY: {height}",
        "WrapStyle: 0",
        "ScaledBorderAndShadow: yes",
        "[V4+ Styles]",
        FORMAT,
        f"Style: {fields}",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    )


def _line(cue: Cue, style: CaptionSettings, profile: Mezzanine, first: int, end: int) -> str:
    # Half a frame early: times are hundredths of a second, and a frame must not be missed by one.
    start = max(cue.first - first, 0)
    stop = min(cue.end, end) - first
    times = (_clock(frame - 0.5 if frame else 0, profile.fps) for frame in (start, stop))
    text = _safe(cue.text)
    if style.karaoke:
        text = _sung(cue, profile, first) if cue.starts else f"{{\\1c{UNSAID}&}}{text}"
    return f"Dialogue: 0,{','.join(times)},Words,,0,0,0,,{text}"


def _sung(cue: Cue, profile: Mezzanine, first: int) -> str:
    """Words that change their colour as they are said. What was said before is sung at once."""
    begins = max(cue.first, first)
    marks = [max(start, begins) for start in (*cue.starts, cue.end)]
    lengths = [round((b - a) * 100 / profile.fps) for a, b in pairwise(marks)]
    words = iter(lengths)
    rows = [
        " ".join(f"{{\\k{next(words)}}}{_safe(word)}" for word in row.split())
        for row in cue.text.split("\n")
    ]
    return "\\N".join(rows)


def _safe(text: str) -> str:
    """No text is taken for a command."""
    text = text.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")
    return text.replace("\n", "\\N")


def _clock(frame: float, fps: int) -> str:
    hundredths = round(frame * 100 / fps)
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"
