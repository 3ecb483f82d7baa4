"""ffmpeg by itself: everything in one filter graph, and copying by the concat demuxer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stitch.clips import PROGRAM, SECONDS_SHARED, Sizes

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y")
DUCKING = "sidechaincompress=threshold=0.02:ratio=6:attack=20:release=450"


@dataclass(frozen=True, slots=True)
class Further:
    """What a film has besides its clips: sounds as long as it is, captions and their fonts."""

    narration: Path
    music: Path
    captions: Path
    fonts: Path


def one_graph(
    clips: Sequence[Path],
    out: Path,
    sizes: Sizes,
    further: Further | None = None,
    *,
    captioned: bool = False,
) -> list[str]:
    """Cross-fades everywhere by ``xfade`` and ``acrossfade``, with our encoder's settings."""
    profile = sizes.profile
    steps = _pictures(len(clips), 0, sizes, further if captioned else None)
    heard = "0:a"
    for n in range(1, len(clips)):
        steps.append(f"[{heard}][{n}:a]acrossfade=d={SECONDS_SHARED}[a{n}]")
        heard = f"a{n}"
    sounds: list[Path] = []
    if further is not None:
        sounds = [further.narration, further.music]
        voice, music = len(clips), len(clips) + 1
        steps += [
            f"[{voice}:a]aformat=channel_layouts=stereo,asplit=3[voice][key1][key2]",
            f"[{music}:a]volume=-16dB[low];[low][key1]{DUCKING}[bed]",
            f"[{heard}][key2]{DUCKING}[own]",
            "[own][bed][voice]amix=inputs=3:normalize=0:duration=first[mixed]",
        ]
        heard = "mixed"
    last = ",".join(
        f"{name}=" + ":".join(f"{key}={value}" for key, value in settings.items())
        for name, settings in profile.picture_filters()
    )
    steps.append(f"[film]{last}[picture]")
    options = (
        profile.video_options(sizes.film(fades=True, clips=len(clips)))
        | profile.audio_options()
        | profile.container_options()
    )
    words = [word for name, value in options.items() for word in (f"-{name}", value)]
    ends = ["-map", "[picture]", "-map", f"[{heard}]"]
    inputs = _inputs([*clips, *sounds])
    return [PROGRAM, *QUIET, *inputs, "-filter_complex", ";".join(steps), *ends, *words, str(out)]


def comparing(
    film: Path, clips: Sequence[Path], sizes: Sizes, captions: Further | None, *, fades: bool
) -> list[str]:
    """Compare a film, frame by frame, to what its clips make without any encoding."""
    steps = _pictures(len(clips), 1, sizes, captions, fades=fades)
    clock = f"format=yuv420p,settb=1/{sizes.profile.fps},setpts=N"
    steps.append(f"[0:v]{clock}[made];[film]{clock}[wanted];[made][wanted]ssim")
    inputs = _inputs([film, *clips])
    said = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "info")
    return [PROGRAM, *said, *inputs, "-filter_complex", ";".join(steps), "-f", "null", "-"]


def copied(clips: Sequence[Path], out: Path) -> list[str]:
    """Hard cuts without any encoding: no other way can do with less."""
    names = out.with_suffix(".txt")
    names.write_text("".join(f"file '{clip}'\n" for clip in clips), encoding="utf-8")
    reading = ("-f", "concat", "-safe", "0", "-i", str(names))
    return [PROGRAM, *QUIET, *reading, "-c", "copy", "-movflags", "+faststart", str(out)]


def _inputs(paths: Sequence[Path]) -> list[str]:
    return [word for path in paths for word in ("-i", str(path))]


def _pictures(
    count: int, first: int, sizes: Sizes, captions: Further | None, *, fades: bool = True
) -> list[str]:
    """The clips, the first of which is input ``first``, as one picture ``film``."""
    fps = sizes.profile.fps
    steps = [f"[{first + n}:v]settb=AVTB,fps={fps}[p{n}]" for n in range(count)]
    seen = "p0"
    if not fades:
        steps.append("".join(f"[p{n}]" for n in range(count)) + f"concat=n={count}[v]")
        seen = "v"
    for n in range(1, count if fades else 0):
        at = n * (sizes.frames - sizes.shared) / fps
        steps.append(
            f"[{seen}][p{n}]xfade=transition=fade:duration={SECONDS_SHARED}:offset={at:.6f}[v{n}]"
        )
        seen = f"v{n}"
    drawn = f"ass=filename={captions.captions}:fontsdir={captions.fonts}" if captions else "null"
    return [*steps, f"[{seen}]{drawn}[film]"]
