"""ffmpeg graphs of pictures: strangers fitted, cards held, windows encoded. Arguments only."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import ffmpeg
from contracts.mezzanine import Mezzanine
from contracts.values import Framing, Transition

from stitcher.adapters.framing import framed
from stitcher.adapters.lettering import FONTS
from stitcher.domain.segments import Blend, Footage, Span, Still, Window

graph: Any = ffmpeg
"""The library has no types."""

XFADE: Final = {
    Transition.DISSOLVE: "dissolve",
    Transition.SLIDE: "slideleft",
    Transition.WIPE: "wipeleft",
}

HDR: Final = frozenset({"smpte2084", "arib-std-b67"})
"""Transfer curves (PQ, HLG) whose numbers mean far brighter light than BT.709's."""


def fitting(
    source: Path,
    path: Path,
    profile: Mezzanine,
    frames: int,
    *,
    transfer: str,
    framing: Framing = Framing(),  # noqa: B008 frozen
) -> list[str]:
    """Any picture: rate, then size and shape, the last frame held if it is short."""
    picture = graph.input(str(source), threads=1).video.filter("fps", profile.fps)
    if transfer in HDR:
        picture = _toned(picture, transfer)
    # Pixels that are not square are made so, else the shape would be judged by their number.
    picture = picture.filter("scale", "trunc(iw*sar/2)*2", "ih").filter("setsar", 1)
    picture = framed(picture, profile, framing)
    picture = picture.filter("tpad", stop_mode="clone", stop=frames)
    return _encoding(picture, path, profile, frames, profile.video_options(frames))


def reference(path: Path, profile: Mezzanine) -> list[str]:
    """One grey frame: it carries the parameter sets that the profile gives."""
    source = f"color=c=gray:s={profile.width}x{profile.height}:r={profile.fps}"
    picture = graph.input(source, f="lavfi").video
    return _encoding(picture, path, profile, 1, profile.video_options(1))


def segment(
    wanted: Window | Still,
    shots: Mapping[int, Footage],
    path: Path,
    profile: Mezzanine,
    drawn: Path | None = None,
) -> list[str]:
    """A window, or a held card. ``shots`` are those that it is made of; ``drawn`` are captions."""

    def span(taken: Span) -> Any:
        return _span(taken, shots[taken.shot], profile)

    if isinstance(wanted, Still):
        parts = [span(wanted.span)]
    else:
        parts = [
            span(wanted.head) if wanted.head else None,
            _blended(wanted.blend, span, profile) if wanted.blend else None,
            span(wanted.tail) if wanted.tail else None,
        ]
        parts = [part for part in parts if part is not None]
    picture = parts[0] if len(parts) == 1 else graph.concat(*parts, v=1, a=0)
    if drawn is not None:
        picture = picture.filter("ass", filename=str(drawn), fontsdir=str(FONTS))
    return _encoding(picture, path, profile, wanted.frames, profile.window_options())


def _span(span: Span, footage: Footage, profile: Mezzanine) -> Any:
    """Exactly its frames, on a clock that starts at 0."""
    # One clip on both sides of a joint is opened twice: the library takes inputs with equal
    # options for one, which cannot be read at two places.
    apart = {"thread_queue_size": 8 + span.shot % 2}
    if footage.still:
        seconds = span.frames / profile.fps + 1
        held = graph.input(str(footage.path), loop=1, framerate=profile.fps, t=seconds, **apart)
        seen = framed(held.video, profile, Framing())
    else:
        # To the microsecond: ffmpeg rounds it to the clip's clock, of 512 ticks a frame. Any
        # earlier, and the group of pictures before this one would be decoded to be thrown away.
        sought = {"ss": f"{span.start / profile.fps:.6f}"} if span.start else {}
        seen = graph.input(str(footage.path), threads=1, **sought, **apart).video
    return (
        seen.filter("settb", f"1/{profile.fps}")
        .filter("setpts", "N")
        .filter("trim", end_frame=span.frames)
        .filter("fps", profile.fps)
    )


def _blended(blend: Blend, span: Callable[[Span], Any], profile: Mezzanine) -> Any:
    if blend.kind is Transition.FADE_BLACK:
        return _through_black(blend, span)
    left, right, frames = span(blend.left), span(blend.right), blend.left.frames
    if blend.kind is Transition.FADE:
        # xfade works in 4:4:4, which costs more and resamples every frame's colours.
        clear = right.filter("format", "yuva420p").filter(
            "fade", t="in", start_frame=0, nb_frames=frames, alpha=1
        )
        mixed = graph.filter([left, clear], "overlay", format="yuv420", shortest=1)
    else:
        mixed = graph.filter(
            [left, right], "xfade", transition=XFADE[blend.kind],
            duration=f"{frames / profile.fps:.6f}", offset=0,
        )  # fmt: skip
    return mixed.filter("format", "yuv420p").filter("setsar", 1)


def _through_black(blend: Blend, span: Callable[[Span], Any]) -> Any:
    """One goes, then the other comes; both are wholly black where they meet.

    xfade's own fadeblack mixes the two in the middle, and never is black.
    """
    half, frames = blend.left.frames // 2, blend.left.frames
    comes = Span(blend.right.shot, blend.right.start + half, blend.right.end)
    right = span(comes).filter("fade", "in", start_frame=0, nb_frames=frames - half)
    if not half:
        return right
    # An even number has two in the middle: the first of them is black as well.
    dark = half - 1 if frames % 2 == 0 and half > 1 else half
    goes = Span(blend.left.shot, blend.left.start, blend.left.start + half)
    left = span(goes).filter("fade", "out", start_frame=0, nb_frames=dark)
    return graph.concat(left, right, v=1, a=0)


def _toned(picture: Any, transfer: str) -> Any:
    """High dynamic range brought into BT.709.

    Of what such a picture says of itself the curve alone is always there.
    """
    light = {"tin": transfer, "min": "bt2020nc", "pin": "bt2020", "transfer": "linear"}
    return (
        picture.filter("zscale", **light, npl=100)
        .filter("format", "gbrpf32le")
        .filter("zscale", primaries="bt709")
        .filter("tonemap", "hable", desat=0)
        .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        .filter("format", "yuv420p")
    )


def _encoding(
    picture: Any, path: Path, profile: Mezzanine, frames: int, options: Mapping[str, str]
) -> list[str]:
    for name, settings in profile.picture_filters():
        picture = picture.filter(name, **settings)
    whole = {**options, **profile.container_options(), "frames:v": str(frames)}
    args: list[str] = graph.output(picture, str(path), **whole).get_args()
    return args
