"""What is known of a clip's file, and whether it may be used as it is."""

from dataclasses import dataclass
from fractions import Fraction

from contracts.errors import ErrorCode, Rejected
from contracts.events import Clip
from contracts.mezzanine import CHANNELS, SAMPLE_RATE, Mezzanine

MOST_SHORT = 0.25
"""Seconds a clip may lack: its last picture is held. More is a wrong length."""


MOST_ENLARGED = 4.0
"""How much a clip may be enlarged to fill the film's picture. More is another size class."""

LEAST_KEPT = 0.35
"""The share of a clip's picture that must be left when the film's shape is cut out of it."""


class Unusable(Rejected):
    """A clip that came down whole and cannot be used. It was paid for."""

    def __init__(self, message: str, *, detail: str) -> None:
        super().__init__(ErrorCode.AI_PROVIDER_FAILURE, message, detail=detail)


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a file. ``samples`` per channel, as far as the packets say."""

    codec: str
    rate: int
    channels: int
    samples: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A file as it was measured, not as its header claims. Times in seconds."""

    width: int
    height: int
    fps: Fraction
    frames: int
    start: float
    seconds: float
    keyframes: tuple[int, ...]
    parameter_sets: bytes
    codec: str
    pixels: str
    sound: Sound | None


def misfits(probe: Probe, profile: Mezzanine, frames: int, parameter_sets: bytes) -> list[str]:
    """Why a file is no mezzanine of ``frames`` frames; empty if it is one.

    ``parameter_sets`` are those that the profile's encoder writes.
    """
    sound = probe.sound
    checks = {
        "size": (probe.width, probe.height) == (profile.width, profile.height),
        "rate": probe.fps == profile.fps,
        "frames": probe.frames == frames,
        "start": probe.start == 0,
        "keyframes": set(profile.keyframes(frames)) <= set(probe.keyframes),
        "pixels": probe.pixels == "yuv420p",
        "parameter sets": probe.parameter_sets == parameter_sets,
        "sound": sound is not None
        and (sound.codec, sound.rate, sound.channels) == ("aac", SAMPLE_RATE, CHANNELS)
        and sound.samples >= profile.samples(frames),
    }
    return [name for name, fits in checks.items() if not fits]


def check_length(probe: Probe, profile: Mezzanine, frames: int) -> None:
    """Refuse what a provider sent if it is shorter than the scene. Longer is cut."""
    wanted = frames / profile.fps
    if probe.seconds < wanted - MOST_SHORT:
        raise Unusable(
            "The provider sent a clip of the wrong length",
            detail=f"{probe.seconds:.3f} s instead of {wanted:.3f} s",
        )


def check_size(probe: Probe, profile: Mezzanine) -> None:
    """Refuse a picture that would have to be blown up, or of which little would be left."""
    if not probe.width or not probe.height:
        raise Unusable("The provider sent a clip without a picture", detail="0 pixels")
    across, down = profile.width / probe.width, profile.height / probe.height
    kept = min(across, down) / max(across, down)
    if max(across, down) > MOST_ENLARGED or kept < LEAST_KEPT:
        raise Unusable(
            "The provider sent a clip of the wrong size",
            detail=f"{probe.width}x{probe.height} for {profile.width}x{profile.height}",
        )


@dataclass(frozen=True, slots=True)
class Take:
    """A clip that was made, as it is remembered. ``cost_usd`` is a decimal number as text."""

    clip: Clip
    provider: str
    cost_usd: str
    work_id: str
    provider_request_id: str | None = None
