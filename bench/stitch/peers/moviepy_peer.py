"""MoviePy 2: clips in a row that cross-fade, written once. Prints what it cost.

``moviepy_peer.py OUT FPS SHARED_SECONDS OPTIONS CLIP...``; ``OPTIONS`` is a JSON object of x264's
settings. It runs in an environment of its own and imports nothing of ours.
"""

import json
import resource
import sys
import time
from typing import Any

import moviepy  # pyright: ignore[reportMissingImports]

library: Any = moviepy
"""It is not among our own packages."""


def used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def film(out: str, fps: int, shared: float, options: dict[str, str], names: list[str]) -> None:
    clips = [library.VideoFileClip(name) for name in names]
    joined = [
        clip.with_effects(
            ([library.vfx.CrossFadeIn(shared), library.afx.AudioFadeIn(shared)] if number else [])
            + ([library.afx.AudioFadeOut(shared)] if number < len(clips) - 1 else [])
        )
        for number, clip in enumerate(clips)
    ]
    whole = library.concatenate_videoclips(joined, method="compose", padding=-shared)
    words = [word for name, value in options.items() for word in (f"-{name}", value)]
    whole.write_videofile(
        out, fps=fps, codec="libx264", preset="veryfast", audio_codec="aac", audio_fps=48_000,
        audio_bitrate="160k", threads=2, ffmpeg_params=words, logger=None,
    )  # fmt: skip
    for clip in clips:
        clip.close()


def main() -> None:
    out, fps, shared, options, *names = sys.argv[1:]
    begun, before = time.perf_counter(), used()
    film(out, int(fps), float(shared), json.loads(options), names)
    figures = {"wall": time.perf_counter() - begun, "cpu": used() - before}
    sys.stdout.write(f"\n{json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
