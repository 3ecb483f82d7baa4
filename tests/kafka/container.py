"""The same real Apache Kafka in a container, for machines with Docker and without Java."""

import subprocess
from contextlib import suppress
from typing import Self

from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

from tests.kafka.broker import free_port
from tests.kafka.jars import kafka_version

_STARTED = "Kafka Server started"
_READY_WITHIN = 90


class ContainerKafka:
    """One KRaft node; its data lives as long as its container. A context manager."""

    def __init__(self) -> None:
        self._port = free_port()
        self._container: DockerContainer | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Make the container, or start it again on the data there is."""
        if self._container is None:
            self._container = self._new()
            self._container.start()
        else:
            self._container.get_wrapped_container().start()
        wait_for_logs(self._container, _STARTED, timeout=_READY_WITHIN)
        return self

    def stop(self) -> None:
        """Let the node end in order."""
        if self._container is not None:
            self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        """End the node without warning (SIGKILL)."""
        if self._container is not None:
            self._container.get_wrapped_container().kill()

    def lose_data(self) -> None:
        """Forget everything it holds."""
        if self._container is not None:
            self._container.stop()
            self._container = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.lose_data()

    def _new(self) -> DockerContainer:
        settings = {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.bootstrap}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        }
        container = DockerContainer(f"apache/kafka:{kafka_version()}")
        container.with_kwargs(ports={"9092/tcp": ("127.0.0.1", self._port)})
        for name, value in settings.items():
            container.with_env(name, value)
        return container


def docker_runs() -> bool:
    """Whether a Docker daemon answers."""
    with suppress(OSError, subprocess.SubprocessError):
        words = ["docker", "info", "--format", "{{.ServerVersion}}"]
        return subprocess.run(words, capture_output=True, timeout=10, check=False).returncode == 0
    return False
