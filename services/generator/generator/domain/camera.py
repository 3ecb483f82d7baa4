"""Where the camera looks: the window it cuts from a picture larger than the frame.

All numbers are fractions of the larger picture, so one move serves every size and layer.
"""

import math
from dataclasses import dataclass

from contracts.documents import Camera

MARGIN = 0.14
"""How much larger than the frame the picture is; what the camera has to move in."""

FRAME = 1 / (1 + MARGIN)
"""The window's size when a pixel of the picture is a pixel of the frame."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle: centre and width, each a fraction of the larger picture's width and height."""

    x: float
    y: float
    size: float

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels of a picture of this size."""
        half_w, half_h = self.size * width / 2, self.size * height / 2
        return (
            self.x * width - half_w,
            self.y * height - half_h,
            self.x * width + half_w,
            self.y * height + half_h,
        )


def ease(t: float) -> float:
    """0..1 to 0..1, starting and ending gently but never standing still."""
    smooth = 0.5 - 0.5 * math.cos(math.pi * t)
    return 0.45 * smooth + 0.55 * t


def window(camera: Camera, t: float, *, depth: float = 1.0) -> Window:
    """The window at ``t`` (0 first frame, 1 last frame).

    ``depth`` above 1 is a nearer layer: it moves further, which is what makes depth visible.
    A still camera drifts a little, because a frozen picture looks broken.
    """
    frame = FRAME
    room = 1 - frame
    e = ease(t)
    swing = (e - 0.5) * room * 0.96
    match camera:
        case Camera.PUSH_IN:
            size, dx, dy = 1 - room * e, 0.0, 0.0
        case Camera.PULL_OUT:
            size, dx, dy = frame + room * e, 0.0, 0.0
        case Camera.PAN_LEFT:
            size, dx, dy = frame, -swing, 0.0
        case Camera.PAN_RIGHT:
            size, dx, dy = frame, swing, 0.0
        case Camera.TILT_UP:
            size, dx, dy = frame, 0.0, -swing
        case Camera.TILT_DOWN:
            size, dx, dy = frame, 0.0, swing
        case Camera.STILL:
            size, dx, dy = frame, 0.3 * swing, -0.2 * swing
    return Window(0.5 + dx * depth, 0.5 + dy * depth, 1 - (1 - size) * depth)


def nearest(depth: float) -> float:
    """The smallest window a layer of this depth is ever seen through: it is drawn for that."""
    return 1 - (1 - FRAME) * depth
