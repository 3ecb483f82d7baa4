"""What happened when, as lines a person can read; kept when a seed fails."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path


class Timeline:
    """A file of lines ``seconds  who  what``, and counts of what the last line of a run tells."""

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.latest = ""
        self._now = now
        self._start = now()
        self._file = path.open("a", encoding="utf-8")

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._now() - self._start

    def note(self, who: str, what: str, *, count: str = "") -> None:
        """Write a line, and count it under ``count``."""
        self.latest = f"{who} {what}"
        self._file.write(f"{self.seconds:9.3f}  {who:<15} {what}\n")
        self._file.flush()
        if count:
            self.counts[count] += 1

    def chapter(self, title: str, lines: list[str] | tuple[str, ...] = ()) -> None:
        """A heading, with lines of a table below it."""
        self._file.write(f"\n--- {title}\n")
        self._file.writelines(f"  {line}\n" for line in lines)
        self._file.flush()

    def close(self) -> None:
        self._file.close()
