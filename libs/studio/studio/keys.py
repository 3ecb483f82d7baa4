"""The secrets of a data folder: one master secret, from which passwords are derived, and files."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MASTER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """The folder ``keys/``; every file in it is 0600 and made once."""

    folder: Path

    def derived(self, purpose: str) -> str:
        """A secret for one purpose, 64 hex digits; the same for as long as the folder lives."""
        master = self.stored("master", lambda: secrets.token_bytes(_MASTER_BYTES))
        return hmac.new(master, purpose.encode(), hashlib.sha256).hexdigest()

    def stored(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The bytes kept under ``name``, made at first use and written whole or not at all."""
        path = self.folder / name
        if not path.exists():
            fresh = self.folder / f".{name}.{os.getpid()}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        return path.read_bytes()
