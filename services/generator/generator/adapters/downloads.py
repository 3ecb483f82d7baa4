"""Fetches what a provider made. Its links are not trusted: where they may lead is checked here."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from contracts.errors import ErrorCode, Rejected, Transient

from generator.domain.provider import OnShare

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host, as text."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_HOPS = 5
BLOCK = 256 * 1024
_TYPES = ("video/", "application/octet-stream", "binary/octet-stream")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def resolve(host: str, port: int) -> Sequence[str]:
    """By the system's resolver. Raises ``OSError``."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[4][0]) for place in found]


def is_loopback(host: str) -> bool:
    """Whether a URL's host is this machine, by its name alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Downloads:
    """Streams files to disk.

    Only ``home``, the API's own address, is sent ``headers``, and over https the hosts below the
    domains in ``trusted`` (``".example.net"``).
    Elsewhere only ``https`` and public addresses are allowed; an API on loopback may also point to
    loopback. The address that was checked is the one that is connected to.
    """

    client: httpx.AsyncClient
    home: httpx.URL
    max_bytes: int
    seconds: float
    resolve: Resolve = resolve
    trusted: tuple[str, ...] = ()

    async def save(
        self, url: str, path: Path, headers: Mapping[str, str], on_share: OnShare
    ) -> None:
        """Bring ``url`` into ``path``. Raises ``Transient`` and ``Rejected``."""
        try:
            async with asyncio.timeout(self.seconds), self._opened(url, headers) as answer:
                await self._write(answer, path, on_share)
        except TimeoutError as error:
            raise _failed(f"took over {self.seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _failed(f"{type(error).__name__}: {error}") from error

    @contextlib.asynccontextmanager
    async def _opened(
        self, url: str, headers: Mapping[str, str]
    ) -> AsyncGenerator[httpx.Response, None]:
        target = self.home.join(url)
        for _ in range(MOST_HOPS):
            request = await self._request(target, headers)
            answer = await self.client.send(request, stream=True, follow_redirects=False)
            try:
                if not answer.is_redirect:
                    _check(answer)
                    yield answer
                    return
                target = target.join(answer.headers["location"])
            finally:
                await answer.aclose()
        raise _failed("too many redirects")

    async def _request(self, target: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        plain = {"Accept-Encoding": "identity"}
        if _origin(target) == _origin(self.home):
            return self.client.build_request("GET", target, headers={**plain, **headers})
        address = await self._allowed(target)
        # A connection to a bare address must not serve another name that lives there.
        plain |= {"Host": target.netloc.decode("ascii"), "Connection": "close"}
        if target.scheme == "https" and self.trusted and target.host.endswith(self.trusted):
            plain = {**headers, **plain}
        extensions: dict[str, Any] = {"sni_hostname": target.host}
        pinned = target.copy_with(host=address)
        return self.client.build_request("GET", pinned, headers=plain, extensions=extensions)

    async def _allowed(self, target: httpx.URL) -> str:
        """The address to connect to. Raises ``Rejected`` if any of a host's is off limits."""
        local = is_loopback(self.home.host)
        if target.userinfo or not target.host:
            raise _refused(target, "no plain host")
        if target.scheme != "https" and not (local and target.scheme == "http"):
            raise _refused(target, "not https")
        port = target.port or (443 if target.scheme == "https" else 80)
        addresses = [_address(found) for found in await self.resolve(target.host, port)]
        if not addresses or not all(
            _public(one) or (local and one.is_loopback) for one in addresses
        ):
            raise _refused(target, "not a public address")
        if target.scheme == "http" and not all(one.is_loopback for one in addresses):
            raise _refused(target, "not https")
        return str(addresses[0])

    async def _write(self, answer: httpx.Response, path: Path, on_share: OnShare) -> None:
        said = answer.headers.get("content-length", "")
        length = int(said) if said.isdecimal() else 0
        if length > self.max_bytes:
            raise _too_large(length)
        got = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async for block in answer.aiter_bytes(BLOCK):
                got += len(block)
                if got > self.max_bytes:
                    raise _too_large(got)
                await asyncio.to_thread(file.write, block)
                if length:
                    await on_share(min(1.0, got / length))
        if got < length or not got:
            raise _failed(f"{got} of {length} bytes")


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in {403, 404, 410}:
        # Signed links run out; the next look at the order brings a new one.
        raise Transient(ErrorCode.OUTPUT_EXPIRED, detail=f"HTTP {status}")
    if status != HTTPStatus.OK:
        raise _failed(f"HTTP {status}")
    kind = answer.headers.get("content-type", "application/octet-stream").lower()
    if not kind.startswith(_TYPES):
        raise _failed(f"content type {kind[:80]}")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _address(text: str) -> Address:
    """An address without its disguise: IPv4 inside IPv6 is judged as IPv4."""
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        if inner := address.ipv4_mapped or address.sixtofour:
            return inner
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _failed(detail: str) -> Transient:
    return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=f"download: {detail}"[:500])


def _refused(url: httpx.URL, why: str) -> Rejected:
    place = f"{url.scheme}://{url.host}"
    return Rejected(ErrorCode.AI_PROVIDER_FAILURE, detail=f"download from {place}: {why}"[:500])


def _too_large(size: int) -> Rejected:
    return Rejected(
        ErrorCode.AI_PROVIDER_FAILURE,
        "The provider sent a clip that is too large",
        detail=f"{size} bytes",
    )
