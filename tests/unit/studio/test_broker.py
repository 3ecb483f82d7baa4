"""The embedded broker: real clients write and read; as a process it ends with its parent."""

import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from studio.embedded.broker import MockBroker, command, parse_topics
from studio.process import Child, Command
from studio.waiting import until


async def _write(bootstrap: str, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        await producer.start()
        for value in values:
            await producer.send_and_wait(topic, value, key=b"job")
    finally:
        await producer.stop()


async def _read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id="readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=10,
        session_timeout_ms=6000,
    )
    await consumer.start()
    try:
        values = [(await consumer.getone()).value for _ in range(count)]
        await consumer.commit()
    finally:
        await consumer.stop()
    return values


async def test_what_is_written_is_read_in_order_and_a_group_carries_on() -> None:
    with MockBroker({"scene.generated": 3}) as broker:
        await _write(broker.bootstrap, "scene.generated", b"1", b"2", b"3")
        assert await _read(broker.bootstrap, "scene.generated", 2) == [b"1", b"2"]
        assert await _read(broker.bootstrap, "scene.generated", 1) == [b"3"]


async def test_a_topic_has_the_partitions_it_was_made_with() -> None:
    with MockBroker({"six": 6}) as broker:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        try:
            assert await producer.partitions_for("six") == set(range(6))
        finally:
            await producer.stop()


async def test_a_broker_that_was_down_takes_up_again() -> None:
    with MockBroker({"t": 1}) as broker:
        broker.down()
        with pytest.raises(KafkaConnectionError):
            await _write(broker.bootstrap, "t", b"1")
        broker.up()
        await _write(broker.bootstrap, "t", b"2")
        assert await _read(broker.bootstrap, "t", 1) == [b"2"]


def test_a_topic_cannot_be_made_twice() -> None:
    with MockBroker({"t": 1}) as broker, pytest.raises(ValueError, match="'t' with 2 partitions"):
        broker.create_topic("t", 2)


def test_closing_twice_does_nothing() -> None:
    broker = MockBroker()
    broker.close()
    broker.close()


@pytest.mark.parametrize("word", ["t", "t:", ":3", "t:x", ""])
def test_what_is_no_topic_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="not name:partitions"):
        parse_topics([word])


def test_topic_names_may_have_dots() -> None:
    assert parse_topics(["scene.generated:4", "gateway.dlq:1"]) == {
        "scene.generated": 4,
        "gateway.dlq": 1,
    }


async def test_as_a_process_it_tells_its_address_and_ends_when_told(tmp_path: Path) -> None:
    address = tmp_path / "address"
    argv = tuple(command(address, {"t": 2}))
    child = await Child.start(Command("broker", argv, tmp_path / "log"))
    try:

        async def told() -> bool:
            return address.exists()

        assert await until(told, within=20), (tmp_path / "log").read_text()
        await _write(address.read_text(), "t", b"1")
        assert await _read(address.read_text(), "t", 1) == [b"1"]
    finally:
        in_order = await child.stop(grace=10)
    assert in_order
    assert not address.exists()


async def test_it_ends_with_the_signal_it_was_sent(tmp_path: Path) -> None:
    address = tmp_path / "address"
    argv = tuple(command(address, {}))
    child = await Child.start(Command("broker", argv, tmp_path / "log", stop_signal=signal.SIGINT))

    async def ready() -> bool:
        return address.exists()

    assert await until(ready, within=20)
    assert await child.stop(grace=20)
