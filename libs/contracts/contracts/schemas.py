"""The JSON Schema of every event, as other systems and other languages read it."""

from typing import Any, Final

from contracts.topics import Topic

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def version_of(topic: Topic) -> int:
    """The version at the end of the event's type: 1 for ``filmstudio.scene.generated.v1``."""
    return int(topic.event.TYPE.rsplit(".v", 1)[1])


def file_name(topic: Topic) -> str:
    """The schema's file: ``scene.generated.v1.schema.json``."""
    return f"{topic.name}.v{version_of(topic)}.schema.json"


def schema_of(topic: Topic) -> Schema:
    """What a consumer accepts as a body: fields with a default may be missing."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:filmstudio:{topic.name}:v{version_of(topic)}",
        **topic.event.model_json_schema(mode="validation"),
    }
