"""Signatures of webhooks: known answers, and everything that is nearly right."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from contracts.errors import ErrorCode, Rejected
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gateway import webhooks
from gateway.webhooks import TOLERANCE, Notice
from standins import fal as fal_standin
from standins import replicate as replicate_standin

NOW = 1_700_000_000.0
BODY = b'{"id":"p1","status":"succeeded"}'
SECRET = "whsec_bG9vcGJhY2stdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2Q="
REPLICATE = {
    "webhook-id": "msg_1",
    "webhook-timestamp": "1700000000",
    "webhook-signature": "v1,/8MO+yOF8Qi5MptO3ixdVC+llbiYu/vlodAPBTTU8Xs=",
}
KEYS = webhooks.fal_keys(
    {
        "keys": [
            {"kty": "RSA", "n": "x"},
            {"kty": "OKP", "crv": "Ed25519", "x": "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"},
        ]
    }
)
FAL_BODY = b'{"request_id":"req_1","status":"OK"}'


def fal_headers(body: bytes = FAL_BODY, stamp: int = int(NOW)) -> dict[str, str]:
    return fal_standin.sign("req_1", stamp, body)


def refused(check: Callable[[], Any]) -> None:
    with pytest.raises(Rejected) as error:
        check()
    assert error.value.code is ErrorCode.WEBHOOK_INVALID


def test_the_known_answer_of_replicate_is_taken() -> None:
    assert webhooks.from_replicate(REPLICATE, BODY, SECRET, NOW) == Notice("msg_1", "p1")


def test_the_known_answer_of_fal_is_what_we_check() -> None:
    known = (
        "52091ba55f817310bffc4dd911cb6104d930829ce48b2e9fde73396947c7efe6"
        "c7e7241f0dde2835c3730bfb23997c8d717567e13a5e4542899a8e78a76d990d"
    )
    headers = {
        "x-fal-webhook-request-id": "req_1",
        "x-fal-webhook-user-id": "user_1",
        "x-fal-webhook-timestamp": "1700000000",
        "x-fal-webhook-signature": known,
    }
    # The body of the known answer names no request of fal's: its signature fits, its content not.
    with pytest.raises(Rejected) as error:
        webhooks.from_fal(headers, BODY, KEYS, NOW)
    assert "request_id" in error.value.detail
    with pytest.raises(Rejected) as error:
        webhooks.from_fal(headers, BODY + b" ", KEYS, NOW)
    assert "no key fits" in error.value.detail


def test_a_signature_of_fal_under_any_of_its_keys_is_taken() -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for keys in (KEYS, [other, *KEYS], [b"short", *KEYS]):
        notice = webhooks.from_fal(fal_headers(), FAL_BODY, keys, NOW)
        assert notice == Notice("req_1:OK", "req_1")


def test_one_of_several_signatures_is_enough() -> None:
    several = REPLICATE | {"webhook-signature": f"v1,AAAA v2,x {REPLICATE['webhook-signature']}"}
    assert webhooks.from_replicate(several, BODY, SECRET, NOW).request_id == "p1"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1700000001"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2" + REPLICATE["webhook-signature"][2:]},
        {"webhook-signature": "v1,ä"},
        {"webhook-signature": ""},
    ],
)
def test_a_changed_header_of_replicate_is_refused(changes: dict[str, str]) -> None:
    refused(lambda: webhooks.from_replicate(REPLICATE | changes, BODY, SECRET, NOW))


def test_a_changed_byte_is_refused() -> None:
    refused(lambda: webhooks.from_replicate(REPLICATE, BODY.replace(b"p1", b"p2"), SECRET, NOW))
    changed = FAL_BODY.replace(b"req_1", b"req_2")
    refused(lambda: webhooks.from_fal(fal_headers(), changed, KEYS, NOW))


@pytest.mark.parametrize("name", list(fal_headers()))
def test_every_header_of_fal_is_needed(name: str) -> None:
    if name == "content-type":
        return
    headers = {key: value for key, value in fal_headers().items() if key != name}
    refused(lambda: webhooks.from_fal(headers, FAL_BODY, KEYS, NOW))
    refused(lambda: webhooks.from_fal(headers | {name: "zz"}, FAL_BODY, KEYS, NOW))


@pytest.mark.parametrize("off", [-TOLERANCE - 1, TOLERANCE + 1])
def test_a_good_signature_of_another_time_is_refused(off: float) -> None:
    refused(lambda: webhooks.from_replicate(REPLICATE, BODY, SECRET, NOW + off))
    refused(lambda: webhooks.from_fal(fal_headers(), FAL_BODY, KEYS, NOW + off))


@pytest.mark.parametrize("off", [-TOLERANCE, TOLERANCE])
def test_clocks_may_differ_a_little(off: float) -> None:
    assert webhooks.from_replicate(REPLICATE, BODY, SECRET, NOW + off)
    assert webhooks.from_fal(fal_headers(), FAL_BODY, KEYS, NOW + off)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 3}', b'{"id": ""}', b"\xff"])
def test_a_signed_body_that_names_nothing_is_refused(body: bytes) -> None:
    headers = replicate_standin.sign(SECRET, "msg_9", int(NOW), body)
    refused(lambda: webhooks.from_replicate(headers, body, SECRET, NOW))


@pytest.mark.parametrize("document", [None, [], {}, {"keys": 3}])
def test_what_is_no_key_set_is_an_error(document: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        webhooks.fal_keys(json.loads(json.dumps(document)))
