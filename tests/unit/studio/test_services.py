"""What each service is told: its own role, the shared addresses, and nothing stale."""

from pathlib import Path

import pytest
from contracts import topics
from studio.embedded.issuer import Issuer
from studio.home import Home
from studio.services import (
    SERVICES,
    Wiring,
    embedded_postgres,
    embedded_topics,
    last_words,
    premade_cast,
)


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    home = Home.open(tmp_path)
    return Wiring(
        home=home,
        ports={name: 9000 + n for n, name in enumerate(topics.SERVICES)},
        kafka="127.0.0.1:1234",
        postgres=embedded_postgres(home, 5999),
        issuer=Issuer.open(home.keys, 8421),
        inherited={"PATH": "/bin", "DATABASE_URL": "elsewhere", "OPENAI_API_KEY": "theirs"},
    )


def test_every_service_is_started_as_its_own_module() -> None:
    assert [(s.name, s.argv[1:]) for s in SERVICES] == [
        (name, ("-m", f"{name}.main")) for name in topics.SERVICES
    ]


def test_each_service_has_a_role_a_port_and_a_log_of_its_own(wiring: Wiring) -> None:
    commands = [service.command(wiring) for service in SERVICES]
    for name in ("DATABASE_URL", "HTTP_PORT"):
        assert len({command.env[name] for command in commands}) == len(SERVICES)
    assert len({command.log for command in commands}) == len(SERVICES)
    for command in commands:
        assert command.env["DATABASE_URL"].startswith(f"postgresql://{command.name}:")
        assert command.env["DATABASE_URL"].endswith("@127.0.0.1:5999/studio?sslmode=disable")


def test_ours_replaces_what_was_inherited_and_the_rest_stays(wiring: Wiring) -> None:
    env = SERVICES[0].command(wiring).env
    assert "elsewhere" not in env["DATABASE_URL"]
    assert env["OPENAI_API_KEY"] == "theirs"
    assert env["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:1234"
    assert env["OBJECTS_URL"] == wiring.home.objects.as_uri()
    assert env["OBJECTS_PUBLIC_URL"] == "http://127.0.0.1:9000/objects"


def test_no_service_is_told_the_superusers_password(wiring: Wiring) -> None:
    secret = wiring.postgres.password
    for service in SERVICES:
        assert not any(secret in value for value in service.command(wiring).env.values())


def test_the_premade_cast_is_put_in_by_the_schemas_owner_where_the_gateway_looks(
    wiring: Wiring,
) -> None:
    command = premade_cast(wiring)
    assert command.argv[1:] == ("-m", "gateway.premade")
    assert command.env["DATABASE_URL"] == wiring.database_dsn
    gateway = next(service for service in SERVICES if service.name == "gateway").command(wiring)
    assert command.env["OBJECTS_URL"] == gateway.env["OBJECTS_URL"]
    assert command.log != gateway.log


def test_the_gateway_knows_the_issuer_and_the_publisher_its_folder(wiring: Wiring) -> None:
    envs = {service.name: service.command(wiring).env for service in SERVICES}
    assert envs["gateway"]["GATEWAY_JWKS_URL"] == wiring.issuer.jwks_url
    assert envs["gateway"]["GATEWAY_JWT_ISSUER"] == wiring.issuer.url
    assert envs["publisher"]["PUBLISHER_FOLDER_ROOT"] == str(wiring.home.channel)


def test_the_broker_gets_every_topic_of_the_catalogue() -> None:
    assert set(embedded_topics()) == set(topics.all_names())


def test_the_last_words_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == ""
    log.write_text("")
    assert last_words(log) == ""
    log.write_text("x" * 9000 + "\nImportError: no module\n\n")
    assert last_words(log) == "ImportError: no module"
