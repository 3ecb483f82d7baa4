"""Addresses signed for CloudFront: canned policies, made on this machine."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from botocore import signers  # pyright: ignore[reportMissingTypeStubs]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from runtime.objects import disposition

from gateway.addresses import Wanted


class CloudFrontSigner:
    """Implements ``Signer``: ``base`` is ``https://domain``, ``key_id`` is the public key's.

    What is shown has no name in its address, so that all see one object of the cache; what is
    downloaded has, in a query that the distribution must hand on to S3.
    """

    def __init__(self, base: str, key_id: str, pem: str, *, prefix: str = "") -> None:
        self._base = f"{base}/{prefix}" if prefix else base
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("CloudFront's canned policies are signed with RSA")

        def signature(text: bytes) -> bytes:
            # SHA-1 is what the format of these addresses asks for.
            return key.sign(text, PKCS1v15(), hashes.SHA1())  # noqa: S303

        untyped: Any = signers
        self._policies = untyped.CloudFrontSigner(key_id, signature)

    def sign(self, wanted: Wanted, expires: int, now: float) -> str:
        """Implements ``Signer``."""
        url = f"{self._base}/{quote(wanted.key)}"
        if wanted.download:
            said = disposition(wanted.filename, attachment=True)
            url = f"{url}?{urlencode({'response-content-disposition': said}, quote_via=quote)}"
        # Aware: a naive time would be taken for this machine's.
        until = datetime.fromtimestamp(expires, UTC)
        signed: str = self._policies.generate_presigned_url(url, date_less_than=until)
        return signed
