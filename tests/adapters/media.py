"""Small real media files made by ffmpeg, and ways to look at them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageStat


def ffmpeg(*args: str) -> str:
    """Run ffmpeg; what it complained about."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "warning", "-y", *args]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stderr.decode()


def clip(
    path: Path,
    *,
    frames: int = 30,
    size: str = "320x180",
    rate: str = "30",
    sound: bool = True,
    codec: str = "libx264",
    filters: str = "null",
) -> Path:
    """A moving test picture with a tone, as some stranger's encoder would write it."""
    heard = ("-f", "lavfi", "-i", "sine=440:r=44100") if sound else ()
    seen = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}")
    kept = ("-shortest", "-c:a", "aac") if sound else ()
    drawn = ("-vf", filters, "-frames:v", str(frames), "-c:v", codec)
    ffmpeg(*seen, *heard, *drawn, *kept, str(path))
    return path


def complaints(path: Path) -> str:
    """What a full decode warns about."""
    return ffmpeg("-i", str(path), "-f", "null", "-")


def pictures(path: Path) -> list[Image.Image]:
    """Every frame, in grey."""
    with av.open(str(path)) as container:
        frames: Any = container.decode(video=0)
        return [frame.to_image().convert("L") for frame in frames]


def luma(picture: Image.Image) -> float:
    """Mean brightness, 0..255."""
    return ImageStat.Stat(picture).mean[0]


def clocks(path: Path) -> tuple[float, float, float, float]:
    """Start and length of the picture, start and length of the sound, in seconds."""
    with av.open(str(path)) as container:
        found: list[float] = []
        streams: Any = (container.streams.video[0], container.streams.audio[0])
        for stream in streams:
            found += [float(stream.start_time * stream.time_base)]
            found += [float(stream.duration * stream.time_base)]
        return found[0], found[1], found[2], found[3]


def boxes(path: Path) -> Iterator[str]:
    """The names of an MP4's outermost boxes, in order."""
    data = path.read_bytes()
    at = 0
    while at + 8 <= len(data):
        yield data[at + 4 : at + 8].decode()
        at += int.from_bytes(data[at : at + 4]) or len(data)


def children() -> set[int]:
    """Process ids of this process's living ffmpeg children."""
    mine = str(os.getpid())
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = fields[1].split()[:2]
        if parent == mine and state != "Z" and "ffmpeg" in fields[0]:
            found.add(int(folder.name))
    return found


def loudness(path: Path, first: float, seconds: float) -> float:
    """Mean volume of a stretch of sound, in dB."""
    window = f"atrim={first}:{first + seconds},volumedetect"
    report = ffmpeg("-loglevel", "info", "-i", str(path), "-af", window, "-f", "null", "-")
    return float(report.split("mean_volume:")[1].split("dB")[0])


def steepest(path: Path, at: float, seconds: float = 0.05) -> float:
    """The largest step between neighbouring samples around a time: a click is a large one."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        samples = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    sound = np.concatenate(samples)
    around = sound[int((at - seconds) * 48_000) : int((at + seconds) * 48_000)]
    return float(np.abs(np.diff(around)).max())
