"""Our contender: the real runtime with toy handlers, one process per service, and a submitter.

``python -m bench.orchestration.ours <service>`` runs a service; ``… desk`` takes jobs as the
gateway does: the request is an outbox row, a relay publishes it.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import AdminClient
from contracts.events import (
    Clip,
    GenerationRequested,
    GenerationSettings,
    ImportRequested,
    ObjectRef,
    PlannedScene,
    SceneGenerated,
    ScenesPlanned,
    Source,
    TranscriptReady,
    VideoStitched,
)
from contracts.topics import all_names, topic_of
from contracts.values import SourceKind
from runtime import outbox
from runtime.batching import Batcher
from runtime.bus import KafkaPublisher, make_broker
from runtime.db import Database
from runtime.relay import Relay
from runtime.service import Service, run
from runtime.settings import RuntimeSettings
from runtime.work import Done, Follow, FollowRoute, Outcome, Route, Work

from bench.orchestration.desk import attend

SCENES = 12


def ref(name: str) -> ObjectRef:
    return ObjectRef(
        key=f"users/u/projects/p/{name}", size=1_000_000, sha256="0" * 64, content_type="video/mp4"
    )


async def transcribe(event: ImportRequested, _: Work) -> Outcome:
    ready = TranscriptReady.caused_by(
        event,
        script_id=event.script_id,
        transcript=ref("transcript.json"),
        language="en",
        origin="upload",
        segments=40,
        seconds=60.0,
    )
    return Done([ready])


async def write(event: TranscriptReady, _: Work) -> Outcome:
    wish = GenerationRequested.caused_by(event, script_id=event.script_id, script=ref("script"))
    return Done([wish])


async def plan(event: GenerationRequested, _: Work) -> Outcome:
    scenes = tuple(
        PlannedScene(
            index=n,
            title=f"Scene {n}",
            prompt="A quiet harbour at dawn, boats rocking, a lone figure walks along the pier",
            frames=150,
        )
        for n in range(SCENES)
    )
    planned = ScenesPlanned.caused_by(
        event,
        script_id=event.script_id,
        plan=ref("plan.json"),
        title="A film",
        settings=GenerationSettings(),
        scenes=scenes,
    )
    return Done([planned])


async def generate(event: ScenesPlanned, work: Work) -> Outcome:
    clip = Clip(video=ref("c.mp4"), poster=ref("c.jpg"), width=1280, height=720, fps=30, frames=150)
    made = SceneGenerated.caused_by(
        event, scene_index=work.ordinal or 0, scene_count=SCENES, clip=clip, provider="toy"
    )
    return Done([made])


class Mark:
    """The fan-in: a row per scene, committed, then the count; the last one asks for the film."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._mark = Batcher(self._mark_all)

    async def __call__(self, event: SceneGenerated, _: Work) -> Outcome:
        have = await self._mark(event)
        return Done(follow=[Follow("stitch", event)] if have == SCENES else [])

    async def _mark_all(self, events: Sequence[SceneGenerated]) -> Sequence[int]:
        jobs = [event.job_id for event in events]
        await self._db.execute(
            "insert into stitcher.parts (job_id, scene_index, take, clip)"
            " select *, 1, '{}' from unnest($1::uuid[], $2::int[]) on conflict do nothing",
            jobs,
            [event.scene_index for event in events],
        )
        rows = await self._db.fetch(
            "select job_id, count(*) as n from stitcher.parts where job_id = any($1)"
            " group by job_id",
            jobs,
        )
        have = {row["job_id"]: row["n"] for row in rows}
        return [have[job] for job in jobs]


async def stitch(event: SceneGenerated, _: Work) -> Outcome:
    film = VideoStitched.caused_by(
        event,
        video=ref("film.mp4"),
        captions=ref("film.srt"),
        poster=ref("poster.jpg"),
        title="A film",
        width=1280,
        height=720,
        fps=30,
        frames=1800,
        scenes=SCENES,
    )
    return Done([film])


def scenes_of(event: ScenesPlanned) -> Sequence[int]:
    return [scene.index for scene in event.scenes]


def build(name: str) -> Service:
    settings = RuntimeSettings()
    db = Database(settings.database_url, settings.database_pool_size)
    routes: dict[str, tuple[Route | FollowRoute, ...]] = {
        "transcriber": (Route(ImportRequested, "fetch", transcribe),),
        "scripter": (
            Route(TranscriptReady, "write", write),
            Route(GenerationRequested, "plan", plan),
        ),
        "generator": (Route(ScenesPlanned, "generate", generate, fan_out=scenes_of),),
        "stitcher": (
            Route(SceneGenerated, "mark", Mark(db)),
            FollowRoute("stitch", SceneGenerated, stitch),
        ),
    }
    return Service(name, settings, routes[name], db=db)


class OurDesk:
    """Takes jobs through the gateway's outbox; a job ends when the broker has its last event."""

    def __init__(
        self, db: Database, relay: Relay, consumer: Any, partitions: Mapping[str, int]
    ) -> None:
        self._db = db
        self._relay = relay
        self._consumer = consumer
        self._partitions = partitions

    async def submit(self, job: str) -> None:
        event = ImportRequested(
            job_id=UUID(job),
            user_id=uuid4(),
            project_id=uuid4(),
            script_id=uuid4(),
            source=Source(kind=SourceKind.TEXT, upload=ref("a.txt")),
        )
        async with self._db.transaction() as conn:
            told = await outbox.put(conn, "gateway", [event], cause_id=event.job_id)
        self._relay.offer(told)

    async def _offsets(self, topics: Sequence[str]) -> dict[TopicPartition, int]:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(self._partitions[topic])
        ]
        return await self._consumer.end_offsets(partitions)

    async def done(self) -> int:
        return sum((await self._offsets([topic_of(VideoStitched)])).values())

    async def messages(self) -> int:
        return sum((await self._offsets(all_names())).values())

    async def ends(self) -> dict[str, float]:
        offsets = await self._offsets([topic_of(VideoStitched)])
        self._consumer.assign(list(offsets))
        await self._consumer.seek_to_beginning()
        ends: dict[str, float] = {}
        seen = 0
        while seen < sum(offsets.values()):
            for batch in (await self._consumer.getmany(timeout_ms=500)).values():
                seen += len(batch)
                ends |= {record.key.decode(): record.timestamp / 1000 for record in batch}
        self._consumer.unsubscribe()
        return ends


async def desk() -> None:
    settings = RuntimeSettings()
    db = Database(settings.database_url, settings.database_pool_size)
    await db.open()
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers)
    await consumer.start()
    metadata = AdminClient({"bootstrap.servers": settings.kafka_bootstrap_servers}).list_topics(
        timeout=30
    )
    partitions = {name: len(topic.partitions) for name, topic in metadata.topics.items()}
    async with make_broker(settings, "gateway") as broker:
        relay = Relay(db, "gateway", KafkaPublisher(broker), direct=True)
        publishing = asyncio.create_task(relay.run())
        await attend(OurDesk(db, relay, consumer, partitions))
        relay.stop()
        await publishing
    await consumer.stop()
    await db.close()


def main(part: str) -> None:
    os.environ.setdefault("OBJECTS_SIGNING_KEY", "bench")
    if part == "desk":
        uvloop.run(desk())
    else:
        run(build(part))


if __name__ == "__main__":
    main(sys.argv[1])
