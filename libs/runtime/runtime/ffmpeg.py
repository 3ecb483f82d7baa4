"""ffmpeg as a child process: bounded in number and time, and never left behind."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

TAIL_BYTES = 2_048

OnFrame = Callable[[int], Awaitable[None]]
OnSeconds = Callable[[float], Awaitable[None]]


class FfmpegError(Exception):
    """ffmpeg failed. ``tail`` is the end of what it wrote to stderr."""

    def __init__(self, reason: str, tail: str) -> None:
        super().__init__(f"ffmpeg {reason}: {tail[-300:]}")
        self.reason = reason
        self.tail = tail


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """Runs one executable. ``slots`` bounds how many run at once, ``timeout`` each in seconds."""

    executable: str
    slots: asyncio.Semaphore
    timeout: float = 900.0

    async def run(
        self,
        args: Sequence[str],
        *,
        feed: AsyncIterator[bytes] | None = None,
        on_frame: OnFrame | None = None,
        on_seconds: OnSeconds | None = None,
    ) -> None:
        """Run to the end. ``feed`` is its stdin.

        ``on_frame`` is told how many frames are done, ``on_seconds`` how much of picture or sound.
        Raises ``FfmpegError``. Whatever ends this call, cancellation too, the process and all its
        children are gone when it returns.
        """
        quiet = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y")
        async with self.slots:
            process = await asyncio.create_subprocess_exec(
                self.executable,
                *quiet,
                *("-progress", "pipe:1"),
                *args,
                stdin=asyncio.subprocess.DEVNULL if feed is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            tail = bytearray()
            tasks = [
                asyncio.create_task(_keep_tail(process.stderr, tail)),
                asyncio.create_task(_report(process.stdout, on_frame, on_seconds)),
                asyncio.create_task(_feed(process.stdin, feed)),
            ]
            try:
                code = await self._finish(process, tasks)
            except TimeoutError:
                raise FfmpegError(f"took over {self.timeout:.0f} s", _text(tail)) from None
            finally:
                await _end(process, tasks)
        if code:
            raise FfmpegError(f"ended with {code}", _text(tail))

    async def _finish(
        self, process: asyncio.subprocess.Process, tasks: Sequence[asyncio.Task[None]]
    ) -> int:
        async with asyncio.timeout(self.timeout):
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            return await process.wait()


async def _end(process: asyncio.subprocess.Process, tasks: Sequence[asyncio.Task[None]]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await process.wait()


def _text(tail: bytearray) -> str:
    return tail.decode(errors="replace").strip()


async def _keep_tail(stderr: asyncio.StreamReader | None, tail: bytearray) -> None:
    while stderr is not None and (block := await stderr.read(4_096)):
        tail += block
        del tail[:-TAIL_BYTES]


async def _report(
    stdout: asyncio.StreamReader | None, on_frame: OnFrame | None, on_seconds: OnSeconds | None
) -> None:
    while stdout is not None and (line := await stdout.readline()):
        name, _, value = line.strip().partition(b"=")
        if on_frame is not None and name == b"frame" and value.isdigit():
            await on_frame(int(value))
        if on_seconds is not None and name == b"out_time_us" and value.isdigit():
            await on_seconds(int(value) / 1e6)


async def _feed(stdin: asyncio.StreamWriter | None, feed: AsyncIterator[bytes] | None) -> None:
    if stdin is None or feed is None:
        return
    # A broken pipe means that ffmpeg is gone; its exit code and stderr say why.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        async for block in feed:
            stdin.write(block)
            await stdin.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.close()
        await stdin.wait_closed()
