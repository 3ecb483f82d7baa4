"""The figures of all runs in one file, so that a benchmark can be made in several goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, Field

from bench.stitch.measure import Cost, median
from bench.stitch.running import Ran

Key: TypeAlias = tuple[str, str]
"""A case and who made it."""


class Figure(BaseModel):
    """One run. Seconds, of all cores together, MiB, bytes; ``ssim`` where it was compared."""

    case: str
    by: str
    wall: float
    cpu: float
    peak: float
    frames: int
    start: float
    size: int = 0
    ssim: float | None = None

    @property
    def cost(self) -> Cost:
        return Cost(self.wall, self.cpu, self.peak)


class Figures(BaseModel):
    """``about`` is what all runs have in common: figures of other clips do not mix."""

    about: str
    goes: list[str] = Field(default_factory=list)
    runs: list[Figure] = Field(default_factory=list[Figure])

    def add(self, case: str, by: str, ran: Ran) -> None:
        cost = ran.cost
        figure = Figure(
            case=case, by=by, wall=cost.wall, cpu=cost.cpu, peak=cost.peak,
            frames=ran.frames, start=ran.start, size=ran.size, ssim=ran.ssim,
        )  # fmt: skip
        self.runs.append(figure)

    def of(self, case: str, by: str) -> Sequence[Figure]:
        return [run for run in self.runs if (run.case, run.by) == (case, by)]

    def cost(self, case: str, by: str) -> Cost | None:
        """The medians of all runs, ``None`` if there was none."""
        runs = self.of(case, by)
        return median([run.cost for run in runs]) if runs else None


def opened(path: Path, about: str) -> Figures:
    """The figures of earlier goes, if they were made of the same clips."""
    if path.exists():
        found = Figures.model_validate_json(path.read_text(encoding="utf-8"))
        if found.about == about:
            return found
    return Figures(about=about)


def saved(figures: Figures, path: Path) -> None:
    """Keep them for another go."""
    path.write_text(figures.model_dump_json(indent=1), encoding="utf-8")
