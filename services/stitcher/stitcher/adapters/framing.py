"""ffmpeg graphs that bring a picture to the film's size and shape. Square pixels are given."""

from typing import Any, Final

import ffmpeg
from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing

graph: Any = ffmpeg
"""The library has no types."""

GROUND_SIDE: Final = 128
"""The longer side of the ground while it is blurred, in pixels: nobody sees more of it."""
GROUND_BLUR: Final = 4
GROUND_LIGHT: Final = 0.55
GROUND_COLOUR: Final = 0.7
"""How bright and how colourful the ground is beside the clip, which has to stand out."""


def framed(picture: Any, profile: Mezzanine, framing: Framing) -> Any:
    """Cut around the focus, or whole on a ground that is made of itself."""
    if framing.fit is Fit.BLUR:
        return _tidy(_grounded(picture, profile))
    return _tidy(_cropped(picture, profile.width, profile.height, framing))


def _cropped(picture: Any, width: int, height: int, framing: Framing) -> Any:
    x = f"clip(iw*{framing.focus_x}-ow/2,0,iw-ow)"
    y = f"clip(ih*{framing.focus_y}-oh/2,0,ih-oh)"
    return _scaled(picture, width, height, "increase").filter("crop", width, height, x, y)


def _grounded(picture: Any, profile: Mezzanine) -> Any:
    """The ground is blurred while it is small, which costs next to nothing."""
    both = picture.filter_multi_output("split")
    share = GROUND_SIDE / max(profile.width, profile.height)
    small = [max(round(side * share / 2) * 2, 16) for side in (profile.width, profile.height)]
    ground = _scaled(both[0], small[0], small[1], "increase").filter("crop", *small)
    ground = (
        ground.filter("format", "yuv420p")
        .filter("gblur", sigma=GROUND_BLUR)
        .filter(
            "lutyuv",
            y=_nearer(16, GROUND_LIGHT),
            u=_nearer(128, GROUND_COLOUR),
            v=_nearer(128, GROUND_COLOUR),
        )
        .filter("scale", profile.width, profile.height, flags="bicubic")
        .filter("setsar", 1)
    )
    whole = _scaled(both[1], profile.width, profile.height, "decrease").filter("format", "yuv420p")
    return graph.filter(
        [ground, whole.filter("setsar", 1)], "overlay",
        "(W-w)/2", "(H-h)/2", format="yuv420", shortest=1,
    )  # fmt: skip


def _nearer(middle: int, share: float) -> str:
    return f"{middle}+(val-{middle})*{share}"


def _scaled(picture: Any, width: int, height: int, kind: str) -> Any:
    return picture.filter(
        "scale",
        width,
        height,
        force_original_aspect_ratio=kind,
        force_divisible_by=2,
        flags="bicubic",
        out_color_matrix="bt709",
        out_range="tv",
    )


def _tidy(picture: Any) -> Any:
    return picture.filter("format", "yuv420p").filter("setsar", 1)
