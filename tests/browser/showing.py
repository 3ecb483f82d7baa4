"""Films to be shown in a browser, and what every one of their pictures should look like there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing, Transition
from numpy.typing import NDArray
from stitcher.domain.captions import Cue, vtt
from stitcher.domain.chapters import of_scenes
from stitcher.domain.segments import plan
from stitcher.domain.timeline import Cut, Joint, Timeline, lay
from stitcher.handlers.sounding import Sounding

from tests.adapters.cutting import PROFILE, Room, mezzanine
from tests.unit.stitcher.making import FOLDER

FPS = 30
BLOCK = 20
"""Pixels; the pictures of both shapes are whole blocks."""
TINTS = {45: "hue=h=0", 60: "hue=h=120", 41: "negate"}
"""A clip of so many frames each, in colours of its own."""
CUES = (
    Cue(5, 47, "Reader, I married him."),  # Charlotte Brontë, Jane Eyre, 1847
    Cue(47, 90, "Jane: am I <dear> & free?"),
    Cue(90, 114, "\u5e8a\u524d\u660e\u6708\u5149"),  # Li Bai, 8th century
)
SHAPES = {
    "16:9": (PROFILE, (Joint(Transition.FADE, 15), Joint()), Framing()),
    "9:16": (
        Mezzanine(180, 320, FPS),
        (Joint(Transition.FADE_BLACK, 9), Joint(Transition.SLIDE, 20)),
        Framing(fit=Fit.BLUR),
    ),
}

Pictures = NDArray[np.float64]
"""Mean colours: by frame, block, and red, green and blue from 0 to 255."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A film in a local store, below ``root``; ``heard`` is the size of its sound, in bytes."""

    root: Path
    timeline: Timeline
    film: str
    captions: str
    pictures: Pictures
    heard: int

    @property
    def borders(self) -> tuple[int, ...]:
        """The first frame of each stretch, copied or encoded, but the first."""
        return tuple(accumulate(one.frames for one in plan(self.timeline)))[:-1]

    @property
    def looked_at(self) -> tuple[int, ...]:
        """Both sides of every border, the middle of each stretch and the ends: forth, then back."""
        edges = (0, *self.borders, self.timeline.frames)
        middles = {(one + two) // 2 for one, two in pairwise(edges)}
        sides = {border - near for border in self.borders for near in (0, 1)}
        frames = sorted(middles | sides | {0, self.timeline.frames - 1})
        return (*frames[::2], *reversed(frames[1::2]))


async def cut(folder: Path, shape: str) -> Shown:
    """A film of three clips with chapters, sound and captions."""
    room = Room(folder)
    profile, joints, framing = SHAPES[shape]
    cuts: list[Cut] = []
    for number, (frames, tint) in enumerate(TINTS.items()):
        clip = await room.cut(await mezzanine(folder, str(number), frames, filters=tint), frames)
        cuts.append(replace(clip, scene_index=number))
    film = lay(profile, cuts, joints, framing)
    with room.scratch.folder() as scratch:
        cutting = replace(room.cutting(film, scratch), chapters=of_scenes(film, {}))
        made = await cutting.whole(Sounding())
        kept = await room.store.put(f"{FOLDER}/film.mp4", made, "video/mp4")
        pictures, heard = decoded(made), _sound(made)
    words = await room.store.put(f"{FOLDER}/film.vtt", vtt(CUES, FPS).encode(), "text/vtt")
    return Shown(folder / "objects", film, kept.key, words.key, pictures, heard)


def decoded(film: Path) -> Pictures:
    """What a player should show: BT.709 in limited range, as the film says of itself."""
    with av.open(str(film)) as container:
        frames: Any = container.decode(video=0)
        return np.stack([_colours(frame.to_ndarray(), frame.height) for frame in frames])


def _sound(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(packet.size for packet in container.demux(audio=0))


def _colours(planes: NDArray[np.uint8], height: int) -> Pictures:
    """The blocks of a picture in 4:2:0."""
    light = (planes[:height] - 16.0) * (255 / 219)
    halves = (planes[height:].reshape(2, height // 2, -1) - 128.0) * (255 / 224)
    blue, red = halves.repeat(2, axis=1).repeat(2, axis=2)
    green = light - 0.1873 * blue - 0.4681 * red
    pixels = np.stack([light + 1.5748 * red, green, light + 1.8556 * blue], axis=-1).clip(0, 255)
    blocks = pixels.reshape(height // BLOCK, BLOCK, -1, BLOCK, 3)
    return blocks.mean(axis=(1, 3)).reshape(-1, 3)


def nearest(picture: Sequence[Sequence[float]], pictures: Pictures) -> int:
    """The frame that looks most like a picture."""
    return int(np.abs(pictures - np.array(picture)).mean(axis=(1, 2)).argmin())
