"""The leash: ties a process to its parent, so that no child outlives a killed supervisor.

Run as a script it first becomes another user if asked, ties itself, and then turns into the
program it was given. It uses the standard library only, because it starts as ``python -I -S``.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie(signum: int, parent: int) -> None:
    """Ask the kernel for ``signum`` when ``parent`` dies. Linux only; elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:  # it died before the call above
        os.kill(os.getpid(), signum)


def leashed(
    argv: Sequence[str], *, signum: int = signal.SIGTERM, ids: tuple[int, int] | None = None
) -> list[str]:
    """The command that runs ``argv`` tied to this process; ``ids`` are the (uid, gid) to become."""
    uid, gid = ids or (-1, -1)
    script = str(Path(__file__).resolve())
    return [
        *(sys.executable, "-I", "-S", script),
        *(str(int(signum)), str(os.getpid()), str(uid), str(gid)),
        *argv,
    ]


def _become(uid: int, gid: int) -> None:
    if uid < 0:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _main() -> None:
    signum, parent, uid, gid = (int(word) for word in sys.argv[1:5])
    _become(uid, gid)  # first: the kernel forgets the tie when the user changes
    tie(signum, parent)
    os.execvp(sys.argv[5], sys.argv[5:])  # noqa: S606


if __name__ == "__main__":
    _main()
