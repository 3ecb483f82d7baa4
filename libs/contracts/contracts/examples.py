"""Example records: the story's events with their headers and key, ready for files and documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts.envelope import Envelope
from contracts.story import story
from contracts.story_props import an_id
from contracts.topics import topic_of

START: Final = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
TRACEPARENT: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass(frozen=True, slots=True)
class Example:
    """A record for the file ``<topic>/<version>/<name>.json``."""

    name: str
    envelope: Envelope

    @property
    def topic(self) -> str:
        """The topic the record lies in."""
        return topic_of(self.envelope.event)

    def record(self) -> dict[str, Any]:
        """Headers, key and body as JSON: all fields in ``full``, else what the producer named."""
        return {
            "headers": self.envelope.headers(),
            "key": self.envelope.key,
            "body": self.envelope.event.model_dump(mode="json", exclude_unset=self.name != "full"),
        }


def examples() -> Iterator[Example]:
    """Every example, seven seconds apart; only ``full`` ones carry optional headers."""
    for n, said in enumerate(story()):
        full = said.name == "full"
        envelope = Envelope(
            id=an_id(f"{said.event.TYPE} {said.name}"),
            source=f"/filmstudio/{said.service}",
            time=START + timedelta(seconds=7 * n),
            event=said.event,
            traceparent=TRACEPARENT if full else None,
            cause=an_id(f"cause of {said.event.TYPE}")
            if full and said.service != "gateway"
            else None,
        )
        yield Example(said.name, envelope)
