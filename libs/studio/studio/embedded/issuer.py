"""The local sign-in: signs Supabase-shaped tokens (ES256) and serves the key to check them."""

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from studio.embedded.database import User
from studio.keys import Keys

_PATH = "/auth/v1"
_JWKS_PATH = f"{_PATH}/.well-known/jwks.json"
_COORDINATE_BYTES = 32  # P-256, RFC 7518 6.2.1.2
_STOP_WITHIN = 2  # seconds


def local_user(email: str = "you@studio.local") -> User:
    """The user of an address: the same id on every machine and at every start."""
    return User(id=uuid5(NAMESPACE_URL, f"mailto:{email.lower()}"), email=email)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens as ``http://127.0.0.1:<port>/auth/v1`` with one key."""

    key: ec.EllipticCurvePrivateKey
    port: int

    @classmethod
    def open(cls, keys: Keys, port: int) -> "Issuer":
        """The issuer of a data folder; its key is made once."""
        pem = keys.stored("issuer.pem", _new_pem)
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("keys/issuer.pem is not an elliptic curve key")
        return cls(key, port)

    @property
    def url(self) -> str:
        """What tokens say in ``iss``."""
        return f"http://127.0.0.1:{self.port}{_PATH}"

    @property
    def jwks_url(self) -> str:
        """Where the public key is served."""
        return f"http://127.0.0.1:{self.port}{_JWKS_PATH}"

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set; ``kid`` is its RFC 7638 thumbprint."""
        numbers = self.key.public_key().public_numbers()
        public = {
            "crv": "P-256",
            "kty": "EC",
            "x": _base64url(numbers.x.to_bytes(_COORDINATE_BYTES)),
            "y": _base64url(numbers.y.to_bytes(_COORDINATE_BYTES)),
        }
        canonical = json.dumps(public, sort_keys=True, separators=(",", ":"))
        thumbprint = _base64url(hashlib.sha256(canonical.encode()).digest())
        return {"keys": [{**public, "kid": thumbprint, "alg": "ES256", "use": "sig"}]}

    def mint(
        self, user_id: UUID, email: str, ttl: timedelta, *, now: datetime | None = None
    ) -> str:
        """An access token with the claims Supabase Auth sets."""
        at = now or datetime.now(UTC)
        session = uuid5(user_id, at.isoformat())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": "authenticated",
            "role": "authenticated",
            "sub": str(user_id),
            "email": email,
            "phone": "",
            "iat": int(at.timestamp()),
            "exp": int((at + ttl).timestamp()),
            "session_id": str(session),
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": int(at.timestamp())}],
            "is_anonymous": False,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"email": email, "email_verified": True},
        }
        headers = {"kid": self.jwks()["keys"][0]["kid"]}
        return jwt.encode(claims, self.key, algorithm="ES256", headers=headers)

    def app(self) -> Starlette:
        """The ASGI application with the key set and a health page."""
        key_set = self.jwks()

        async def jwks(_: Request) -> JSONResponse:
            return JSONResponse(key_set, headers={"Cache-Control": "public, max-age=600"})

        async def health(_: Request) -> JSONResponse:
            return JSONResponse({"name": "local issuer"})

        return Starlette(routes=[Route(_JWKS_PATH, jwks), Route(f"{_PATH}/health", health)])

    @asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncGenerator[None, None]:
        """Serve on the bound socket for as long as the block lasts."""
        config = uvicorn.Config(
            self.app(), log_config=None, access_log=False, timeout_graceful_shutdown=_STOP_WITHIN
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]), name="issuer")
        try:
            yield
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """Leaves the process's signals to the supervisor."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _new_pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
