"""The catalogue as Strimzi ``KafkaTopic`` objects, for ``deploy/k8s``."""

from typing import Final

from contracts.topics import (
    DEAD_LETTER_RETENTION_DAYS,
    MAX_MESSAGE_BYTES,
    TOPICS,
    all_names,
)

CLUSTER: Final = "filmstudio"
REPLICAS: Final = 3
MIN_IN_SYNC: Final = 2
DAY_MS: Final = 86_400_000

_OBJECT: Final = """\
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: {object_name}
  labels:
    strimzi.io/cluster: {cluster}
spec:
  topicName: {name}
  partitions: {partitions}
  replicas: {replicas}
  config:
    retention.ms: {retention_ms}
    min.insync.replicas: {min_in_sync}
    max.message.bytes: {max_bytes}
"""


def manifest() -> str:
    """One YAML document per topic, dead letters included."""
    rows = [(topic.name, topic.partitions, topic.retention_days) for topic in TOPICS]
    live = {topic.name for topic in TOPICS}
    rows += [(name, 1, DEAD_LETTER_RETENTION_DAYS) for name in all_names() if name not in live]
    head = "# Made by `python -m contracts.generate` from the catalogue of topics.\n"
    return head + "".join(
        _OBJECT.format(
            object_name=name.replace("_", "-"),  # Kubernetes names know no underscore
            cluster=CLUSTER,
            name=name,
            partitions=partitions,
            replicas=REPLICAS,
            retention_ms=days * DAY_MS,
            min_in_sync=MIN_IN_SYNC,
            max_bytes=MAX_MESSAGE_BYTES,
        )
        for name, partitions, days in rows
    )
