"""The clips that films are made of: as a stranger's encoder would deliver them, each its own."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
from contracts.mezzanine import Mezzanine

PROGRAM = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS_SHARED = 0.5
BITS_PER_PIXEL = 0.26
"""Of a delivered clip: 16 Mbit/s at 1080p and 30 frames a second."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a film is made of. ``frames`` is the length of a clip."""

    clips: int
    frames: int
    profile: Mezzanine

    @property
    def shared(self) -> int:
        """Frames of a cross-fade."""
        return round(SECONDS_SHARED * self.profile.fps)

    def film(self, *, fades: bool, clips: int | None = None) -> int:
        """Frames of a film of so many clips."""
        count = clips or self.clips
        return count * self.frames - (count - 1) * (self.shared if fades else 0)


def made(folder: Path, number: int, sizes: Sizes) -> Path:
    """Clip ``number``: a test picture with its own hue and grain, its own tone and air."""
    path = folder / f"raw-{number}.mp4"
    profile = sizes.profile
    size = f"{profile.width}x{profile.height}"
    seen = (
        f"testsrc2=s={size}:r={profile.fps},hue=h={number * 47 % 360},"
        f"noise=alls=4:allf=t:all_seed={number + 1},format=yuv420p"
    )
    # A tone alone costs the encoder of sound four times what anything recorded does.
    heard = (
        f"sine=frequency={220 + 40 * number}:sample_rate=48000[tone];"
        f"anoisesrc=color=pink:amplitude=0.1:sample_rate=48000:seed={number + 1}[air];"
        "[tone][air]amix=inputs=2:normalize=0,aformat=channel_layouts=stereo"
    )
    length = f"{sizes.frames / profile.fps:.6f}"
    inputs = ("-f", "lavfi", "-i", seen, "-f", "lavfi", "-i", heard)
    picture = ("-frames:v", str(sizes.frames), "-c:v", "libx264", "-preset", "superfast")
    rate = round(BITS_PER_PIXEL * profile.width * profile.height * profile.fps)
    rates = ("-b:v", str(rate), "-maxrate", str(rate * 5 // 4), "-bufsize", str(rate * 5 // 4))
    output = ("-c:a", "aac", "-b:a", "160k", "-t", length, str(path))
    words = ("-hide_banner", "-loglevel", "error", "-y", *inputs, *picture, *rates, *output)
    command = (PROGRAM, *words)
    subprocess.run(command, check=True, capture_output=True)
    return path


def renamed(clip: Path, path: Path) -> Path:
    """The same pictures and sound in other bytes: nothing made of one is found for the other."""
    name = path.name.encode()
    path.write_bytes(clip.read_bytes() + (8 + len(name)).to_bytes(4) + b"free" + name)
    return path
