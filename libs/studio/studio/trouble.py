"""What can go wrong on a user's machine, as one clear line and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """What the command's exit code says."""

    FAILED = 1  # the job failed, or a request was refused
    USAGE = 2  # typer's own
    NOT_RUNNING = 3
    ALREADY_RUNNING = 4
    HOME = 5  # the data folder cannot be used
    PORT = 6  # a port that was asked for is taken
    STACK = 7  # a part of the stack does not start
    INTERNAL = 70  # our bug (sysexits.h: EX_SOFTWARE)
    STOPPED = 130  # Ctrl-C, as shells say it


class Trouble(Exception):  # noqa: N818
    """A line for the user, the next step, and the exit code."""

    def __init__(self, line: str, *, next_step: str = "", code: Exit = Exit.FAILED) -> None:
        self.line = line
        self.next_step = next_step
        self.code = code
        super().__init__(line)


class Away(Trouble):
    """The API does not answer now; it may in a moment."""
