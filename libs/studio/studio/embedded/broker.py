"""The embedded broker: librdkafka's Kafka over TCP on 127.0.0.1, in memory.

It speaks the real protocol but keeps nothing: whoever starts one has to publish the outboxes
again. ``python -m studio.embedded.broker --run FILE name:partitions …`` runs one as a process.
"""

import argparse
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.embedded import rdkafka
from studio.leash import tie

_ONLY_BROKER = 1
_ALL_BROKERS = -1
# A group's first member waits this long for others. librdkafka's 3 s would be paid by every
# service at every start; members that come later cause a rebalance, as on any Kafka.
_REBALANCE_DELAY_MS = 100


class MockBroker:
    """A running single-node cluster of this process; a context manager.

    Topics that were not created get 4 partitions at first use. Not for claims about
    transactions, retention or restarts: it has none.
    """

    def __init__(
        self,
        topics: Mapping[str, int] | None = None,
        *,
        rebalance_delay_ms: int = _REBALANCE_DELAY_MS,
    ) -> None:
        self._lib = rdkafka.library()
        self._instance: int | None = rdkafka.new_instance()
        self._cluster: int | None = self._lib.rd_kafka_mock_cluster_new(self._instance, 1)
        self._lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, rebalance_delay_ms)
        self.bootstrap: str = self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        for name, partitions in (topics or {}).items():
            self.create_topic(name, partitions)

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic. Raises ValueError with librdkafka's error number if it refuses."""
        error = self._lib.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if error:
            raise ValueError(f"topic {name!r} with {partitions} partitions: error {error}")

    def down(self) -> None:
        """Close every connection and take no new ones; what was written stays."""
        self._lib.rd_kafka_mock_broker_set_down(self._cluster, _ALL_BROKERS)

    def up(self) -> None:
        """Take connections again."""
        self._lib.rd_kafka_mock_broker_set_up(self._cluster, _ALL_BROKERS)

    def slow(self, milliseconds: int) -> None:
        """Answer every request this much later; 0 is normal."""
        self._lib.rd_kafka_mock_broker_set_rtt(self._cluster, _ALL_BROKERS, milliseconds)

    def fail_next(self, api_key: int, errors: Sequence[int]) -> None:
        """Answer the next requests of this kind with these Kafka error numbers, in order."""
        numbers = (ctypes.c_int * len(errors))(*errors)
        self._lib.rd_kafka_mock_push_request_errors_array(
            self._cluster, api_key, len(errors), numbers
        )

    def close(self) -> None:
        """End the broker and forget what it holds; closing twice does nothing."""
        if self._cluster is not None:
            self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
            self._lib.rd_kafka_destroy(self._instance)
        self._cluster = self._instance = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def command(address_file: Path, topics: Mapping[str, int]) -> list[str]:
    """The command line of a broker process that writes its address into the file when ready."""
    names = [f"{name}:{partitions}" for name, partitions in topics.items()]
    return [sys.executable, "-m", "studio.embedded.broker", "--run", str(address_file), *names]


def parse_topics(words: Sequence[str]) -> dict[str, int]:
    """``name:partitions`` words as a mapping. Raises ValueError on anything else."""
    topics: dict[str, int] = {}
    for word in words:
        name, _, partitions = word.rpartition(":")
        if not name or not partitions.isdigit():
            raise ValueError(f"not name:partitions: {word!r}")
        topics[name] = int(partitions)
    return topics


def _run(address_file: Path, topics: Mapping[str, int]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with MockBroker(topics) as broker:
        written = address_file.with_suffix(".new")
        written.write_text(broker.bootstrap)
        written.replace(address_file)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    address_file.unlink(missing_ok=True)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="studio.embedded.broker", description="an embedded Kafka")
    parser.add_argument("--run", type=Path, required=True, help="write the address to this file")
    parser.add_argument("topics", nargs="*", help="name:partitions; '-' reads them from stdin")
    options = parser.parse_args()
    tie(signal.SIGTERM, os.getppid())
    words: list[str] = options.topics
    _run(options.run, parse_topics(sys.stdin.read().split() if words == ["-"] else words))


if __name__ == "__main__":
    _main()
