"""The runs: every contender at every case; what ours writes has to pass the gates."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stitcher.adapters.lettering import FONTS

from bench.stitch import clips, gates, graphs
from bench.stitch.cases import CASES, COPY, GRAPH, MOVIEPY, Case
from bench.stitch.clips import SECONDS_SHARED, Sizes
from bench.stitch.gates import ALIKE, GateError
from bench.stitch.graphs import Further
from bench.stitch.interpreters import PEERS
from bench.stitch.killing import until_made
from bench.stitch.measure import Cost, cost

PEER = PEERS / "moviepy_peer.py"
SETTINGS_OF_MOVIEPY = {"c:v", "preset", "threads:v", "video_track_timescale"}
"""Options that MoviePy sets by itself, or that are ours alone."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run cost; the film's frames, its first one's time (seconds), its bytes, its SSIM."""

    cost: Cost
    frames: int = 0
    start: float = 0.0
    size: int = 0
    ssim: float | None = None


@dataclass
class Bench:
    """Clips, and the ways to make films of them, below a folder. ``many`` is for case g."""

    folder: Path
    sizes: Sizes
    many: int
    python: Path | None = None
    compared: set[str] = field(default_factory=set[str])

    @property
    def raw(self) -> list[Path]:
        """The clips as they come, and one more, which replaces another."""
        return [self._home / f"raw-{n}.mp4" for n in range(self.sizes.clips + 1)]

    @property
    def ready(self) -> list[Path]:
        """The clips as mezzanines, as many as the longest film has."""
        few, most = self.sizes.clips, max(self.sizes.clips, self.many)
        names = [f"clip-{n}" for n in range(few)] + [f"again-{n}" for n in range(few, most)]
        return [self._home / f"{name}.mp4" for name in names]

    @property
    def _home(self) -> Path:
        return self.folder / "clips"

    def prepare(self) -> None:
        """Make what all films are made of, unless it is there."""
        if self.ready[-1].exists():
            return
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True)
        for number in range(self.sizes.clips + 1):
            clips.made(self._home, number, self.sizes)
        self.encode()
        self._ours("encode", self.raw[-1:], self._home / "last", self._home / "last")
        (self._home / "last" / "clip-0.mp4").rename(self._home / "changed.mp4")
        for n, path in enumerate(self.ready[self.sizes.clips :]):
            clips.renamed(self.ready[n % self.sizes.clips], path)

    def encode(self) -> Ran:
        """The mezzanine encode of every clip of a film."""
        home = self.folder / "mezzanine"
        ran = Ran(self._ours("encode", self.raw[:-1], home, self._home))
        shutil.rmtree(home)
        return ran

    def run(self, name: str, by: str) -> Ran:
        """One film of a case by one maker. Raises ``GateError`` for one of ours that is wrong."""
        if name == "m":
            return self.encode()
        case = CASES[name]
        make = {COPY: self._copied, GRAPH: self._graph, MOVIEPY: self._moviepy}.get(by)
        if make is not None:
            return self._film(name, by, lambda out: make(case, out))
        return self._film(name, by, self._made_by_us(name, case))

    def chosen(self, name: str) -> list[Path]:
        """The mezzanines that a case's film is made of."""
        if name[0] == "g":
            return self.ready[: self.many]
        first = self.ready[: self.sizes.clips]
        if name != "e":
            return first
        place = self.sizes.clips // 2 - 1
        return [*first[:place], self._home / "changed.mp4", *first[place + 1 :]]

    def _made_by_us(self, name: str, case: Case) -> Callable[[Path], Cost]:
        chosen = self.chosen(name)
        home = self.folder / "join"
        shutil.rmtree(home, ignore_errors=True)

        def join(out: Path) -> Cost:
            return self._ours("join", chosen, home, out, case)

        if name in {"a again", "e"}:
            self._kept(self.chosen("c"), home, case)
        if name.endswith(" last"):
            self._ours("ahead", chosen, home, self.folder / "ahead.mp4", case)
        if name == "f":
            job = self._job(chosen, home, self.folder / "killed.mp4", case)
            # All sound, and half of the windows.
            made = (len(chosen) - 1) * 3 // 2
            until_made(_command("join", job), home, self.folder / "log.txt", made)
        return join

    def _kept(self, chosen: Sequence[Path], home: Path, case: Case) -> None:
        out = self.folder / "kept.mp4"
        self._ours("join", chosen, home, out, case)
        out.unlink()

    def _film(self, name: str, by: str, make: Callable[[Path], Cost]) -> Ran:
        """One film, measured; ours has to pass the gates."""
        out = self.folder / "film.mp4"
        taken = make(out)
        film, size = gates.measured(out), out.stat().st_size
        ssim = None
        if by not in {COPY, GRAPH, MOVIEPY}:
            case, chosen = CASES[name], self.chosen(name)
            wanted = self.sizes.film(fades=case.fades, clips=len(chosen))
            if wrong := gates.wrong(film, wanted, self.sizes.profile.fps):
                raise GateError(f"{name}: {'; '.join(wrong)}")
            ssim = self._alike(name, case, chosen, out)
        out.unlink()
        return Ran(taken, film.frames, film.start, size, ssim)

    def _alike(self, name: str, case: Case, chosen: Sequence[Path], film: Path) -> float | None:
        """Once a case: equal clips make equal films. The longest film is many of the same."""
        if name in self.compared or name[0] == "g":
            return None
        self.compared.add(name)
        captions = self.further() if case.captioned else None
        comparing = graphs.comparing(film, chosen, self.sizes, captions, fades=case.fades)
        found = gates.alike(comparing)
        if found < ALIKE:
            raise GateError(f"{name}: its SSIM is {found:.4f}")
        return found

    def further(self) -> Further:
        """The sounds and captions of case c, as files."""
        home = self.folder / "further"
        found = Further(home / "narration.wav", home / "music.wav", home / "captions.ass", FONTS)
        if not found.captions.exists():
            home.mkdir()
            self._ours("further", self.chosen("d"), self.folder / "work", home, CASES["d"])
        return found

    def _copied(self, case: Case, out: Path) -> Cost:
        return self._cost(graphs.copied(self.chosen("a"), out))

    def _graph(self, case: Case, out: Path) -> Cost:
        further = self.further() if case.sounded else None
        clips = self.raw[:-1]
        made = graphs.one_graph(clips, out, self.sizes, further, captioned=case.captioned)
        return self._cost(made)

    def _moviepy(self, case: Case, out: Path) -> Cost:
        profile = self.sizes.profile
        options = profile.video_options(self.sizes.film(fades=True))
        chosen = {name: v for name, v in options.items() if name not in SETTINGS_OF_MOVIEPY}
        words = (str(profile.fps), str(SECONDS_SHARED), json.dumps(chosen))
        files = map(str, self.raw[:-1])
        return self._cost([str(self.python), str(PEER), str(out), *words, *files])

    def _job(self, chosen: Sequence[Path], home: Path, out: Path, case: Case) -> Path:
        home.mkdir(parents=True, exist_ok=True)
        profile = self.sizes.profile
        size = {"width": profile.width, "height": profile.height, "fps": profile.fps}
        words = {"clips": [str(path) for path in chosen], "folder": str(home), "out": str(out)}
        asked = {"fades": case.fades, "sounded": case.sounded, "captioned": case.captioned}
        job = self.folder / "job.json"
        body = {**size, **words, **asked, "frames": self.sizes.frames}
        job.write_text(json.dumps(body), encoding="utf-8")
        return job

    def _ours(
        self, step: str, chosen: Sequence[Path], home: Path, out: Path, case: Case = CASES["a"]
    ) -> Cost:
        return self._cost(_command(step, self._job(chosen, home, out, case)))

    def _cost(self, command: Sequence[str]) -> Cost:
        return cost(command, self.folder / "log.txt")


def _command(step: str, job: Path) -> list[str]:
    return [sys.executable, "-m", "bench.stitch.ours", step, str(job)]
