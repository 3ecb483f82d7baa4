"""The contenders as data: their processes, what they stand on, what they promise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.orchestration.servers import KAFKA, POSTGRES, REDIS, Servers
from tests.ports import free_port

OUR_CONCURRENCY = 64
_PEERS = "bench.orchestration.peers"


def _nothing(_: Servers) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """One process: ``words`` after the interpreter, and its own environment."""

    name: str
    words: tuple[str, ...]
    environment: Callable[[Servers], Mapping[str, str]] = field(default=_nothing)


@dataclass(frozen=True, slots=True)
class Contender:
    """``desks`` take jobs (and may work too), ``workers`` work. ``unit``: what is counted."""

    name: str
    title: str
    needs: tuple[str, ...]
    desks: tuple[Part, ...]
    workers: tuple[Part, ...]
    setup: tuple[str, ...] | None
    unit: str
    keeps: str
    peer: bool = True

    @property
    def processes(self) -> int:
        return len(self.desks) + len(self.workers)


def _as_service(role: str) -> Callable[[Servers], Mapping[str, str]]:
    return lambda servers: {
        "DATABASE_URL": servers.dsn(role),
        "OBJECTS_SIGNING_KEY": "bench",
        "WORK_CONCURRENCY": str(OUR_CONCURRENCY),
        "LOG_LEVEL": "WARNING",
        "HTTP_PORT": str(free_port()),
    }


def _ours(role: str, word: str) -> Part:
    return Part(role, ("-m", "bench.orchestration.ours", word), _as_service(role))


def _peer(name: str, module: str, word: str) -> Part:
    return Part(name, ("-m", f"{_PEERS}.{module}", word))


def _celery_worker() -> Part:
    words = ("-m", "celery", "-A", f"{_PEERS}.celery_peer", "worker", "--pool", "prefork")
    words += ("--concurrency", "2", "--loglevel", "WARNING", "--without-mingle", "--without-gossip")
    return Part("worker", words)


CONTENDERS = (
    Contender(
        name="ours",
        title="AI Film Studio runtime",
        needs=(POSTGRES, KAFKA),
        desks=(_ours("gateway", "desk"),),
        workers=tuple(
            _ours(role, role) for role in ("transcriber", "scripter", "generator", "stitcher")
        ),
        setup=None,
        unit="Kafka records",
        keeps="every step and every event committed with fsync; a dead worker's scene is taken up"
        " by another process",
        peer=False,
    ),
    Contender(
        name="procrastinate",
        title="procrastinate",
        needs=(POSTGRES,),
        desks=(_peer("desk", "procrastinate_peer", "desk"),),
        workers=tuple(_peer(f"worker{n}", "procrastinate_peer", "work") for n in (1, 2)),
        setup=("-m", f"{_PEERS}.procrastinate_peer", "setup"),
        unit="jobs",
        keeps="every step committed with fsync; the next step is deferred beside, not with, the"
        " end of the last",
    ),
    Contender(
        name="dbos",
        title="DBOS Transact",
        needs=(POSTGRES,),
        desks=tuple(_peer(f"app{n}", "dbos_peer", f"app{n}") for n in (1, 2)),
        workers=(),
        setup=("-m", f"{_PEERS}.dbos_peer", "setup"),
        unit="step rows",
        keeps="every step committed with fsync; all scenes of a job run in one process",
    ),
    Contender(
        name="celery",
        title="Celery + Redis",
        needs=(REDIS,),
        desks=(_peer("desk", "celery_peer", "desk"),),
        workers=(_celery_worker(),),
        setup=None,
        unit="tasks",
        keeps="appendfsync always; a dead worker's task comes again after the visibility timeout"
        " (an hour), results are not tied to the steps they cause",
    ),
)
