"""Signed addresses: made in batches, the same one for as long as it is worth having.

An address that changes with every answer is a file that no cache has. So expiries lie on a grid of
each file's own: within a window every replica gives the same address, and after it not all files of
a page change at once.
"""

import asyncio
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from runtime.objects import ObjectStore

MOST_KEPT: Final = 20_000
_AT_ONCE: Final = 16
"""More signatures than this are made in a thread: one with RSA takes half a millisecond."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object to look at, or to save under ``filename`` if it is a ``download``."""

    key: str
    filename: str | None = None
    download: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """``url`` needs no token and works until ``expires_at``."""

    url: str
    expires_at: datetime


class Signer(Protocol):
    """What makes an address. Runs in threads."""

    def sign(self, wanted: Wanted, expires: int, now: float) -> str:
        """An address that works until ``expires``; both are seconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class StoreSigner:
    """The object store's own addresses."""

    store: ObjectStore

    def sign(self, wanted: Wanted, expires: int, now: float) -> str:
        """Implements ``Signer``."""
        return self.store.signed_url(
            wanted.key,
            seconds=expires - int(now),
            filename=wanted.filename,
            attachment=wanted.download,
        )


class Addresses:
    """Signs, and remembers what it signed; ``seconds`` is how long a new address may live.

    An address is given again while more than a quarter of that is left.
    """

    def __init__(
        self,
        signer: Signer,
        *,
        seconds: int,
        most: int = MOST_KEPT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._signer = signer
        self._seconds = seconds
        self._most = most
        self._now = now
        self._kept: OrderedDict[Wanted, tuple[int, str]] = OrderedDict()

    async def of(self, wanted: Iterable[Wanted]) -> dict[Wanted, Address]:
        """The addresses of all of these, signed in one go."""
        now = self._now()
        given = {one: self._kept.get(one) for one in wanted}
        due = [one for one, kept in given.items() if kept is None or self._is_stale(kept, now)]
        if len(due) > _AT_ONCE:
            signed = await asyncio.to_thread(self._sign, due, now)
        else:
            signed = self._sign(due, now)
        self._keep(given.keys(), signed)
        found = {one: kept for one, kept in given.items() if kept} | signed
        return {
            one: Address(url, datetime.fromtimestamp(expires, UTC))
            for one, (expires, url) in found.items()
        }

    async def one(self, wanted: Wanted) -> Address:
        """The address of one object."""
        return (await self.of([wanted]))[wanted]

    def _is_stale(self, kept: tuple[int, str], now: float) -> bool:
        return kept[0] - now <= self._seconds / 4

    def _sign(self, due: list[Wanted], now: float) -> dict[Wanted, tuple[int, str]]:
        signed: dict[Wanted, tuple[int, str]] = {}
        for one in due:
            expires = expiry(one.key, now, self._seconds)
            signed[one] = (expires, self._signer.sign(one, expires, now))
        return signed

    def _keep(self, asked: Iterable[Wanted], signed: dict[Wanted, tuple[int, str]]) -> None:
        self._kept.update(signed)
        for one in asked:
            # A page that was asked for meanwhile may have pushed it out.
            if one in self._kept:
                self._kept.move_to_end(one)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def expiry(key: str, now: float, seconds: int) -> int:
    """When an address of ``key`` ends that is asked for now: in a quarter of its life or later.

    The same for everybody who asks within three quarters of a life; where these begin is the key's.
    """
    step = seconds - seconds // 4
    shift = zlib.crc32(key.encode()) % step
    begun = (int(now) - shift) // step * step + shift
    return begun + seconds
