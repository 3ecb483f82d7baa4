"""Reads what lies on the bus, and puts some of it there again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from contracts.topics import TOPICS, all_names

EVENT_TOPICS = tuple(topic.name for topic in TOPICS)


@dataclass(frozen=True, slots=True)
class Contents:
    """How often each event id lies in each topic, and what lies among the dead letters."""

    events: Mapping[str, Counter[str]]
    dead: Sequence[str] = ()

    def after(self, lost: "Contents | None") -> "Contents":
        """These events on top of those of a bus that was lost before."""
        if lost is None:
            return self
        topics = {topic: lost.events[topic] + ids for topic, ids in self.events.items()}
        return Contents(topics, (*lost.dead, *self.dead))

    @property
    def duplicates(self) -> int:
        """Records whose event was there already."""
        return sum(sum(ids.values()) - len(ids) for ids in self.events.values())


async def contents(bootstrap: str) -> Contents:
    """Everything on the bus."""
    events: dict[str, Counter[str]] = {topic: Counter() for topic in EVENT_TOPICS}
    dead: list[str] = []
    for record in await _read(bootstrap, all_names(), newest=None):
        headers = dict(record.headers)
        if record.topic in events:
            events[record.topic][headers.get("ce_id", b"").decode()] += 1
        else:
            reason = headers.get("dlq_reason", b"").decode()
            dead.append(f"{record.topic}: {reason} {headers.get('ce_id', b'').decode()}")
    return Contents(events, dead)


async def repeat_newest(bootstrap: str, newest: int) -> int:
    """Publish the newest records of every partition again, as they are; how many."""
    records = await _read(bootstrap, EVENT_TOPICS, newest=newest)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(
                record.topic, record.value, key=record.key, headers=list(record.headers)
            )
    finally:
        await producer.stop()
    return len(records)


async def _read(bootstrap: str, topics: Sequence[str], *, newest: int | None) -> list[Any]:
    """The records that are there now: all, or the newest of each partition."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        places = list(consumer.assignment())
        firsts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            newer = 0 if newest is None else ends[place] - newest
            consumer.seek(place, max(firsts[place], newer))
        records: list[Any] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, batch in (await consumer.getmany(timeout_ms=200)).items():
                records += [record for record in batch if record.offset < ends[place]]
        return records
    finally:
        await consumer.stop()
