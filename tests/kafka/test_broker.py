"""The real Apache Kafka keeps what it was told through kills, until its data is lost."""

from collections.abc import Generator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.kafka import fixtures
from tests.kafka.broker import ApacheKafka
from tests.kafka.container import ContainerKafka
from tests.kafka.fixtures import java_or_skip, kafka_or_skip
from tests.kafka.jars import kafka_version

pytestmark = pytest.mark.kafka
Kafka = ApacheKafka | ContainerKafka


@pytest.fixture(scope="module")
def kafka() -> Generator[Kafka, None, None]:
    with kafka_or_skip() as broker:
        yield broker


async def _make_topic(kafka: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    finally:
        await admin.close()


async def _write(kafka: Kafka, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=b"job")
    finally:
        await producer.stop()


async def _read(kafka: Kafka, topic: str, group: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        values = [(await consumer.getone()).value for _ in range(count)]
        await consumer.commit()
    finally:
        await consumer.stop()
    return [value for value in values if value is not None]


async def test_what_was_confirmed_survives_a_kill_and_the_group_carries_on(kafka: Kafka) -> None:
    topic, group = f"kept-{uuid4()}", f"group-{uuid4()}"
    await _make_topic(kafka, topic)
    await _write(kafka, topic, b"1", b"2", b"3")
    assert await _read(kafka, topic, group, 2) == [b"1", b"2"]
    kafka.kill()
    kafka.start()
    assert await _read(kafka, topic, group, 1) == [b"3"]


async def test_an_orderly_stop_keeps_everything(kafka: Kafka) -> None:
    topic = f"stopped-{uuid4()}"
    await _make_topic(kafka, topic)
    await _write(kafka, topic, b"1")
    kafka.stop()
    kafka.start()
    await _write(kafka, topic, b"2")
    assert await _read(kafka, topic, "any", 2) == [b"1", b"2"]


async def test_lost_data_is_gone(kafka: Kafka) -> None:
    topic = f"lost-{uuid4()}"
    await _make_topic(kafka, topic)
    await _write(kafka, topic, b"1")
    kafka.kill()
    kafka.lose_data()
    kafka.start()
    await _make_topic(kafka, topic)
    await _write(kafka, topic, b"2")
    assert await _read(kafka, topic, "any", 1) == [b"2"]


def test_without_a_kafka_it_skips_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixtures, "java_found", lambda: False)
    monkeypatch.setattr(fixtures, "docker_runs", lambda: False)
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="install Java"), kafka_or_skip():
        pass


def test_without_a_kafka_it_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixtures, "java_found", lambda: False)
    monkeypatch.setattr(fixtures, "docker_runs", lambda: False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make kafka"), kafka_or_skip():
        pass


@pytest.mark.parametrize(
    ("ci", "raised"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_a_container_does_not_do_for_what_kills_its_broker(
    ci: str, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixtures, "java_found", lambda: False)
    monkeypatch.setattr(fixtures, "docker_runs", lambda: True)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(raised, match="install Java"):
        java_or_skip("killing the broker")


def test_the_pom_names_a_current_kafka() -> None:
    assert kafka_version().startswith("4.")
