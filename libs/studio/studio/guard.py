"""Between a command and its user: one clear line and an exit code, never a traceback."""

import asyncio
import functools
import inspect
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.console import Console

from studio.trouble import Exit, Trouble

_DEBUG = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
_errors = Console(stderr=True)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """A command that ends in a line and an exit code, with one more option: ``--debug``."""

    @functools.wraps(command)
    def inner(*args: Any, debug: bool = False, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except BaseException as error:  # noqa: BLE001  a user never sees a traceback unasked
            if debug:
                _errors.print_exception()
            raise typer.Exit(_explain(error)) from None

    taken = inspect.signature(command)
    more = inspect.Parameter(
        "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_DEBUG
    )
    signature = taken.replace(parameters=[*taken.parameters.values(), more])
    inner.__dict__["__signature__"] = signature  # typer reads the options from it
    inner.__annotations__ = {**command.__annotations__, "debug": _DEBUG}
    return inner


def _explain(error: BaseException) -> Exit:
    if isinstance(error, Trouble):
        _line(error.line, error.next_step)
        return error.code
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError | typer.Abort):
        _line("Stopped.", "")
        return Exit.STOPPED
    _line(
        f"A fault of ours: {type(error).__name__}: {error}",
        "Run it again with --debug and send us what it prints.",
    )
    return Exit.INTERNAL


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run until done; Ctrl-C and SIGTERM cancel the work once, so that it can clean up."""
    asyncio.run(_cancel_on_signals(work))


async def _cancel_on_signals(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:  # a second signal must not cut the cleaning up short
            stopping = True
            task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signum, stop)
    try:
        await task
    finally:
        with suppress(RuntimeError):
            for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(signum)


def _line(line: str, next_step: str) -> None:
    _errors.print(line, style="bold red", markup=False, highlight=False, soft_wrap=True)
    if next_step:
        _errors.print(next_step, markup=False, highlight=False, soft_wrap=True)
