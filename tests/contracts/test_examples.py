"""Every example file is a record that other systems' validators and our own parser accept."""

import json
from pathlib import Path
from typing import Any

import pytest
from contracts.envelope import Envelope
from contracts.events import EVENTS, Event
from contracts.generate import EXAMPLES, SCHEMAS, repository
from contracts.schemas import file_name
from contracts.topics import BY_NAME, TOPICS, Topic
from jsonschema import Draft202012Validator, FormatChecker

ROOT = repository()
FILES = sorted((ROOT / EXAMPLES).rglob("*.json"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def schema(topic: Topic, version: str) -> dict[str, Any]:
    path = ROOT / SCHEMAS / file_name(topic)
    assert path.name == f"{topic.name}.v{version}.schema.json"
    return read(path)


def parse(record: dict[str, Any]) -> Envelope:
    return Envelope.parse(record["headers"], json.dumps(record["body"]).encode())


@each_file
def test_it_validates_against_its_schema(path: Path):
    topic = BY_NAME[path.parts[-3]]
    validator = Draft202012Validator(schema(topic, path.parts[-2]), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(read(path)["body"])] == []


@each_file
def test_it_parses_and_comes_back_the_same(path: Path):
    record = read(path)
    envelope = parse(record)
    assert envelope.headers() == record["headers"]
    assert envelope.key == record["key"]
    again = Envelope.parse(envelope.headers(), envelope.body().encode())
    assert again == envelope
    assert json.loads(envelope.body()).keys() >= record["body"].keys()


@each_file
def test_a_full_example_leaves_nothing_out(path: Path):
    record = read(path)
    event = parse(record).event
    if path.stem == "full":
        assert json.loads(event.model_dump_json()) == record["body"]
    else:
        assert event.model_dump(mode="json", exclude_unset=True) == record["body"]


@each_file
def test_it_lies_where_its_type_says(path: Path):
    headers = read(path)["headers"]
    assert headers["ce_type"] == f"filmstudio.{path.parts[-3]}.v{path.parts[-2]}"
    assert headers["ce_source"].removeprefix("/filmstudio/") in BY_NAME[path.parts[-3]].producers


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_field_of_an_event_is_shown(event: type[Event]):
    topic = next(topic for topic in TOPICS if topic.event is event)
    bodies = [read(path)["body"] for path in FILES if path.parts[-3] == topic.name]
    assert {name for body in bodies for name in body} == set(event.model_fields)


def test_every_optional_field_of_an_event_is_left_out_somewhere():
    for topic in TOPICS:
        bodies = [read(path)["body"] for path in FILES if path.parts[-3] == topic.name]
        fields = topic.event.model_fields.items()
        for name in (name for name, field in fields if not field.is_required()):
            assert any(name not in body for body in bodies), f"{topic.name}: {name}"


@each_file
def test_a_schema_refuses_it_without_a_required_field(path: Path):
    """The schemas really do check: nothing that is needed may be missing."""
    topic = BY_NAME[path.parts[-3]]
    document = schema(topic, path.parts[-2])
    body = read(path)["body"]
    for name in document["required"]:
        less = {key: value for key, value in body.items() if key != name}
        assert not Draft202012Validator(document).is_valid(less), name


def test_no_schema_and_no_example_is_an_orphan():
    schemas = {path.name for path in (ROOT / SCHEMAS).iterdir()}
    assert schemas == {file_name(topic) for topic in TOPICS}
    assert {path.parts[-3] for path in FILES} == set(BY_NAME)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_schema_is_a_schema(topic: Topic):
    document = schema(topic, "1")
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:filmstudio:{topic.name}:v1"
    assert document["title"] == topic.event.__name__
