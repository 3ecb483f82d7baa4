"""The AsyncAPI 3.0 document of the bus, made from the catalogue, the models and the examples."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from contracts.envelope import CONTENT_TYPE, SPECVERSION
from contracts.events import EVENTS
from contracts.examples import Example
from contracts.topics import (
    DEAD_LETTER_RETENTION_DAYS,
    MAX_MESSAGE_BYTES,
    TOPICS,
    Topic,
    all_names,
    dead_letters,
)

DAY_MS: Final = 86_400_000
BINDING: Final = "0.5.0"

Part = dict[str, Any]


def document(examples: Iterable[Example]) -> Part:
    """The whole document. Dead-letter channels hold records of any shape."""
    by_topic: dict[str, list[Example]] = {}
    for example in examples:
        by_topic.setdefault(example.topic, []).append(example)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "AI Film Studio events",
            "version": "1.0.0",
            "description": "Facts and wishes on the bus. CloudEvents 1.0 in binary mode: the"
            " attributes are record headers, the event is the JSON body, the key is the job id.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": {topic.name: _channel(topic) for topic in TOPICS}
        | {name: _dead_letter_channel(name) for name in _dead_letter_names()},
        "operations": _operations(),
        "components": {
            "messages": {t.event.__name__: _message(t, by_topic[t.name]) for t in TOPICS}
            | {"DeadLetter": _dead_letter_message()},
            "schemas": _schemas(),
        },
    }


def _dead_letter_names() -> list[str]:
    live = {topic.name for topic in TOPICS}
    return [name for name in all_names() if name not in live]


def _servers() -> Part:
    return {
        "embedded": {
            "host": "127.0.0.1:{port}",
            "protocol": "kafka",
            "description": "The broker that `studio up` starts; it prints the port.",
            "variables": {"port": {"default": "9092"}},
        },
        "compose": {
            "host": "kafka:9092",
            "protocol": "kafka",
            "description": "Apache Kafka inside docker-compose.yml.",
        },
        "kubernetes": {
            "host": "filmstudio-kafka-bootstrap:9092",
            "protocol": "kafka",
            "description": "A Strimzi cluster named filmstudio.",
        },
    }


def _channel(topic: Topic) -> Part:
    name = topic.event.__name__
    return {
        "address": topic.name,
        "title": name,
        "description": topic.purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": _topic_binding(topic.name, topic.partitions, topic.retention_days),
    }


def _dead_letter_channel(name: str) -> Part:
    return {
        "address": name,
        "title": "DeadLetter",
        "description": f"Records that {name.removesuffix('.dlq')} could not read, as they came.",
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        "bindings": _topic_binding(name, 1, DEAD_LETTER_RETENTION_DAYS),
    }


def _topic_binding(name: str, partitions: int, retention_days: int) -> Part:
    return {
        "kafka": {
            "topic": name,
            "partitions": partitions,
            "topicConfiguration": {
                "cleanup.policy": ["delete"],
                "retention.ms": retention_days * DAY_MS,
                "max.message.bytes": MAX_MESSAGE_BYTES,
            },
            "bindingVersion": BINDING,
        }
    }


def _operations() -> Part:
    operations: Part = {}
    for topic in TOPICS:
        for service in topic.producers:
            operations[f"{service}.send.{topic.name}"] = _operation(
                "send", topic.name, topic.event.__name__, f"{service} writes {topic.name}."
            )
        for service in topic.consumers:
            operations[f"{service}.receive.{topic.name}"] = _operation(
                "receive", topic.name, topic.event.__name__, f"{service} reads {topic.name}."
            )
    for name in _dead_letter_names():
        service = name.removesuffix(".dlq")
        operations[f"{service}.send.{dead_letters(service)}"] = _operation(
            "send", name, "DeadLetter", f"{service} sets an unreadable record aside."
        )
    return operations


def _operation(action: str, channel: str, message: str, summary: str) -> Part:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
    }


def _message(topic: Topic, examples: Iterable[Example]) -> Part:
    event = topic.event
    type_is = {"type": "object", "properties": {"ce_type": {"const": event.TYPE}}}
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": topic.purpose,
        "contentType": CONTENT_TYPE,
        "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventsHeaders"}, type_is]},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "the job id"},
                "bindingVersion": BINDING,
            }
        },
        "examples": [_example(example) for example in examples],
    }


def _example(example: Example) -> Part:
    record = example.record()
    return {"name": example.name, "headers": record["headers"], "payload": record["body"]}


def _dead_letter_message() -> Part:
    return {
        "name": "dead letter",
        "title": "DeadLetter",
        "summary": "A record's own key, headers and bytes; dlq_ headers say why and from where.",
        "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
        "payload": {"description": "the bytes as they came"},
    }


def _schemas() -> Part:
    _, collected = models_json_schema(
        [(event, "validation") for event in EVENTS], ref_template="#/components/schemas/{model}"
    )
    own = {"CloudEventsHeaders": _cloudevents(), "DeadLetterHeaders": _dead_letter_headers()}
    return own | collected["$defs"]


def _cloudevents() -> Part:
    uuid = {"type": "string", "format": "uuid"}
    return {
        "title": "CloudEventsHeaders",
        "type": "object",
        "required": [
            "content-type",
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_subject",
            "ce_time",
        ],
        "properties": {
            "content-type": {"const": CONTENT_TYPE},
            "ce_specversion": {"const": SPECVERSION},
            "ce_id": uuid | {"description": "the same for a repeated record: a consumer's guard"},
            "ce_type": {"type": "string", "pattern": r"^filmstudio\..+\.v[0-9]+$"},
            "ce_source": {"type": "string", "pattern": "^/filmstudio/[a-z]+$"},
            "ce_subject": uuid | {"description": "the job id, as in the key"},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_causeid": uuid | {"description": "the event that gave rise to this one"},
            "traceparent": {"type": "string", "description": "W3C trace context"},
        },
    }


def _dead_letter_headers() -> Part:
    return {
        "title": "DeadLetterHeaders",
        "type": "object",
        "required": ["dlq_reason", "dlq_error", "dlq_topic", "dlq_partition", "dlq_offset"],
        "properties": {
            "dlq_reason": {
                "type": "string",
                "examples": ["not_cloudevents", "unknown_type", "invalid_body"],
            },
            "dlq_error": {"type": "string", "maxLength": 500},
            "dlq_topic": {"type": "string"},
            "dlq_partition": {"type": "string", "pattern": "^[0-9]+$"},
            "dlq_offset": {"type": "string", "pattern": "^[0-9]+$"},
            "dlq_service": {"type": "string"},
        },
    }
