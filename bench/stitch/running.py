"""The runs: every contender at every case, in turns; what ours writes has to pass the gates."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.stitch import clips, gates, graphs
from bench.stitch.clips import SECONDS_SHARED, Sizes
from bench.stitch.interpreters import PEERS
from bench.stitch.measure import Cost, cost

PEER = PEERS / "moviepy_peer.py"
SETTINGS_OF_MOVIEPY = {"c:v", "preset", "threads:v", "video_track_timescale"}
"""Options that MoviePy sets by itself, or that are ours alone."""


class GateError(Exception):
    """A film of ours is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run cost, and the frames of the film and when its first one is shown (seconds)."""

    cost: Cost
    frames: int = 0
    start: float = 0.0


@dataclass
class Bench:
    """Clips, and the ways to make films of them, below a folder."""

    folder: Path
    sizes: Sizes
    raw: list[Path] = field(default_factory=list[Path])
    ready: list[Path] = field(default_factory=list[Path])

    def prepare(self, most: int) -> Ran:
        """The clips as they come, and as mezzanines, as many as the longest film has.

        Returns what the mezzanine encode of every clip cost.
        """
        (self.folder / "clips").mkdir()
        self.raw = [
            clips.made(self.folder / "clips", n, self.sizes) for n in range(self.sizes.clips)
        ]
        encoded = self.encode()
        home = self.folder / "clips"
        made = [home / f"clip-{n}.mp4" for n in range(self.sizes.clips)]
        further = range(self.sizes.clips, most)
        again = (clips.renamed(made[n % len(made)], home / f"again-{n}.mp4") for n in further)
        self.ready = [*made, *again]
        return encoded

    def encode(self) -> Ran:
        """The mezzanine encode of every clip."""
        home = self.folder / "mezzanine"
        ran = Ran(self._ours("encode", self.raw, home, self.folder / "clips", fades=False))
        shutil.rmtree(home)
        return ran

    def join(self, chosen: Sequence[Path], *, fades: bool, kept: Path | None = None) -> Ran:
        """A film of ours. ``kept`` is the folder of a film whose segments are at hand."""
        home = self.folder / "join"
        if kept is not None:
            shutil.copytree(kept, home)
        ran = self._film(
            lambda out: self._ours("join", chosen, home, out, fades=fades),
            self.sizes.film(fades=fades, clips=len(chosen)),
        )
        shutil.rmtree(home)
        return ran

    def keep(self, chosen: Sequence[Path], name: str) -> Path:
        """The folder of a film that was made."""
        home, out = self.folder / name, self.folder / f"{name}.mp4"
        self._ours("join", chosen, home, out, fades=True)
        out.unlink()
        return home

    def copied(self) -> Ran:
        """The floor of hard cuts."""
        chosen = self.ready[: self.sizes.clips]
        return self._film(lambda out: self._cost(graphs.copied(chosen, out)))

    def one_graph(self) -> Ran:
        """ffmpeg with everything in one graph."""
        return self._film(lambda out: self._cost(graphs.one_graph(self.raw, out, self.sizes)))

    def moviepy(self, python: Path) -> Ran:
        """MoviePy with the same settings of the encoder."""
        profile = self.sizes.profile
        options = profile.video_options(self.sizes.film(fades=True))
        chosen = {name: v for name, v in options.items() if name not in SETTINGS_OF_MOVIEPY}
        words = (str(profile.fps), str(SECONDS_SHARED), json.dumps(chosen), *map(str, self.raw))
        return self._film(lambda out: self._cost([str(python), str(PEER), str(out), *words]))

    def _film(self, make: Callable[[Path], Cost], frames: int | None = None) -> Ran:
        """One film, measured; with ``frames`` it has to pass the gates."""
        out = self.folder / "film.mp4"
        taken = make(out)
        film = gates.measured(out)
        out.unlink()
        if frames is not None and (wrong := gates.wrong(film, frames, self.sizes.profile.fps)):
            raise GateError("; ".join(wrong))
        return Ran(taken, film.frames, film.start)

    def _ours(
        self, step: str, chosen: Sequence[Path], home: Path, out: Path, *, fades: bool
    ) -> Cost:
        home.mkdir(exist_ok=True)
        profile = self.sizes.profile
        size = {"width": profile.width, "height": profile.height, "fps": profile.fps}
        words = {"clips": [str(path) for path in chosen], "folder": str(home), "out": str(out)}
        job = self.folder / "job.json"
        body = {**size, **words, "frames": self.sizes.frames, "fades": fades}
        job.write_text(json.dumps(body), encoding="utf-8")
        return self._cost([sys.executable, "-m", "bench.stitch.ours", step, str(job)])

    def _cost(self, command: Sequence[str]) -> Cost:
        return cost(command, self.folder / "log.txt")
