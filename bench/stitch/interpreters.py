"""The Python that MoviePy runs in: an environment of its own, of pinned packages."""

import shutil
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).with_name("peers")
_REQUIREMENTS = PEERS / "requirements.txt"


def of_peers() -> Path | None:
    """The interpreter, whose environment is made at the first use; ``None`` if it cannot be."""
    folder = PEERS / ".venv"
    made_from = folder / _REQUIREMENTS.name
    python = folder / "bin" / "python"
    if not made_from.exists() or made_from.read_text() != _REQUIREMENTS.read_text():
        words = ["-m", "pip", "install", "--quiet", "-r", str(_REQUIREMENTS)]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([str(python), *words], check=True)
        except subprocess.CalledProcessError:
            return None
        shutil.copy(_REQUIREMENTS, made_from)
    return python
