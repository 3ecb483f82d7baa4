"""ffmpeg by itself: everything in one filter graph, and copying by the concat demuxer."""

from collections.abc import Sequence
from pathlib import Path

from bench.stitch.clips import PROGRAM, SECONDS_SHARED, Sizes

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y")


def one_graph(clips: Sequence[Path], out: Path, sizes: Sizes) -> list[str]:
    """Cross-fades everywhere by ``xfade`` and ``acrossfade``, with our encoder's settings."""
    profile = sizes.profile
    inputs = [word for clip in clips for word in ("-i", str(clip))]
    steps = [f"[{n}:v]settb=AVTB,fps={profile.fps}[p{n}]" for n in range(len(clips))]
    seen, heard = "p0", "0:a"
    for n in range(1, len(clips)):
        at = n * (sizes.frames - sizes.shared) / profile.fps
        steps += [
            f"[{seen}][p{n}]xfade=transition=fade:duration={SECONDS_SHARED}:offset={at:.6f}[v{n}]",
            f"[{heard}][{n}:a]acrossfade=d={SECONDS_SHARED}[a{n}]",
        ]
        seen, heard = f"v{n}", f"a{n}"
    last = ",".join(
        f"{name}=" + ":".join(f"{key}={value}" for key, value in settings.items())
        for name, settings in profile.picture_filters()
    )
    steps.append(f"[{seen}]{last}[picture]")
    options = (
        profile.video_options(sizes.film(fades=True, clips=len(clips)))
        | profile.audio_options()
        | profile.container_options()
    )
    words = [word for name, value in options.items() for word in (f"-{name}", value)]
    ends = ["-map", "[picture]", "-map", f"[{heard}]"]
    return [PROGRAM, *QUIET, *inputs, "-filter_complex", ";".join(steps), *ends, *words, str(out)]


def copied(clips: Sequence[Path], out: Path) -> list[str]:
    """Hard cuts without any encoding: no other way can do with less."""
    names = out.with_suffix(".txt")
    names.write_text("".join(f"file '{clip}'\n" for clip in clips), encoding="utf-8")
    reading = ("-f", "concat", "-safe", "0", "-i", str(names))
    return [PROGRAM, *QUIET, *reading, "-c", "copy", "-movflags", "+faststart", str(out)]
