"""Ids that rise with time (UUID version 7, RFC 9562): the oldest job has the least id."""

import secrets
import time
from collections.abc import Callable
from uuid import UUID


def uuid7(
    milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    random_bits: Callable[[int], int] = secrets.randbits,
) -> UUID:
    """A new id: 48 bits of Unix time in milliseconds, then 74 random bits."""
    number = (milliseconds() & (1 << 48) - 1) << 80
    number |= 0x7 << 76 | random_bits(12) << 64
    number |= 0b10 << 62 | random_bits(62)
    return UUID(int=number)
