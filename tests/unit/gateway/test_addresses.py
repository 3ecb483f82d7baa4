"""An address is the same for as long as it is worth having, for everybody who asks."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gateway.addresses import Addresses, Wanted, expiry
from gateway.cloudfront import CloudFrontSigner
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0


@dataclass
class CountingSigner:
    signed: list[Wanted] = field(default_factory=list[Wanted])

    def sign(self, wanted: Wanted, expires: int, now: float) -> str:
        self.signed.append(wanted)
        return f"{wanted.key}?until={expires}"


class Clock:
    at = NOW

    def __call__(self) -> float:
        return self.at


def of(count: int) -> list[Wanted]:
    return [Wanted(f"a/{number}.mp4") for number in range(count)]


@given(
    st.text(min_size=1),
    st.floats(0, 4e9, allow_nan=False),
    st.integers(60, 604_800),
    st.integers(0, 999),
)
def test_an_expiry_leaves_more_than_a_quarter_and_holds_for_a_window(
    key: str, now: float, seconds: int, part: int
) -> None:
    ends = expiry(key, now, seconds)
    assert seconds / 4 <= ends - int(now) <= seconds
    begun = ends - seconds
    step = seconds - seconds // 4
    assert expiry(key, begun + part * step / 1_000, seconds) == ends
    assert expiry(key, begun + step, seconds) == ends + step


async def test_an_address_is_given_again_while_more_than_a_quarter_is_left() -> None:
    clock, signer = Clock(), CountingSigner()
    addresses = Addresses(signer, seconds=3_600, now=clock)
    first = await addresses.one(Wanted("a"))
    end = first.expires_at.timestamp()
    clock.at = end - 901
    assert await addresses.one(Wanted("a")) == first
    clock.at = end - 900
    second = await addresses.one(Wanted("a"))
    assert second.expires_at.timestamp() == end + 2_700
    assert len(signer.signed) == 2


async def test_replicas_give_the_same_address() -> None:
    one, two = Clock(), Clock()
    begun = expiry("a/0.mp4", NOW, 3_600) - 3_600
    one.at, two.at = begun, begun + 2_699.9
    replies = [
        await Addresses(CountingSigner(), seconds=3_600, now=clock).of(of(1))
        for clock in (one, two)
    ]
    assert replies[0] == replies[1]


async def test_files_of_a_page_do_not_all_change_at_once() -> None:
    found = await Addresses(CountingSigner(), seconds=3_600, now=Clock()).of(of(200))
    assert len({address.expires_at for address in found.values()}) > 150


async def test_a_page_is_signed_once_and_names_are_apart() -> None:
    signer = CountingSigner()
    addresses = Addresses(signer, seconds=3_600, now=Clock())
    assert len(await addresses.of([*of(300), *of(300)])) == 300
    await addresses.of(of(300))
    assert len(signer.signed) == 300
    await addresses.of([Wanted("a/1.mp4", "x.mp4"), Wanted("a/1.mp4", "x.mp4", download=True)])
    assert len(signer.signed) == 302
    assert await addresses.of([]) == {}


async def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    signer = CountingSigner()
    addresses = Addresses(signer, seconds=3_600, most=3, now=Clock())
    await addresses.of(of(3))
    await addresses.of(of(1))
    await addresses.one(Wanted("new"))
    signer.signed.clear()
    await addresses.of([Wanted("a/0.mp4"), Wanted("new"), Wanted("a/2.mp4")])
    assert signer.signed == []
    await addresses.one(Wanted("a/1.mp4"))
    assert signer.signed == [Wanted("a/1.mp4")]


async def test_a_page_larger_than_what_is_kept_is_answered_whole() -> None:
    addresses = Addresses(CountingSigner(), seconds=3_600, most=10, now=Clock())
    pages = await asyncio.gather(*(addresses.of(of(100)) for _ in range(3)))
    assert [len(page) for page in pages] == [100, 100, 100]


# The known answer of a canned policy: what is signed for this address and this end.
POLICY = (
    b'{"Statement":[{"Resource":"https://d.example.net/temp/a.mp4",'
    b'"Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}'
)


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signer_of(key: rsa.RSAPrivateKey, prefix: str = "") -> CloudFrontSigner:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return CloudFrontSigner("https://d.example.net", "KTEST", pem.decode(), prefix=prefix)


def test_a_canned_policy_is_signed_to_the_letter(private_key: rsa.RSAPrivateKey) -> None:
    assert hashlib.sha1(POLICY).hexdigest() == "79e7d99145cd3a7dbf2efb94eb52370dc5988329"  # noqa: S324
    expires = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
    for signer, key in (
        (signer_of(private_key), "temp/a.mp4"),
        (signer_of(private_key, "temp"), "a.mp4"),
    ):
        url = signer.sign(Wanted(key, "shown.mp4"), expires, NOW)
        base, _, query = url.partition("?")
        names, values = zip(*(pair.split("=") for pair in query.split("&")), strict=True)
        assert base == "https://d.example.net/temp/a.mp4"
        assert names == ("Expires", "Signature", "Key-Pair-Id")
        assert (values[0], values[2]) == ("1893456000", "KTEST")
        signature = base64.b64decode(values[1].translate(str.maketrans("-_~", "+=/")))
        private_key.public_key().verify(signature, POLICY, PKCS1v15(), hashes.SHA1())  # noqa: S303


def test_the_name_of_a_download_is_part_of_what_is_signed(private_key: rsa.RSAPrivateKey) -> None:
    url = signer_of(private_key).sign(Wanted("a.mp4", "f.mp4", download=True), 1_893_456_000, NOW)
    resource, _, rest = url.partition("&Expires=")
    assert resource == (
        "https://d.example.net/a.mp4?response-content-disposition="
        "attachment%3B%20filename%2A%3DUTF-8%27%27f.mp4"
    )
    text = POLICY.replace(b"https://d.example.net/temp/a.mp4", resource.encode())
    sent = rest.split("&Signature=")[1].split("&")[0]
    signature = base64.b64decode(sent.translate(str.maketrans("-_~", "+=/")))
    private_key.public_key().verify(signature, text, PKCS1v15(), hashes.SHA1())  # noqa: S303
