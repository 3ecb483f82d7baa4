"""The catalogue of topics keeps the rules of the bus."""

import re
from collections import Counter

import pytest
from contracts.events import BY_TYPE, EVENTS, StageFailed
from contracts.topics import (
    BY_EVENT,
    DEAD_LETTER_RETENTION_DAYS,
    PARTITIONS,
    RETENTION_DAYS,
    SERVICES,
    STAGES,
    TOPICS,
    Topic,
    all_names,
    dead_letters,
    topic_of,
)

GIVEN = {
    "import.requested",
    "transcript.ready",
    "scenes.planned",
    "scene.generated",
    "video.stitched",
    "upload.requested",
}

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def test_the_given_names_are_there():
    assert {topic.name for topic in TOPICS} >= GIVEN


def test_every_event_has_one_topic_and_one_type():
    assert list(BY_EVENT) == [topic.event for topic in TOPICS]
    assert set(BY_EVENT) == set(EVENTS)
    assert len(BY_TYPE) == len(EVENTS)


@each_topic
def test_a_topic_has_one_producer_and_a_consumer(topic: Topic):
    if topic.event is StageFailed:
        assert topic.producers == STAGES
    else:
        assert len(topic.producers) == 1
    assert topic.consumers
    assert not set(topic.producers) & set(topic.consumers), "a service does not talk to itself"


@each_topic
def test_services_are_known_and_named_once(topic: Topic):
    for services in (topic.producers, topic.consumers):
        assert set(services) <= set(SERVICES)
        assert len(set(services)) == len(services)


def test_every_service_takes_part():
    heard = {service for topic in TOPICS for service in topic.consumers}
    said = {service for topic in TOPICS for service in topic.producers}
    assert heard == set(SERVICES)
    assert said == set(SERVICES)


def test_the_projector_reads_every_topic_but_its_own():
    for topic in TOPICS:
        assert ("projector" in topic.consumers) == ("projector" not in topic.producers)


def test_every_stage_hears_of_a_cancelled_job():
    assert set(BY_EVENT[BY_TYPE["filmstudio.job.cancelled.v1"]].consumers) >= set(STAGES)


def test_every_consumer_has_a_dead_letter_topic():
    consumers = {service for topic in TOPICS for service in topic.consumers}
    names = all_names()
    assert {dead_letters(service) for service in consumers} == {
        name for name in names if name.endswith(".dlq")
    }


@each_topic
def test_the_type_is_the_name_with_a_version(topic: Topic):
    assert re.fullmatch(r"filmstudio\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*", topic.event.TYPE)
    assert topic.event.TYPE.startswith(f"filmstudio.{topic.name}.v")
    assert topic_of(topic.event) == topic.name


def test_no_two_names_collide():
    # Kafka's metric names turn dots into underscores.
    flat = Counter(name.replace(".", "_") for name in all_names())
    assert [name for name, count in flat.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(?:[._][a-z]+)*", name) for name in all_names())


@each_topic
def test_partitions_and_retention_are_the_house_values(topic: Topic):
    assert topic.partitions == PARTITIONS
    assert topic.retention_days in {RETENTION_DAYS, DEAD_LETTER_RETENTION_DAYS}


@each_topic
def test_a_topic_says_what_it_is_for(topic: Topic):
    assert topic.purpose.endswith(".")
    assert topic.event.__doc__
