"""The page ``docs/events.md``: the map of the bus, and what every event carries."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.events import Event
from contracts.schemas import file_name, schema_of, version_of
from contracts.topics import (
    DEAD_LETTER_RETENTION_DAYS,
    MAX_MESSAGE_BYTES,
    PARTITIONS,
    RETENTION_DAYS,
    TOPICS,
    Topic,
)

Schema = Mapping[str, Any]

WATCHER: Final = "projector"

_HEAD: Final = f"""\
# Events

Made by `python -m contracts.generate` from `libs/contracts`; edit that, not this page.
The same catalogue gives [asyncapi.json](asyncapi.json), the JSON Schemas in
`libs/contracts/schemas`, the examples in `libs/contracts/examples` and the Kubernetes topics.

## How records look
**Envelope.** CloudEvents 1.0 in binary mode. The attributes are record headers (`ce_id`, `ce_type`,
`ce_source`, `ce_subject`, `ce_time`, `ce_causeid`, `traceparent`, `content-type`), the body is
the event as JSON. `ce_id` follows from what caused the event, so a record that is published twice
is recognised. Texts and media never ride on the bus: events carry an `ObjectRef`.

**Key.** The job id, so the events of one job lie in one partition. The events of one service may
still be published in either order when two workers finish together; consumers do not rely on it.

**Topics.** One event type each, {PARTITIONS} partitions, {RETENTION_DAYS} days, at most
{MAX_MESSAGE_BYTES:,} bytes a record. Delivery is at least once.

**Dead letters.** Bytes that are no event of ours go to `<service>.dlq`
({DEAD_LETTER_RETENTION_DAYS} days) with their own key, headers and body, and `dlq_reason`,
`dlq_error`, `dlq_topic`, `dlq_partition`, `dlq_offset`, `dlq_service` added. A job that fails is
no dead letter: it is `stage.failed`.

**Evolution.** Within a version only optional fields are added; readers ignore fields they do not
know. A new value of an enumeration is safe once every consumer has been shipped, so consumers go
first. Anything else is a new event class with its own `.v2` type, written beside the old one until
every consumer has moved. `python -m contracts.generate --check --against DIR` tells them apart.

## Who says what to whom
"""


def page() -> str:
    """The page as Markdown."""
    return _HEAD + "\n".join(_body()) + "\n"


def _body() -> Iterator[str]:
    yield "```mermaid"
    yield from _picture()
    yield "```"
    yield f"The {WATCHER} reads every topic but its own; its arrows show only where it is alone."
    yield ""
    yield "| topic | what it says | producers | consumers | partitions | days |"
    yield "|---|---|---|---|---|---|"
    for topic in TOPICS:
        row = (
            f"[{topic.name}](#{_anchor(topic.name)})",
            topic.purpose,
            ", ".join(topic.producers),
            ", ".join(topic.consumers),
            str(topic.partitions),
            str(topic.retention_days),
        )
        yield f"| {' | '.join(row)} |"
    yield ""
    yield "## What they carry"
    yield "Every event carries `job_id`, `user_id` and `project_id`; its own fields are listed."
    for topic in TOPICS:
        yield from _event(topic)
    yield ""
    yield "## Shared shapes"
    for name, shape in sorted(_shapes().items()):
        yield from _shape(name, shape)


def _picture() -> Iterator[str]:
    yield "flowchart LR"
    for topic in TOPICS:
        node = topic.name.replace(".", "_")
        yield f"  {node}([{topic.name}])"
        for service in topic.producers:
            yield f"  {service} --> {node}"
        for service in topic.consumers:
            if service != WATCHER or len(topic.consumers) == 1:
                yield f"  {node} --> {service}"


def _event(topic: Topic) -> Iterator[str]:
    schema = schema_of(topic)
    own = {n: f for n, f in schema["properties"].items() if n not in Event.model_fields}
    yield ""
    yield f"### {topic.name}"
    version = version_of(topic)
    yield (
        f"{schema.get('description', topic.purpose)} `{topic.event.TYPE}`,"
        f" [schema](../libs/contracts/schemas/{file_name(topic)}),"
        f" [examples](../libs/contracts/examples/{topic.name}/{version})."
    )
    if own:
        yield ""
        yield from _fields(own, schema.get("required", ()))


def _shape(name: str, shape: Schema) -> Iterator[str]:
    yield ""
    yield f"### {name}"
    yield str(shape.get("description", "")).split("\n", 1)[0]
    if "enum" in shape:
        yield ", ".join(f"`{value}`" for value in shape["enum"])
        return
    yield ""
    yield from _fields(shape["properties"], shape.get("required", ()))


def _fields(properties: Schema, required: object) -> Iterator[str]:
    needed = set(required) if isinstance(required, list | tuple) else set[str]()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    yield "| field | type | needed | |"
    yield "|---|---|---|---|"
    for name, field in properties.items():
        note = [str(field["description"])] if "description" in field else []
        if field.get("default") not in (None, "", [], ()):
            note.append(f"default {_default(field['default'])}")
        yield (
            f"| `{name}` | {_type(field)} | {'yes' if name in needed else 'no'} |"
            f" {'; '.join(note)} |"
        )


def _default(value: object) -> str:
    return "all its own defaults" if isinstance(value, dict) else f"`{value}`"


def _type(field: Schema) -> str:
    if "$ref" in field:
        name = str(field["$ref"]).rsplit("/", 1)[1]
        return f"[{name}](#{_anchor(name)})"
    if "anyOf" in field:
        kinds = [_type(kind) for kind in field["anyOf"] if kind.get("type") != "null"]
        return " or ".join(kinds) + ("" if len(kinds) == len(field["anyOf"]) else " or null")
    if field.get("type") == "array":
        count = _between(field.get("minItems"), field.get("maxItems"))
        return f"list of {_type(field['items'])}{count and f', {count} of them'}"
    word = str(field.get("format") or field.get("type") or "anything")
    low = field.get("minimum", field.get("minLength"))
    bounds = _between(low, field.get("maximum", field.get("maxLength")))
    return word + (bounds and f" ({bounds})")


def _between(low: object, high: object) -> str:
    if low is None:
        return "" if high is None else f"up to {high}"
    return f"{low} or more" if high is None else f"{low} to {high}"


def _shapes() -> dict[str, Schema]:
    shapes: dict[str, Schema] = {}
    for topic in TOPICS:
        shapes |= schema_of(topic).get("$defs", {})
    return shapes


def _anchor(heading: str) -> str:
    return heading.lower().replace(".", "")
