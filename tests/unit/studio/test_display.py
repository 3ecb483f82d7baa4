"""What a user sees of a job: bars on a terminal, lines elsewhere, and short tables."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from studio.client import Job
from studio.display import Bars, Lines, display_for, film_table, jobs_table, length
from studio.making import Film


def _job(status: str = "running", done: int = 0, scenes: int = 3, **more: Any) -> Job:
    states = [
        {
            "scene_index": n,
            "title": f"Title {n}",
            "status": "succeeded" if n < done else "running" if n == done else "queued",
            "progress": 0,
        }
        for n in range(scenes)
    ]
    return Job.model_validate(
        {"id": "j", "status": status, "stage": "generator", "scenes": states, **more}
    )


def _console(*, terminal: bool, height: int = 40) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, height=height, no_color=True)
    return console, out


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (5.4, "0:05"), (65, "1:05"), (3661, "1:01:01")]
)
def test_lengths(seconds: float, shown: str) -> None:
    assert length(seconds) == shown


def test_without_a_terminal_each_change_is_one_line() -> None:
    console, out = _console(terminal=False)
    with display_for(console) as display:
        assert isinstance(display, Lines)
        for job in (_job(done=0), _job(done=0), _job(done=2), _job("succeeded", done=3)):
            display.show("making the film", job)
    assert out.getvalue().splitlines() == [
        "making the film: generator, 0/3 scenes",
        "making the film: generator, 2/3 scenes",
        "making the film: succeeded, 3/3 scenes",
    ]


def test_a_terminal_shows_the_phase_and_every_scene() -> None:
    console, out = _console(terminal=True)
    with display_for(console) as display:
        assert isinstance(display, Bars)
        display.show("making the film", _job(done=1, progress=40))
    shown = out.getvalue()
    assert "making the film" in shown
    assert "40 %" in shown
    for n in range(3):
        assert f"scene {n + 1}" in shown


def test_a_small_terminal_shows_only_the_scenes_at_work() -> None:
    console, out = _console(terminal=True, height=12)
    with Bars(console) as bars:
        bars.show("making the film", _job(done=1, scenes=30))
    assert "scene 2 " in out.getvalue()
    assert "scene 30" not in out.getvalue()


def test_a_brackets_title_is_not_markup() -> None:
    console, out = _console(terminal=True)
    job = _job(scenes=1)
    odd = job.scenes[0].model_copy(update={"title": "[bold]x[/nothing]"})
    with Bars(console) as bars:
        bars.show("making the film", job.model_copy(update={"scenes": (odd,)}))
    assert "[bold]x[/nothing]" in out.getvalue()


def test_a_jobs_id_is_never_cut() -> None:
    out = io.StringIO()
    job = _job("failed", error={"code": "PROVIDER_CREDITS_EXHAUSTED"})
    long = job.model_copy(update={"id": "1a68a433-721c-4f48-bd2c-d1b3a0a6f3e1"})
    Console(file=out, width=80).print(jobs_table([long]))
    assert long.id in out.getvalue()


def test_the_tables_say_what_counts() -> None:
    console, out = _console(terminal=False)
    video = Path("demo/moon.mp4")
    console.print(film_table(Film("j", video, Path("demo/moon.srt"), 64.6, 1280, 720, 8, 61.2)))
    console.print(jobs_table([_job("failed", error={"code": "STITCH_FAILED"})]))
    text = out.getvalue()
    for words in ("demo/moon.mp4", "1:05 at 1280x720", "8", "61 s", "failed (STITCH_FAILED)"):
        assert words in text
