"""Whether a webhook was really sent by whom it says, and what it is about. Pure.

Signatures are checked over the raw bytes, in constant time, before anything in them is read.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

from contracts.errors import ErrorCode, Rejected
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE: Final = 300.0
"""Seconds that a webhook's time may be off ours, either way: what is older may be a replay."""

_REPLICATE: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
_FAL: Final = tuple(
    f"x-fal-webhook-{name}" for name in ("request-id", "user-id", "timestamp", "signature")
)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook that is what it says. The same one sent again has the same ``key``."""

    key: str
    request_id: str


def from_replicate(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Notice:
    """HMAC-SHA256 under ``whsec_…``. Raises ``Rejected(WEBHOOK_INVALID)``; ``now`` is Unix time."""
    message_id, stamp, signatures = _required(headers, _REPLICATE)
    _check_time(stamp, now)
    key = _decoded(secret.removeprefix("whsec_"))
    wanted = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    given = [part.removeprefix("v1,") for part in signatures.split() if part.startswith("v1,")]
    if not any(hmac.compare_digest(wanted, _decoded(one)) for one in given):
        _refuse("no signature fits")
    return Notice(message_id, _named(body, "id"))


def from_fal(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float) -> Notice:
    """Ed25519 under one of ``keys`` (32 bytes each). Raises ``Rejected(WEBHOOK_INVALID)``."""
    request_id, user_id, stamp, signature = _required(headers, _FAL)
    _check_time(stamp, now)
    digest = hashlib.sha256(body).hexdigest()
    text = f"{request_id}\n{user_id}\n{stamp}\n{digest}".encode()
    try:
        given = bytes.fromhex(signature)
    except ValueError:
        _refuse("the signature is not hexadecimal")
    if not any(_signed(key, given, text) for key in keys):
        _refuse("no key fits")
    named = _named(body, "request_id")
    status = str(_fields(body).get("status"))[:_LONGEST]
    return Notice(f"{named}:{status}", named)


def fal_keys(document: Any) -> list[bytes]:
    """The Ed25519 keys of a JWKS document; others are left out. Raises ``ValueError``."""
    entries = document.get("keys") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(entries, list):
        raise TypeError("no keys")
    found: list[bytes] = []
    for entry in entries:  # pyright: ignore[reportUnknownVariableType]
        fields: dict[str, Any] = entry if isinstance(entry, dict) else {}  # pyright: ignore[reportUnknownVariableType]
        if (fields.get("kty"), fields.get("crv")) == ("OKP", "Ed25519"):
            x = str(fields.get("x", ""))
            found.append(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
    return found


def _signed(key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _required(headers: Mapping[str, str], names: Sequence[str]) -> list[str]:
    found = [headers.get(name, "") for name in names]
    if not all(0 < len(value) <= 4 * _LONGEST for value in found):
        _refuse("a header is missing")
    return found


def _check_time(stamp: str, now: float) -> None:
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now - int(stamp)) > TOLERANCE:
        _refuse("the time is off")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _fields(body: bytes) -> dict[str, Any]:
    try:
        value: Any = json.loads(body)
    except ValueError:
        _refuse("the body is no JSON")
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _named(body: bytes, field: str) -> str:
    found = _fields(body).get(field)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST:
        _refuse(f"the body has no {field}")
    return found


def _refuse(why: str) -> NoReturn:
    raise Rejected(ErrorCode.WEBHOOK_INVALID, detail=why)
