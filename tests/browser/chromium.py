"""A headless Chromium that looks at one address of this machine, and leaves nothing behind."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from studio.leash import leashed

from tests.browser.fetching import HOW, found
from tests.waiting import until

_LOG = "chromium.log"
_FLAGS = (
    "--headless", "--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-breakpad",
    "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-port=0",
    "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser; ``home`` is its folder."""

    process: asyncio.subprocess.Process
    home: str

    def processes(self) -> set[int]:
        """Those of its processes that still run.

        Most stand in its session, but their environment is overwritten by their titles; what
        waits for a crash leaves the session, and keeps its environment.
        """
        wanted = f"HOME={self.home}\0".encode()
        found: set[int] = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                state, _, _, session = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:4]
                ours = int(session) == self.process.pid
                if state != "Z" and (ours or wanted in (folder / "environ").read_bytes()):
                    found.add(int(folder.name))
        return found

    def said(self) -> str:
        """The end of its log."""
        lines = Path(self.home, _LOG).read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])

    async def gone(self) -> bool:
        """Whether none runs any more."""
        return not self.processes()


@asynccontextmanager
async def chromium(address: str) -> AsyncGenerator[Chromium, None]:
    """A browser with an empty profile for as long as the block lasts; skips without one.

    All its processes are killed with their group, and its profile is deleted. Where the
    environment says ``CI=true`` a test without a browser fails instead.
    """
    program, libraries = _program()
    # Not below pytest's own folder: that name is too long for a browser's sockets.
    with tempfile.TemporaryDirectory(prefix="chromium-") as home:
        flags = (*_FLAGS, f"--user-data-dir={home}/profile")
        places = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home}
        if libraries:
            places["LD_LIBRARY_PATH"] = str(libraries)
        with _log(home) as log:
            process = await asyncio.create_subprocess_exec(
                *leashed([str(program), *flags, address], signum=signal.SIGKILL),
                env=places,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        browser = Chromium(process, home)
        try:
            yield browser
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await until(browser.gone, "all of Chromium's processes are gone")


def _log(home: str) -> IO[bytes]:
    return Path(home, _LOG).open("wb")


def _program() -> tuple[Path, Path | None]:
    if one := found():
        return one
    reason = f"no Chromium here: {HOW}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
