"""The command: one clear line and an exit code for whatever goes wrong, never a traceback."""

from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from studio import cli
from studio.cli import app
from studio.embedded.issuer import local_user
from studio.home import Home
from studio.trouble import Exit
from typer.testing import CliRunner, Result


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.mark.parametrize(
    "command",
    [
        *("up", "make", "jobs", "watch", "token", "dsn", "doctor"),
        *("dlq list", "dlq show", "dlq redrive", "dlq drop", "replay bus", "replay read-model"),
    ],
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    shown = _run(*command.split(), "--help")
    assert shown.exit_code == 0
    assert "Example" in shown.output
    assert f"studio {command}" in shown.output
    assert "--debug" in shown.output


def test_a_missing_source_starts_nothing(home: Path) -> None:
    done = _run("make", "none.vtt")
    assert done.exit_code == Exit.USAGE
    assert "There is no file none.vtt." in done.stderr
    assert "caption file" in done.stderr
    assert not (home / "run" / "stack.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        *(("jobs",), ("watch", "x"), ("token",), ("token", "--email", "a")),
        *(("dlq", "list"), ("dlq", "show", "abcd"), ("dlq", "redrive", "--all")),
        *(("replay", "bus"), ("replay", "read-model"), ("dsn",)),
    ],
)
def test_without_a_stack_it_says_how_to_start_one(home: Path, words: tuple[str, ...]) -> None:
    done = _run(*words)
    assert done.exit_code == Exit.NOT_RUNNING
    assert "studio up" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_it_has_to_be_said_which_dead_letters_are_meant(command: str) -> None:
    done = _run("dlq", command)
    assert done.exit_code == Exit.USAGE
    assert "ids, --service, --reason, or --all" in done.stderr


@pytest.mark.parametrize("words", [("dlq", "list"), ("dlq", "drop")])
def test_a_service_that_does_not_exist_is_named_with_those_that_do(words: tuple[str, ...]) -> None:
    done = _run(*words, "--service", "scriptor")
    assert done.exit_code == Exit.USAGE
    assert "no service 'scriptor'" in done.stderr
    assert "scripter" in done.stderr


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be reached"),
        ("nonsense", "cannot be reached"),
    ],
)
def test_a_database_that_is_not_there_is_one_line(dsn: str, why: str) -> None:
    for words in (("dlq", "list"), ("replay", "bus"), ("replay", "read-model")):
        done = _run(*words, "--dsn", dsn)
        assert done.exit_code == Exit.NOT_RUNNING
        assert why in done.stderr
        assert "Traceback" not in done.output


def test_a_file_in_place_of_the_folder(home: Path) -> None:
    home.write_text("")
    done = _run("up")
    assert done.exit_code == Exit.HOME
    assert f"The data folder {home} cannot be used" in done.stderr


def test_a_second_up_is_told(home: Path) -> None:
    with Home.open(home).locked():
        done = _run("up")
    assert done.exit_code == Exit.ALREADY_RUNNING
    assert "already starting or stopping, pid" in done.stderr


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_PORT", "many")
    done = _run("up")
    assert done.exit_code == Exit.USAGE
    assert "STUDIO_PORT is wrong" in done.stderr


def test_our_own_fault_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Path:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "_folder", broken)
    done = _run("jobs")
    assert done.exit_code == Exit.INTERNAL
    assert "A fault of ours: ZeroDivisionError: oops" in done.stderr
    assert "Traceback" not in done.output
    assert "Traceback" in _run("jobs", "--debug").output


def test_a_token_is_all_it_prints_and_is_for_the_local_user(home: Path) -> None:
    Home.open(home).remember_ports({"issuer": 8421})
    done = _run("token", "--hours", "2")
    assert done.exit_code == 0
    claims = jwt.decode(done.stdout.strip(), options={"verify_signature": False})
    assert claims["sub"] == str(local_user().id)
    assert claims["iss"] == "http://127.0.0.1:8421/auth/v1"
    assert claims["exp"] - claims["iat"] == timedelta(hours=2).total_seconds()
