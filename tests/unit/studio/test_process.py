"""Child processes: they end when told, when they do not listen, and when their parent dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from studio.process import Child, Command, alive, birth, end_groups, how_it_ended
from studio.trouble import Exit, Trouble
from studio.waiting import until

SLEEP = ("/bin/sh", "-c", "exec sleep 300")
DEAF = ("/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 300; done")


def _command(tmp_path: Path, *argv: str) -> Command:
    return Command("part", argv, tmp_path / "part.log", env={"PATH": os.defpath})


def _gone(pid: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        return True

    return check


def _says(path: Path, text: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return path.exists() and text in path.read_text()

    return check


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-9, "killed by SIGKILL"),
        (-99, "killed by signal 99"),
    ],
)
def test_how_it_ended(code: int, words: str) -> None:
    assert how_it_ended(code) == words


async def test_its_output_is_appended_to_its_log_and_its_code_is_told(tmp_path: Path) -> None:
    command = _command(tmp_path, "/bin/sh", "-c", "echo out; echo err >&2; exit 3")
    command.log.write_text("before\n")
    child = await Child.start(command)
    assert await child.wait() == 3
    assert command.log.read_text() == "before\nout\nerr\n"


async def test_it_sees_only_the_environment_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_PARENT", "1")
    child = await Child.start(_command(tmp_path, "/usr/bin/env"))
    await child.wait()
    assert "SECRET_OF_PARENT" not in (tmp_path / "part.log").read_text()


async def test_one_that_listens_ends_in_order(tmp_path: Path) -> None:
    child = await Child.start(_command(tmp_path, *SLEEP))
    assert await child.stop(grace=10)
    assert not alive(child.pid, child.born)


async def test_one_that_does_not_listen_is_killed_with_what_it_started(tmp_path: Path) -> None:
    child = await Child.start(_command(tmp_path, *DEAF))
    assert await until(_says(child.command.log, "ready"), within=10)
    [grandchild] = psutil.Process(child.pid).children() or [None]
    assert not await child.stop(grace=0.05)
    assert not alive(child.pid, child.born)
    if grandchild is not None:
        assert await until(_gone(grandchild.pid), within=10)


async def test_a_log_that_cannot_be_opened_is_a_clear_line(tmp_path: Path) -> None:
    command = Command("part", SLEEP, tmp_path / "none" / "part.log")
    with pytest.raises(Trouble, match="part cannot be started: No such file") as caught:
        await Child.start(command)
    assert caught.value.code is Exit.STACK


async def test_a_number_that_now_belongs_to_another_is_not_alive() -> None:
    mine = os.getpid()
    assert alive(mine, birth(mine))
    assert not alive(mine, birth(mine) - 60)


async def test_what_a_dead_supervisor_left_is_ended(tmp_path: Path) -> None:
    child = await Child.start(_command(tmp_path, *DEAF))
    assert await until(_says(child.command.log, "ready"), within=10)
    assert end_groups({child.pid: child.born + 60}) == []  # a younger leader: not its group
    assert child.pid in end_groups({child.pid: child.born})
    assert await child.wait() == -signal.SIGKILL


PARENT = """
import asyncio, sys
from pathlib import Path
from studio.process import Child, Command

async def main():
    command = Command("part", ("/bin/sleep", "300"), Path(sys.argv[1]))
    print((await Child.start(command)).pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    parent = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert birth(child)
    parent.kill()
    await parent.wait()
    assert await until(_gone(child), within=10)
