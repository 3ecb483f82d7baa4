"""The local sign-in: tokens as Supabase makes them, checked with the key it serves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import jwt
import pytest
from studio import ports
from studio.embedded.issuer import Issuer, local_user
from studio.keys import Keys

NOW = datetime.now(UTC)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer.open(Keys(tmp_path), 8421)


def _check(issuer: Issuer, token: str) -> dict[str, object]:
    key = jwt.PyJWK(issuer.jwks()["keys"][0])
    return jwt.decode(token, key, algorithms=["ES256"], audience="authenticated", issuer=issuer.url)


def test_a_token_has_the_claims_of_supabase_auth(issuer: Issuer) -> None:
    user = local_user()
    claims = _check(issuer, issuer.mint(user.id, user.email, timedelta(hours=1), now=NOW))
    assert claims["iss"] == "http://127.0.0.1:8421/auth/v1"
    assert claims["sub"] == str(user.id)
    assert claims["email"] == user.email
    assert claims["role"] == claims["aud"] == "authenticated"
    assert claims["aal"] == "aal1"
    assert claims["iat"] == int(NOW.timestamp())
    assert claims["exp"] == int(NOW.timestamp()) + 3600
    assert UUID(str(claims["session_id"]))


def test_its_header_names_the_served_key(issuer: Issuer) -> None:
    token = issuer.mint(local_user().id, "a@b", timedelta(hours=1))
    header = jwt.get_unverified_header(token)
    [key] = issuer.jwks()["keys"]
    assert (header["alg"], header["kid"]) == ("ES256", key["kid"])
    assert "d" not in key


def test_a_token_runs_out(issuer: Issuer) -> None:
    token = issuer.mint(local_user().id, "a@b", timedelta(hours=1), now=NOW - timedelta(hours=2))
    with pytest.raises(jwt.ExpiredSignatureError):
        _check(issuer, token)


def test_another_folders_token_is_not_ours(issuer: Issuer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Issuer.open(Keys(tmp_path / "other"), 8421)
    token = other.mint(local_user().id, "a@b", timedelta(hours=1))
    with pytest.raises(jwt.InvalidSignatureError):
        _check(issuer, token)


def test_the_key_stays_the_same(issuer: Issuer, tmp_path: Path) -> None:
    assert Issuer.open(Keys(tmp_path), 9999).jwks() == issuer.jwks()


def test_a_user_is_the_same_everywhere_and_whatever_the_case() -> None:
    assert local_user("Ada@Example.org").id == local_user("ada@example.org").id
    assert local_user("ada@example.org").id != local_user().id


async def test_it_serves_its_keys_until_its_block_ends(tmp_path: Path) -> None:
    listener = ports.listen(0)
    issuer = Issuer.open(Keys(tmp_path), int(listener.getsockname()[1]))
    async with httpx.AsyncClient(trust_env=False) as http:
        async with issuer.serving(listener):
            answer = await http.get(issuer.jwks_url)
            assert answer.json() == issuer.jwks()
            assert answer.headers["content-type"] == "application/json"
            assert (await http.get(f"{issuer.url}/health")).is_success
        with pytest.raises(httpx.TransportError):
            await http.get(issuer.jwks_url)
