"""Tokens: pinned algorithms, one issuer, keys fetched seldom."""

import base64
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from gateway.auth import CACHE_SECONDS, REFETCH_SECONDS, KeySetVerifier, SecretVerifier
from gateway.settings import Settings
from pydantic import SecretStr, ValidationError
from runtime.settings import RuntimeSettings

ISSUER = "https://issuer.test/auth/v1"
SECRET = "a-secret-of-at-least-thirty-two-bytes"
USER = UUID("00000000-0000-4000-8000-000000000002")


def claims(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "authenticated",
        "role": "authenticated",
        "sub": str(USER),
        "exp": int(time.time()) + 60,
        "email": "a@b.test",
    }
    return {k: v for k, v in (base | changes).items() if v is not None}


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class IssuerServer:
    """An issuer whose key set a test can change, and which counts how often it is asked."""

    keys: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: int = 0
    status: int = 200

    def add(self, kid: str, key: Any, algorithm: str) -> None:
        kind: Any = jwt.get_algorithm_by_name(algorithm)
        jwk = json.loads(kind.to_jwk(key.public_key()))
        self.keys[kid] = jwk | {"kid": kid, "alg": algorithm, "use": "sig"}

    def reply(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, json={"keys": list(self.keys.values())})


@dataclass
class Setup:
    server: IssuerServer
    clock: Clock
    verifier: KeySetVerifier
    key: ec.EllipticCurvePrivateKey

    def token(self, kid: str = "k1", key: Any = None, alg: str = "ES256", **more: Any) -> str:
        return jwt.encode(claims(**more), key or self.key, algorithm=alg, headers={"kid": kid})


@pytest.fixture
def setup() -> Setup:
    server, clock, key = IssuerServer(), Clock(), ec.generate_private_key(ec.SECP256R1())
    server.add("k1", key, "ES256")
    http = httpx.AsyncClient(transport=httpx.MockTransport(server.reply))
    verifier = KeySetVerifier("https://issuer.test/jwks", ISSUER, http, clock)
    return Setup(server, clock, verifier, key)


async def refused(verifier: KeySetVerifier | SecretVerifier, token: str) -> Rejected:
    with pytest.raises(Rejected) as caught:
        await verifier.verify(token)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED
    return caught.value


async def test_a_good_token_is_its_user(setup: Setup) -> None:
    user = await setup.verifier.verify(setup.token())
    assert user.id == USER
    assert user.claims["email"] == "a@b.test"
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    setup.server.add("k2", rsa_key, "RS256")
    setup.clock.now += REFETCH_SECONDS
    assert (await setup.verifier.verify(setup.token("k2", rsa_key, "RS256"))).id == USER


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"},
        {"aud": "anon"},
        {"role": "anon"},
        {"role": "service_role"},
        {"is_anonymous": True},
        {"sub": "nobody"},
        {"exp": None},
        {"sub": None},
        {"aud": None},
        {"iss": None},
        {"exp": 1},
    ],
    ids=str,
)
async def test_a_wrong_claim_is_refused(setup: Setup, changes: dict[str, Any]) -> None:
    await refused(setup.verifier, setup.token(**changes))


async def test_the_clock_may_be_half_a_minute_off(setup: Setup) -> None:
    just_over = setup.token(exp=int(time.time()) - 20)
    assert (await setup.verifier.verify(just_over)).id == USER
    error = await refused(setup.verifier, setup.token(exp=int(time.time()) - 40))
    assert "Sign in again" in error.message


def part(value: bytes | dict[str, Any]) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


async def test_the_algorithm_is_ours_to_choose(setup: Setup) -> None:
    """The public key as an HS256 secret, no signature, another algorithm's name: all refused."""
    public = setup.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{part(claims())}"
    confused = hmac.new(public, signed.encode(), "sha256").digest()
    await refused(setup.verifier, f"{signed}.{part(confused)}")
    unsigned = jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"})
    await refused(setup.verifier, unsigned)
    _, body, signature = setup.token().split(".")
    other = part({"alg": "RS256", "kid": "k1", "typ": "JWT"})
    await refused(setup.verifier, f"{other}.{body}.{signature}")


async def test_a_forged_signature_is_refused(setup: Setup) -> None:
    forger = ec.generate_private_key(ec.SECP256R1())
    await refused(setup.verifier, setup.token(key=forger))
    for garbage in ("", "x", "a.b.c", "e30.e30."):
        await refused(setup.verifier, garbage)


async def test_keys_are_fetched_seldom(setup: Setup) -> None:
    for _ in range(5):
        await setup.verifier.verify(setup.token())
    assert setup.server.asked == 1
    setup.clock.now += CACHE_SECONDS
    await setup.verifier.verify(setup.token())
    assert setup.server.asked == 2


async def test_unknown_key_ids_cannot_make_us_hammer_the_issuer(setup: Setup) -> None:
    await setup.verifier.verify(setup.token())
    setup.clock.now += REFETCH_SECONDS
    for n in range(10):
        await refused(setup.verifier, setup.token(kid=f"forged-{n}"))
    assert setup.server.asked == 2


async def test_a_rotated_key_is_found_and_the_old_one_ends(setup: Setup) -> None:
    await setup.verifier.verify(setup.token())
    fresh = ec.generate_private_key(ec.SECP256R1())
    setup.server.keys.clear()
    setup.server.add("k2", fresh, "ES256")
    setup.clock.now += REFETCH_SECONDS
    assert (await setup.verifier.verify(setup.token("k2", fresh))).id == USER
    await refused(setup.verifier, setup.token("k1"))


async def test_while_keys_cannot_be_had_nobody_is_let_in_or_turned_away(setup: Setup) -> None:
    setup.server.status = 500
    for _ in range(3):
        with pytest.raises(Transient):
            await setup.verifier.verify(setup.token())
    assert setup.server.asked == 1
    setup.server.status = 200
    setup.clock.now += 10
    assert (await setup.verifier.verify(setup.token())).id == USER
    setup.server.status = 500
    setup.clock.now += REFETCH_SECONDS
    await refused(setup.verifier, setup.token(kid="unknown"))
    assert (await setup.verifier.verify(setup.token())).id == USER


async def test_a_secret_takes_hs256_only() -> None:
    verifier = SecretVerifier(SECRET, ISSUER)
    good = jwt.encode(claims(), SECRET, algorithm="HS256")
    assert (await verifier.verify(good)).id == USER
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        other = jwt.encode(claims(), SECRET, algorithm="HS512")
    await refused(verifier, other)
    key = ec.generate_private_key(ec.SECP256R1())
    await refused(verifier, jwt.encode(claims(), key, algorithm="ES256"))
    await refused(verifier, jwt.encode(claims(), "", algorithm="none"))


@pytest.mark.parametrize(
    "how",
    [{}, {"jwks_url": "x", "supabase_jwt_secret": SecretStr(SECRET)}, {"supabase_jwt_secret": "s"}],
    ids=["neither", "both", "short"],
)
def test_there_is_one_way_to_check_tokens(how: dict[str, Any]) -> None:
    runtime = RuntimeSettings(objects_signing_key=SecretStr("k"))
    with pytest.raises(ValidationError):
        Settings.model_validate({"jwt_issuer": ISSUER, "runtime": runtime, **how})
