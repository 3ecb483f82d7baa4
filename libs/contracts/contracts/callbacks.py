"""The address part a provider is given for its webhooks: which order it is about, under our seal.

A provider signs the body it sends and not the address, so what the address says is sealed by us:
the generator seals, the gateway opens.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Self
from uuid import UUID

LONGEST = 1024
_VERSION = "v1"
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Callback:
    """Whose order a webhook is about. ``attempt_token`` is our name for the order."""

    provider: str
    job_id: UUID
    user_id: UUID
    project_id: UUID
    attempt_token: str

    def sealed(self, key: bytes) -> str:
        """Text of letters, digits, ``-``, ``_`` and ``.`` that only holders of ``key`` can make."""
        said = (self.provider, self.job_id, self.user_id, self.project_id, self.attempt_token)
        text = _encoded("\n".join(map(str, said)).encode())
        return f"{_VERSION}.{text}.{_seal(text, key)}"

    @classmethod
    def opened(cls, sealed: str, key: bytes) -> Self | None:
        """What was sealed; ``None`` for anything that was not sealed with ``key``."""
        version, _, rest = sealed.partition(".")
        text, _, seal = rest.partition(".")
        if version != _VERSION or not key or len(sealed) > LONGEST or not sealed.isascii():
            return None
        if not hmac.compare_digest(seal, _seal(text, key)):
            return None
        said = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split("\n")
        if len(said) != _FIELDS:
            return None
        provider, job, user, project, token = said
        return cls(provider, UUID(job), UUID(user), UUID(project), token)


def _seal(text: str, key: bytes) -> str:
    return _encoded(hmac.digest(key, f"{_VERSION}.{text}".encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
