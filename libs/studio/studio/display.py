"""Shows jobs on a terminal: bars that move where there is one, else one line per change."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from studio.client import Job, SceneState
from studio.making import Film

_ROOM_FOR_THE_REST = 8  # lines of the terminal that are not scenes
_WHOLE = 100.0
_TITLE_LENGTH = 36
_ID_LENGTH = 36


class Bars(AbstractContextManager["Bars"]):
    """One bar for each phase and one for each scene; on a small terminal, for each open scene."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}", style="dim", markup=False),  # titles are users' own
            TimeElapsedColumn(),
            console=console,
        )
        self._phases: dict[str, TaskID] = {}
        self._scenes: dict[tuple[str, int], TaskID] = {}

    def show(self, phase: str, job: Job) -> None:
        """The job changed."""
        if phase not in self._phases:
            self._phases[phase] = self._progress.add_task(phase, total=_WHOLE, note="")
        done = _WHOLE if job.status == "succeeded" else job.progress
        self._progress.update(self._phases[phase], completed=done, note=_note(job))
        roomy = len(job.scenes) <= self._console.height - _ROOM_FOR_THE_REST
        for scene in job.scenes:
            self._show_scene(phase, scene, visible=roomy or scene.status == "running")

    def _show_scene(self, phase: str, scene: SceneState, *, visible: bool) -> None:
        key = (phase, scene.scene_index)
        if key not in self._scenes:
            name = f"  scene {scene.scene_index + 1}"
            self._scenes[key] = self._progress.add_task(
                name, total=_WHOLE, note="", visible=visible
            )
        done = _WHOLE if scene.status == "succeeded" else scene.progress
        note = scene.status if scene.status == "failed" else (scene.title or "")[:_TITLE_LENGTH]
        self._progress.update(self._scenes[key], completed=done, note=note, visible=visible)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


class Lines(AbstractContextManager["Lines"]):
    """One line whenever the stage or the number of finished scenes changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def show(self, phase: str, job: Job) -> None:
        """The job changed."""
        line = f"{phase}: {_note(job) or job.status}"
        if line != self._last:
            self._console.print(line, highlight=False, markup=False)
            self._last = line

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return


def display_for(console: Console) -> Bars | Lines:
    """What suits the terminal."""
    return Bars(console) if console.is_terminal else Lines(console)


def _note(job: Job) -> str:
    done = sum(scene.status == "succeeded" for scene in job.scenes)
    parts = [job.stage if job.stage and not job.over else job.status]
    if job.scenes:
        parts.append(f"{done}/{len(job.scenes)} scenes")
    return ", ".join(parts)


def film_table(film: Film) -> Table:
    """What was made, as a small table."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows = [
        ("film", str(film.video)),
        ("length", f"{length(film.seconds)} at {film.width}x{film.height}"),
        ("scenes", str(film.scenes)),
        ("took", f"{film.took:.0f} s"),
        ("captions", str(film.captions)),
    ]
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def jobs_table(jobs: Sequence[Job]) -> Table:
    """Jobs, one per line."""
    job_id = Column("job", no_wrap=True, min_width=_ID_LENGTH)  # to be copied into 'watch'
    names = ("what", "status", "stage", "done", "made")
    table = Table(job_id, *names, box=None, padding=(0, 1, 0, 0))
    for job in jobs:
        made = job.created_at.astimezone().strftime("%d %b %H:%M") if job.created_at else ""
        status = job.status if job.error is None else f"{job.status} ({job.error.code})"
        table.add_row(job.id, job.type, status, job.stage or "", f"{job.progress:.0f} %", made)
    return table


def length(seconds: float) -> str:
    """``1:05`` or ``1:01:05``."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
