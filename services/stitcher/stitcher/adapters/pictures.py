"""ffmpeg graphs of pictures: strangers fitted, cards held, windows encoded. Arguments only."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import ffmpeg
from contracts.mezzanine import Mezzanine
from contracts.values import Transition

from stitcher.adapters.lettering import FONTS
from stitcher.domain.segments import Blend, Footage, Span, Still, Window

graph: Any = ffmpeg
"""The library has no types."""

XFADE: Final = {
    Transition.DISSOLVE: "dissolve",
    Transition.FADE_BLACK: "fadeblack",
    Transition.SLIDE: "slideleft",
    Transition.WIPE: "wipeleft",
}

HDR: Final = frozenset({"smpte2084", "arib-std-b67"})
"""Transfer curves (PQ, HLG) whose numbers mean far brighter light than BT.709's."""


def fitting(
    source: Path, path: Path, profile: Mezzanine, frames: int, *, transfer: str
) -> list[str]:
    """Any picture: rate, then size filled and cropped, the last frame held if it is short."""
    picture = graph.input(str(source), threads=1).video.filter("fps", profile.fps)
    if transfer in HDR:
        picture = _toned(picture)
    picture = _filled(picture, profile).filter("tpad", stop_mode="clone", stop=frames)
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
    if footage.still:
        held = graph.input(
            str(footage.path), loop=1, framerate=profile.fps, t=span.frames / profile.fps + 1
        )
        seen = _filled(held.video, profile)
    else:
        # Half a frame early, so that rounding never decides which frame is the first.
        sought = {"ss": f"{(span.start - 0.5) / profile.fps:.6f}"} if span.start else {}
        seen = graph.input(str(footage.path), threads=1, **sought).video
    return (
        seen.filter("settb", f"1/{profile.fps}")
        .filter("setpts", "N")
        .filter("trim", end_frame=span.frames)
        .filter("fps", profile.fps)
    )


def _blended(blend: Blend, span: Callable[[Span], Any], profile: Mezzanine) -> Any:
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


def _filled(picture: Any, profile: Mezzanine) -> Any:
    return (
        picture.filter(
            "scale",
            profile.width,
            profile.height,
            force_original_aspect_ratio="increase",
            flags="bicubic",
            out_color_matrix="bt709",
            out_range="tv",
        )
        .filter("crop", profile.width, profile.height)
        .filter("format", "yuv420p")
        .filter("setsar", 1)
    )


def _toned(picture: Any) -> Any:
    """High dynamic range brought into BT.709."""
    return (
        picture.filter("zscale", transfer="linear", npl=100)
        .filter("format", "gbrpf32le")
        .filter("zscale", primaries="bt709")
        .filter("tonemap", "hable", desat=0)
        .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
    )


def _encoding(
    picture: Any, path: Path, profile: Mezzanine, frames: int, options: Mapping[str, str]
) -> list[str]:
    for name, settings in profile.picture_filters():
        picture = picture.filter(name, **settings)
    whole = {**options, **profile.container_options(), "frames:v": str(frames)}
    args: list[str] = graph.output(picture, str(path), **whole).get_args()
    return args
