"""The envelope: what is written is read back, and anything else is refused with its reason."""

import dataclasses
import json

import pytest
from contracts.envelope import BadEnvelopeError, Envelope
from contracts.events import JobCancelled
from contracts.examples import examples
from contracts.story_props import JOB
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

FULL = {example.topic: example.envelope for example in examples() if example.name == "full"}
CANCELLED = FULL["job.cancelled"]
FAILED = FULL["stage.failed"]


def reason(headers: dict[str, str], body: bytes) -> str:
    with pytest.raises(BadEnvelopeError) as caught:
        Envelope.parse(headers, body)
    return caught.value.reason


@pytest.mark.parametrize("envelope", FULL.values(), ids=FULL)
def test_it_comes_back_as_it_went(envelope: Envelope):
    assert Envelope.parse(envelope.headers(), envelope.body().encode()) == envelope


def test_the_key_is_the_job():
    assert CANCELLED.key == str(JOB) == CANCELLED.headers()["ce_subject"]


def test_optional_headers_stay_away():
    bare = dataclasses.replace(FAILED, cause=None, traceparent=None)
    assert {"ce_causeid", "traceparent"} <= FAILED.headers().keys()
    assert not {"ce_causeid", "traceparent"} & bare.headers().keys()
    assert Envelope.parse(bare.headers(), bare.body().encode()) == bare


def test_a_field_of_a_newer_producer_is_ignored():
    body = json.loads(CANCELLED.body()) | {"refund": True}
    envelope = Envelope.parse(CANCELLED.headers(), json.dumps(body).encode())
    assert envelope.event == CANCELLED.event


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"])
def test_a_record_without_an_attribute_is_no_event(name: str):
    headers = {key: value for key, value in CANCELLED.headers().items() if key != name}
    assert reason(headers, CANCELLED.body().encode()) == "not_cloudevents"


@pytest.mark.parametrize(
    ("header", "value", "wanted"),
    [
        ("ce_specversion", "0.3", "not_cloudevents"),
        ("ce_id", "seven", "not_cloudevents"),
        ("ce_time", "yesterday", "not_cloudevents"),
        ("ce_causeid", "seven", "not_cloudevents"),
        ("ce_type", "filmstudio.scene.lost.v1", "unknown_type"),
        ("ce_type", "filmstudio.job.cancelled.v2", "unknown_type"),
    ],
)
def test_a_wrong_attribute_has_its_reason(header: str, value: str, wanted: str):
    assert reason(CANCELLED.headers() | {header: value}, CANCELLED.body().encode()) == wanted


def test_a_wrong_body_names_its_fields():
    with pytest.raises(BadEnvelopeError, match=r"invalid_body: job_id: missing"):
        Envelope.parse(CANCELLED.headers(), b"{}")


@given(body=st.binary(max_size=64))
def test_no_bytes_get_past_as_something_else(body: bytes):
    assert reason(CANCELLED.headers(), body) == "invalid_body"


def test_the_next_event_takes_over_the_ids():
    event = JobCancelled.caused_by(FAILED.event, reason="Enough")
    same = ("job_id", "user_id", "project_id")
    assert all(getattr(event, name) == getattr(FAILED.event, name) for name in same)
    assert event.reason == "Enough"


def test_an_event_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        CANCELLED.event.job_id = CANCELLED.id
