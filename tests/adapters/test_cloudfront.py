"""Addresses signed for CloudFront, at a server that has the public key only."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gateway.addresses import Addresses, Wanted
from gateway.cloudfront import CloudFrontSigner
from standins.cloudfront import CloudFrontStandin
from standins.server import serving

NOW = 1_800_000_000.0
FILM = bytes(range(256)) * 40
KEY = "users/u/film.mp4"


@dataclass
class Edge:
    standin: CloudFrontStandin
    addresses: Addresses
    http: httpx.Client
    at: float = NOW


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def edge(private_key: rsa.RSAPrivateKey, tmp_path: Path) -> Generator[Edge]:
    file = tmp_path / KEY
    file.parent.mkdir(parents=True)
    file.write_bytes(FILM)
    standin = CloudFrontStandin(tmp_path, "KTEST", private_key.public_key(), lambda: edge.at)
    with serving(standin.app) as url, httpx.Client(trust_env=False) as http:
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signer = CloudFrontSigner(url, "KTEST", private_key.private_bytes(*form).decode())
        edge = Edge(standin, Addresses(signer, seconds=600, now=lambda: edge.at), http)
        yield edge


async def test_an_address_plays_whole_in_parts_and_asked_for_its_head(edge: Edge) -> None:
    address = await edge.addresses.one(Wanted(KEY))
    whole = edge.http.get(address.url)
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["content-type"] == "video/mp4"
    assert "content-disposition" not in whole.headers
    part = edge.http.get(address.url, headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.content) == (206, bytes(range(256)))
    assert part.headers["content-range"] == f"bytes 256-511/{len(FILM)}"
    head = edge.http.head(address.url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(FILM)))


async def test_a_download_is_saved_under_its_name(edge: Edge) -> None:
    address = await edge.addresses.one(Wanted(KEY, "Мой фильм & I.mp4", download=True))
    reply = edge.http.get(address.url)
    assert reply.content == FILM
    name = "%D0%9C%D0%BE%D0%B9%20%D1%84%D0%B8%D0%BB%D1%8C%D0%BC%20%26%20I.mp4"
    assert reply.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"


async def test_whatever_is_changed_opens_nothing(edge: Edge) -> None:
    (edge.standin.folder / "users/u/other.mp4").write_bytes(b"somebody else's")
    url = (await edge.addresses.one(Wanted(KEY))).url
    base, _, query = url.partition("?")
    fields = dict(pair.split("=") for pair in query.split("&"))
    later = str(int(fields["Expires"]) + 1)
    signature = fields["Signature"]
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    for changed in (
        url.replace("film.mp4", "other.mp4"),
        url.replace("film.mp4", "../u/other.mp4"),
        url.replace(fields["Expires"], later),
        url.replace(signature, flipped),
        url.replace(signature, "A"),
        url.replace("KTEST", "KELSE"),
        f"{url}&response-content-disposition=attachment",
    ):
        reply = edge.http.get(changed)
        assert (reply.status_code, "AccessDenied" in reply.text) == (403, True), changed
    bare = edge.http.get(base)
    assert (bare.status_code, "MissingKey" in bare.text) == (403, True)
    assert edge.standin.served == []


async def test_an_address_ends_when_it_says(edge: Edge) -> None:
    address = await edge.addresses.one(Wanted(KEY))
    edge.at = address.expires_at.timestamp() - 1
    assert edge.http.get(address.url).status_code == 200
    edge.at += 1
    assert edge.http.get(address.url).status_code == 403
    renewed = await edge.addresses.one(Wanted(KEY))
    assert edge.http.get(renewed.url).status_code == 200


async def test_a_page_of_takes_is_signed_in_one_go(edge: Edge) -> None:
    wanted = [Wanted(f"users/u/take-{number}.mp4") for number in range(400)]
    first = await edge.addresses.of(wanted)
    assert len({address.url for address in first.values()}) == 400
    assert await edge.addresses.of(reversed(wanted)) == first
