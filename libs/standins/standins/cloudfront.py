"""A CloudFront distribution with one key group: it serves a folder to whoever has a signed address.

It knows the public key only. It rebuilds the canned policy from the address as it was asked for,
and refuses as CloudFront does: 403 with MissingKey, or AccessDenied for whatever does not fit.
"""

import base64
import binascii
import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

__all__ = ["CloudFrontStandin", "Refusal", "check"]

_OWN: Final = ("Expires", "Signature", "Key-Pair-Id")
_POLICY: Final = (
    '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}'
)
_UNSAFE: Final = str.maketrans("-_~", "+=/")


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Why an address opens nothing."""


def check(url: str, *, key_id: str, key: RSAPublicKey, now: float) -> str:
    """The address without its signature, if that is right and in time. Raises ``Refusal``."""
    base, _, query = url.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    own = {name: value for name, _, value in (p.partition("=") for p in pairs) if name in _OWN}
    rest = [pair for pair in pairs if pair.partition("=")[0] not in _OWN]
    if len(own) < len(_OWN) or len(pairs) - len(rest) > len(_OWN):
        raise Refusal("MissingKey")
    resource = f"{base}?{'&'.join(rest)}" if rest else base
    if own["Key-Pair-Id"] != key_id or not own["Expires"].isdecimal():
        raise Refusal("AccessDenied")
    policy = _POLICY % (resource, own["Expires"])
    try:
        signature = base64.b64decode(own["Signature"].translate(_UNSAFE), validate=True)
        key.verify(signature, policy.encode(), PKCS1v15(), hashes.SHA1())  # noqa: S303
    except (InvalidSignature, binascii.Error, ValueError):
        raise Refusal("AccessDenied") from None
    if int(own["Expires"]) <= now:
        raise Refusal("AccessDenied")
    return resource


@dataclass
class CloudFrontStandin:
    """Serves ``folder``; ``asked`` are the addresses it was asked for, ``served`` those it gave."""

    folder: Path
    key_id: str
    key: RSAPublicKey
    now: Callable[[], float] = time.time
    asked: list[str] = field(default_factory=list[str])
    served: list[str] = field(default_factory=list[str])

    @property
    def app(self) -> Starlette:
        """The ASGI application."""
        route = Route("/{path:path}", self._read, methods=["GET", "HEAD"])
        return Starlette(routes=[route])

    async def _read(self, request: Request) -> Response:
        raw: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        path = raw.decode("ascii").partition("?")[0]
        url = f"{request.url.scheme}://{request.headers['host']}{path}"
        url = f"{url}?{query.decode('ascii')}" if query else url
        self.asked.append(url)
        try:
            resource = check(url, key_id=self.key_id, key=self.key, now=self.now())
        except Refusal as refusal:
            return _refused(str(refusal))
        file = (self.folder / unquote(path).lstrip("/")).resolve()
        if not file.is_relative_to(self.folder.resolve()) or not file.is_file():
            return _refused("AccessDenied")
        self.served.append(resource)
        said = parse_qs(resource.partition("?")[2]).get("response-content-disposition")
        return FileResponse(
            file,
            headers={"Content-Disposition": said[0]} if said else None,
            media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        )


def _refused(code: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(body, status_code=403, media_type="application/xml")
