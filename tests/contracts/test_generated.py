"""What is generated is up to date, and the map names every topic and service."""

import yaml
from contracts.events import EVENTS
from contracts.generate import orphans, outputs, repository, stale
from contracts.topics import DEAD_LETTER_RETENTION_DAYS, SERVICES, TOPICS, all_names

ROOT = repository()
DAY_MS = 86_400_000


def test_generated_files_are_up_to_date():
    assert stale(ROOT, outputs()) == [], "run `make contracts`"


def test_nothing_lies_in_the_generated_folders_by_hand():
    assert orphans(ROOT, outputs()) == []


def test_the_map_names_every_topic_event_and_service():
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    for topic in TOPICS:
        assert f"### {topic.name}\n" in page
        for service in topic.producers:
            assert f"  {service} --> {topic.name.replace('.', '_')}\n" in page
    assert all(event.TYPE in page for event in EVENTS)
    assert all(service in page for service in SERVICES)


def test_every_picture_arrow_leads_somewhere():
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    picture = page.split("```mermaid\n")[1].split("```")[0].splitlines()[1:]
    nodes = {line.split("(")[0].strip() for line in picture if "([" in line} | set(SERVICES)
    arrows = [line.strip().split(" --> ") for line in picture if " --> " in line]
    assert {end for arrow in arrows for end in arrow} == nodes


def test_kubernetes_gets_every_topic():
    text = (ROOT / "deploy/k8s/base/kafka-topics.yaml").read_text(encoding="utf-8")
    objects = list(yaml.safe_load_all(text))
    assert {thing["spec"]["topicName"] for thing in objects} == set(all_names())
    names = [thing["metadata"]["name"] for thing in objects]
    assert len(set(names)) == len(names)
    assert all("_" not in name for name in names)
    for thing in objects:
        dead = thing["spec"]["topicName"].endswith(".dlq")
        days = thing["spec"]["config"]["retention.ms"] / DAY_MS
        assert (days == DEAD_LETTER_RETENTION_DAYS) == dead
