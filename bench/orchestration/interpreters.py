"""The Pythons the contenders run in: ours, and the peers' own environment of pinned packages."""

import shutil
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).with_name("peers")
_REQUIREMENTS = _FOLDER / "requirements.txt"


def ours() -> Path:
    """The interpreter this runs in."""
    return Path(sys.executable)


def of_peers() -> Path:
    """The interpreter of the peers' environment, which is made at the first use (a minute)."""
    folder = _FOLDER / ".venv"
    made_from = folder / _REQUIREMENTS.name
    python = folder / "bin" / "python"
    if not made_from.exists() or made_from.read_text() != _REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        words = ["-m", "pip", "install", "--quiet", "-r", str(_REQUIREMENTS)]
        subprocess.run([str(python), *words], check=True)
        shutil.copy(_REQUIREMENTS, made_from)
    return python
