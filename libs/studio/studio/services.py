"""The seven services as data: how each is started, and what it is told."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts import topics

from studio.embedded.database import DATABASE
from studio.embedded.issuer import Issuer
from studio.embedded.postgres import Postgres
from studio.home import Home
from studio.ports import HOST
from studio.process import Command

GATEWAY, ISSUER, POSTGRES = "gateway", "issuer", "postgres"
# The broker keeps nothing, so a key may move between starts, and fewer partitions make an idle
# laptop quiet: each waiting consumer asks for every one of its partitions, many times a second.
_EMBEDDED_PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where everything is, as the services are told."""

    home: Home
    ports: Mapping[str, int]
    kafka: str
    postgres: Postgres
    issuer: Issuer
    inherited: Mapping[str, str]

    @property
    def api_url(self) -> str:
        """The gateway's address."""
        return f"http://{HOST}:{self.ports[GATEWAY]}"

    @property
    def database_dsn(self) -> str:
        """The superuser's connection string to our database."""
        return self.postgres.dsn(DATABASE)


def _nothing_more(_: Wiring) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Service:
    """One service; ``argv`` is its program, ``more`` its own settings beside everyone's."""

    name: str
    argv: tuple[str, ...]
    more: Callable[[Wiring], Mapping[str, str]] = field(default=_nothing_more)

    def command(self, wiring: Wiring) -> Command:
        """Its process: program, environment and log."""
        return Command(
            name=self.name,
            argv=self.argv,
            log=wiring.home.logs / f"{self.name}.log",
            env={**wiring.inherited, **_everyones(self.name, wiring), **self.more(wiring)},
        )


def _everyones(name: str, wiring: Wiring) -> dict[str, str]:
    return {
        "PYTHONUNBUFFERED": "1",
        "KAFKA_BOOTSTRAP_SERVERS": wiring.kafka,
        "KAFKA_FETCH_MAX_WAIT_MS": "100",  # the embedded broker wakes no waiting fetch
        "KAFKA_SESSION_TIMEOUT_MS": "6000",
        "DATABASE_URL": wiring.postgres.dsn(DATABASE, name, role_password(wiring.home, name)),
        "OBJECTS_URL": wiring.home.objects.as_uri(),
        "OBJECTS_PUBLIC_URL": f"{wiring.api_url}/objects",
        "OBJECTS_SIGNING_KEY": wiring.home.keys.derived("objects"),
        "WORK_LEASE_SECONDS": "10",  # what a killed service held is taken up again this soon
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(wiring.ports[name]),
        "LOG_FORMAT": "json",
    }


def premade_cast(wiring: Wiring) -> Command:
    """What puts the premade characters into database and store; done again, it changes nothing."""
    # Premade rows belong to nobody: only the schema's owner may write them.
    owner = {"DATABASE_URL": wiring.database_dsn}
    return Command(
        name="premade cast",
        argv=(sys.executable, "-m", f"{GATEWAY}.premade"),
        log=wiring.home.logs / "premade.log",
        env={**wiring.inherited, **_everyones(GATEWAY, wiring), **owner},
    )


def embedded_postgres(home: Home, port: int) -> Postgres:
    """The database of a data folder."""
    return Postgres(
        folder=home.postgres,
        port=port,
        password=home.keys.derived("postgres:superuser"),
        log=home.logs / "postgres.log",
    )


def role_password(home: Home, role: str) -> str:
    """The password of a service's database role."""
    return home.keys.derived(f"postgres:{role}")


def _gateway(wiring: Wiring) -> Mapping[str, str]:
    return {
        "GATEWAY_JWKS_URL": wiring.issuer.jwks_url,
        "GATEWAY_JWT_ISSUER": wiring.issuer.url,
    }


def _publisher(wiring: Wiring) -> Mapping[str, str]:
    channel = str(wiring.home.channel)
    return {"PUBLISHER_CHANNEL": "folder", "PUBLISHER_FOLDER_ROOT": channel}


_MORE: Mapping[str, Callable[[Wiring], Mapping[str, str]]] = {
    GATEWAY: _gateway,
    "publisher": _publisher,
}

SERVICES: tuple[Service, ...] = tuple(
    Service(name, (sys.executable, "-m", f"{name}.main"), more=_MORE.get(name, _nothing_more))
    for name in topics.SERVICES
)


def embedded_topics() -> dict[str, int]:
    """Every topic to create in the embedded broker, with its partitions."""
    return dict.fromkeys(topics.all_names(), _EMBEDDED_PARTITIONS)


def last_words(log: Path) -> str:
    """The last line a process wrote, cut to a readable length; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:300] if lines else ""
