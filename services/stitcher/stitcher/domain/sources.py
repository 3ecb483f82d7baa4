"""Where sounds come from. Pure."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

Source: TypeAlias = Callable[[Path], Awaitable[None]]
"""Writes a sound to this file; called only if it is heard in something that has to be made."""
