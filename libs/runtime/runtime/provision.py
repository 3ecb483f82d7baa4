"""Creates the catalogue's topics on a Kafka. ``python -m runtime.provision`` is safe to repeat."""

import asyncio
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from contracts import topics

from runtime.settings import RuntimeSettings

log = structlog.get_logger()

DAY_MS = 86_400_000


def wanted(partitions: int | None, replication: int) -> list[NewTopic]:
    """Every topic as it should be; ``partitions`` overrides the catalogue's on small brokers."""
    rows = [(t.name, t.partitions, t.retention_days) for t in topics.TOPICS]
    rows += [
        (name, 1, topics.DEAD_LETTER_RETENTION_DAYS)
        for name in topics.all_names()
        if name not in topics.BY_NAME
    ]
    return [
        NewTopic(
            name=name,
            num_partitions=partitions or count,
            replication_factor=replication,
            topic_configs={
                "retention.ms": str(days * DAY_MS),
                "max.message.bytes": str(topics.MAX_MESSAGE_BYTES),
            },
        )
        for name, count, days in rows
    ]


async def provision(
    bootstrap_servers: str, *, partitions: int | None = None, replication: int = 1
) -> list[str]:
    """Create what is missing; the names of what was created."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        reply: Any = await admin.create_topics(wanted(partitions, replication))
        created: list[str] = []
        for name, code, *_ in reply.topic_errors:
            if code == 0:
                created.append(name)
            elif for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)(name)
        return created
    finally:
        await admin.close()


def main() -> None:
    """Create the topics on KAFKA_BOOTSTRAP_SERVERS."""
    settings = RuntimeSettings()
    created = asyncio.run(provision(settings.kafka_bootstrap_servers))
    log.info("provisioned", created=created)


if __name__ == "__main__":
    main()
