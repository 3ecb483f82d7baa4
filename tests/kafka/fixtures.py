"""How a test gets a real Apache Kafka, or says what to install; in CI it may not do without."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from tests.kafka.broker import JAVA, ApacheKafka, java_found
from tests.kafka.container import ContainerKafka, docker_runs
from tests.kafka.jars import fetched

_HOW = f"install Java {JAVA}+ and Maven and run 'make kafka', or start Docker"


@contextmanager
def kafka_or_skip() -> Generator[ApacheKafka | ContainerKafka, None, None]:
    """A running node of its own for as long as the block lasts; skips the test without one.

    Where the environment says ``CI=true`` the test fails instead.
    """
    if java_found() and fetched():
        with (
            tempfile.TemporaryDirectory(prefix="kafka-") as folder,
            ApacheKafka(Path(folder)) as kafka,
        ):
            yield kafka
    elif docker_runs():
        with ContainerKafka() as kafka:
            yield kafka
    else:
        _go_without(f"no real Apache Kafka here: {_HOW}")


def java_or_skip(what: str) -> None:
    """Skips a test that does ``what`` to its broker, which one in a container does not allow.

    Where the environment says ``CI=true`` the test fails instead.
    """
    if not (java_found() and fetched()):
        _go_without(
            f"{what} needs a broker of its own: install Java {JAVA}+ and Maven, 'make kafka'"
        )


def _go_without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def apache_kafka() -> Generator[ApacheKafka | ContainerKafka, None, None]:
    """One node for the whole run; tests use topics and groups of their own."""
    with kafka_or_skip() as kafka:
        yield kafka
