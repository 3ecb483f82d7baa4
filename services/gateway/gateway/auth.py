"""Who is asking: Supabase access tokens, checked against pinned algorithms and one issuer."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, Protocol
from uuid import UUID

import httpx
import jwt
import structlog
from contracts.errors import ErrorCode, Rejected, Transient

from gateway.domain import User

log = structlog.get_logger()

AUDIENCE: Final = "authenticated"
ROLE: Final = "authenticated"
LEEWAY_SECONDS: Final = 30
CACHE_SECONDS: Final = 600.0
REFETCH_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 5.0
ASYMMETRIC: Final = ("ES256", "RS256")


class Verifier(Protocol):
    """Turns a token into a user."""

    async def verify(self, token: str) -> User:
        """Raises ``Rejected(UNAUTHENTICATED)``, or ``Transient`` while keys cannot be had."""
        ...


def _refuse(message: str, detail: str) -> NoReturn:
    raise Rejected(ErrorCode.UNAUTHENTICATED, message, detail=detail)


def _read(token: str, key: jwt.PyJWK | str, algorithm: str, issuer: str) -> User:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=AUDIENCE,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "sub", "aud", "iss"]},
        )
    except jwt.ExpiredSignatureError:
        _refuse("Your sign-in has ended. Sign in again.", "expired")
    except jwt.InvalidTokenError as error:
        _refuse("This token is not valid here.", type(error).__name__)
    if claims.get("role") != ROLE or claims.get("is_anonymous") is True:
        _refuse("This token is not a signed-in user's.", "role")
    try:
        return User(UUID(str(claims["sub"])), int(claims["exp"]), claims)
    except ValueError:
        _refuse("This token is not valid here.", "sub is no uuid")


@dataclass(frozen=True, slots=True)
class SecretVerifier:
    """HS256 with a shared secret. Only used where the configuration names one."""

    secret: str = field(repr=False)
    issuer: str

    async def verify(self, token: str) -> User:
        """Raises ``Rejected(UNAUTHENTICATED)``."""
        return _read(token, self.secret, "HS256", self.issuer)


class KeySetVerifier:
    """ES256 and RS256 with the issuer's published keys.

    Keys are kept for at most 10 minutes. An unknown key id causes one early look, at most every
    30 s, so that forged ids cannot make us hammer the issuer.
    """

    def __init__(
        self,
        url: str,
        issuer: str,
        http: httpx.AsyncClient,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._issuer = issuer
        self._http = http
        self._now = now
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._failed: float | None = None
        self._lock = asyncio.Lock()

    async def verify(self, token: str) -> User:
        """Raises ``Rejected(UNAUTHENTICATED)``, or ``Transient`` while keys cannot be had."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            _refuse("This token is not valid here.", type(error).__name__)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ASYMMETRIC or not isinstance(key_id, str):
            _refuse("This token is not valid here.", "algorithm or key id")
        key = await self._key(key_id)
        if key is None or key.algorithm_name != algorithm:
            _refuse("This token is not valid here.", "unknown key")
        return _read(token, key, algorithm, self._issuer)

    async def _key(self, key_id: str) -> jwt.PyJWK | None:
        async with self._lock:
            age = None if self._fetched is None else self._now() - self._fetched
            stale = age is None or age >= CACHE_SECONDS
            if stale or (key_id not in self._keys and age is not None and age >= REFETCH_SECONDS):
                await self._fetch(must=stale)
            return self._keys.get(key_id)

    async def _fetch(self, *, must: bool) -> None:
        """Replace the keys. Without ``must``, a failure keeps those that are still young."""
        recently = self._failed is not None and self._now() - self._failed < RETRY_SECONDS
        if not recently:
            try:
                reply = await self._http.get(self._url)
                reply.raise_for_status()
                self._keys = _key_set(reply.json())
            except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
                self._failed = self._now()
                log.warning("auth.keys_not_fetched", error=type(error).__name__)
            else:
                self._fetched, self._failed = self._now(), None
                return
        if must:
            raise Transient(
                ErrorCode.INTERNAL,
                "Sign-in cannot be checked at the moment.",
                retry_after=RETRY_SECONDS,
            )


def _key_set(document: Any) -> dict[str, jwt.PyJWK]:
    keys: dict[str, jwt.PyJWK] = {}
    for entry in document["keys"]:
        if entry.get("alg") in ASYMMETRIC and isinstance(entry.get("kid"), str):
            try:
                keys[entry["kid"]] = jwt.PyJWK(entry)
            except jwt.PyJWTError as error:
                log.warning("auth.key_not_readable", error=type(error).__name__)
    return keys
