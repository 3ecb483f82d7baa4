"""The AsyncAPI document holds together: references resolve, operations name what exists."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from contracts.generate import repository
from contracts.topics import BY_NAME, SERVICES, TOPICS, all_names
from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = json.loads(
    (repository() / "docs/asyncapi.json").read_text(encoding="utf-8")
)
OPERATIONS: dict[str, Any] = DOCUMENT["operations"]


def resolve(ref: str) -> Any:
    target: Any = DOCUMENT
    for part in ref.removeprefix("#/").split("/"):
        target = target[part]
    return target


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_it_says_which_version_it_is():
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"].keys() >= {"title", "version"}
    assert all({"host", "protocol"} <= server.keys() for server in DOCUMENT["servers"].values())


def test_every_reference_resolves():
    found = list(references(DOCUMENT))
    assert found
    for ref in found:
        assert ref.startswith("#/")
        resolve(ref)


def test_every_topic_is_a_channel_with_one_message():
    assert set(DOCUMENT["channels"]) == set(all_names())
    for name, channel in DOCUMENT["channels"].items():
        assert channel["address"] == name
        assert len(channel["messages"]) == 1
        binding = channel["bindings"]["kafka"]
        assert binding["topic"] == name
        if name in BY_NAME:
            assert binding["partitions"] == BY_NAME[name].partitions


def test_every_message_is_in_use():
    used = {
        message["$ref"]
        for channel in DOCUMENT["channels"].values()
        for message in channel["messages"].values()
    }
    assert used == {f"#/components/messages/{name}" for name in DOCUMENT["components"]["messages"]}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_names_its_channel_and_message(name: str):
    operation = OPERATIONS[name]
    service, action, channel = name.split(".", 2)
    assert service in SERVICES
    assert operation["action"] == action
    assert operation["channel"]["$ref"] == f"#/channels/{channel}"
    for message in operation["messages"]:
        assert message["$ref"].startswith(f"#/channels/{channel}/messages/")


def test_operations_are_those_of_the_catalogue():
    wanted = {f"{s}.send.{t.name}" for t in TOPICS for s in t.producers}
    wanted |= {f"{s}.receive.{t.name}" for t in TOPICS for s in t.consumers}
    wanted |= {f"{s}.send.{s}.dlq" for s in SERVICES}
    assert set(OPERATIONS) == wanted


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_examples_of_a_message_fit_its_headers_and_payload(topic: Any):
    message = DOCUMENT["components"]["messages"][topic.event.__name__]
    assert message["name"] == topic.event.TYPE
    assert message["examples"]
    for example in message["examples"]:
        for part in ("headers", "payload"):
            rooted = {"components": DOCUMENT["components"], **message[part]}
            errors = Draft202012Validator(rooted).iter_errors(example[part])
            assert [error.message for error in errors] == []


def test_headers_of_another_type_do_not_fit():
    message = DOCUMENT["components"]["messages"]["SceneGenerated"]
    rooted = {"components": DOCUMENT["components"], **message["headers"]}
    headers = message["examples"][0]["headers"] | {"ce_type": "filmstudio.job.updated.v1"}
    assert not Draft202012Validator(rooted).is_valid(headers)
