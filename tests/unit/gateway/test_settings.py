"""CloudFront is configured whole or not at all; of a wrong key is said what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from gateway.settings import Settings
from pydantic import SecretStr, ValidationError
from runtime.settings import RuntimeSettings


def pem_of(key: Any, lock: KeySerializationEncryption | None = None) -> str:
    form = PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode()


@pytest.fixture(scope="module")
def pem() -> str:
    return pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def told(**changes: Any) -> Settings:
    runtime = RuntimeSettings(
        objects_url=changes.pop("objects_url", "s3://films"), objects_signing_key=SecretStr("x")
    )
    values: dict[str, Any] = {
        "runtime": runtime,
        "jwt_issuer": "https://issuer.test",
        "jwks_url": "https://issuer.test/keys",
        "cloudfront_domain": "d111111abcdef8.cloudfront.net",
        "cloudfront_key_id": "KTEST",
    }
    return Settings.model_validate(values | changes)


def key_of(settings: Settings) -> str:
    assert settings.cloudfront_private_key is not None
    return settings.cloudfront_private_key.get_secret_value()


def test_a_key_is_given_as_text_in_one_line_or_as_a_file(pem: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem)
    for given in (pem, pem.replace("\n", "\\n"), str(file)):
        assert key_of(told(cloudfront_private_key=given)) == pem


@pytest.mark.parametrize(
    ("domain", "base"),
    [
        ("d1.cloudfront.net", "https://d1.cloudfront.net"),
        ("https://films.example.org/", "https://films.example.org"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ],
)
def test_a_domain_becomes_an_address(pem: str, domain: str, base: str) -> None:
    settings = told(cloudfront_private_key=pem, cloudfront_domain=domain)
    assert settings.cloudfront_domain == base


def test_without_any_of_it_the_store_signs() -> None:
    none = {"cloudfront_domain": "", "cloudfront_key_id": "", "cloudfront_private_key": ""}
    settings = told(**none, objects_url="file:///objects")
    assert settings.cloudfront_domain is None
    assert settings.cloudfront_private_key is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cloudfront_key_id": ""}, "set CLOUDFRONT_DOMAIN, CLOUDFRONT_KEY_ID and"),
        ({"cloudfront_private_key": ""}, "set CLOUDFRONT_DOMAIN, CLOUDFRONT_KEY_ID and"),
        ({"cloudfront_domain": None}, "set CLOUDFRONT_DOMAIN, CLOUDFRONT_KEY_ID and"),
        ({"cloudfront_domain": "http://films.example.org"}, "over https"),
        ({"cloudfront_domain": "d1.cloudfront.net/folder"}, "a name like"),
        ({"cloudfront_private_key": "/no/such/file.pem"}, "neither a PEM nor a file"),
        ({"cloudfront_private_key": "-----BEGIN PRIVATE KEY-----\nx"}, "no private key in PEM"),
        ({"objects_url": "file:///objects"}, "needs an s3:// OBJECTS_URL"),
        ({"result_seconds": 700_000}, "604800"),
    ],
)
def test_what_is_wrong_is_said_at_the_start(pem: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refusal:
        told(**{"cloudfront_private_key": pem} | changes)
    assert "PRIVATE KEY" not in str(refusal.value)


def test_keys_that_cloudfront_does_not_take_are_refused_unshown(pem: str) -> None:
    large = pem_of(rsa.generate_private_key(public_exponent=65537, key_size=3072))
    curve = pem_of(ec.generate_private_key(ec.SECP256R1()))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    locked = pem_of(key, BestAvailableEncryption(b"secret"))
    for given, words in (
        (large, "RSA keys of 2048 bits"),
        (curve, "RSA keys of 2048 bits"),
        (locked, "without a passphrase"),
    ):
        with pytest.raises(ValidationError, match=words) as refusal:
            told(cloudfront_private_key=given)
        assert "PRIVATE KEY" not in str(refusal.value)
        assert given[40:60] not in str(refusal.value)
