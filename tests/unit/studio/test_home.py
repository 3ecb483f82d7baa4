"""The data folder: private, locked by one stack, and clear about why it cannot be used."""

import errno
import os
import stat
from pathlib import Path

import pytest
from studio.home import Home, Running
from studio.process import birth
from studio.trouble import Exit, Trouble


def _note(pid: int, born: float, *, ready: bool = True) -> Running:
    return Running(
        pid=pid,
        born=born,
        ready=ready,
        api_url="http://127.0.0.1:8420",
        docs_url="http://127.0.0.1:8420/docs",
        issuer_url="http://127.0.0.1:8421/auth/v1",
        kafka="127.0.0.1:1",
        ports={"gateway": 8420},
        processes={"generator": (pid, born)},
    )


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_part_is_made_and_private(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "new" / "home")
    parts = {path.name for path in home.folder.iterdir()}
    assert parts == {"postgres", "objects", "keys", "logs", "run", "channel"}
    assert {_mode(path) for path in (home.folder, *home.folder.iterdir())} == {0o700}


def test_a_folder_that_others_may_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert _mode(Home.open(tmp_path).folder) == 0o701


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(Trouble, match="there is a file of that name") as caught:
        Home.open(tmp_path / "home")
    assert caught.value.code is Exit.HOME
    assert "STUDIO_HOME" in caught.value.next_step


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "that disk is read-only"),
        (errno.EACCES, "this user may not write there"),
        (errno.ENOSPC, "the disk is full"),
    ],
)
def test_a_folder_that_takes_no_files_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(Trouble, match=words):
        Home.open(tmp_path)


def test_a_second_stack_is_told_where_the_first_is(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with home.locked():
        home.write_note(_note(os.getpid(), birth(os.getpid())))
        with pytest.raises(Trouble) as caught, Home.open(tmp_path).locked():
            pass
    expected = f"already running, pid {os.getpid()}, API http://127.0.0.1:8420"
    assert caught.value.line == expected
    assert caught.value.code is Exit.ALREADY_RUNNING


def test_a_second_stack_during_the_first_ones_start(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with (
        home.locked(),
        pytest.raises(Trouble, match=f"already starting or stopping, pid {os.getpid()}"),
        Home.open(tmp_path).locked(),
    ):
        pass


def test_the_lock_ends_with_its_block(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    with home.locked():
        pass
    with home.locked():
        pass


def test_the_note_comes_back_as_it_was_and_is_private(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    note = _note(os.getpid(), birth(os.getpid()))
    home.write_note(note)
    assert home.running() == note
    assert _mode(tmp_path / "run" / "stack.json") == 0o600
    home.remove_note()
    assert home.running() is None


def test_a_note_of_a_reused_number_does_not_count(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    home.write_note(_note(os.getpid(), birth(os.getpid()) - 100))
    assert home.running() is None
    assert home.last_note() is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_broken_note_is_no_note(tmp_path: Path, text: str) -> None:
    home = Home.open(tmp_path)
    (tmp_path / "run" / "stack.json").write_text(text)
    assert home.last_note() is None


def test_ports_are_remembered_and_a_broken_memory_is_empty(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    assert home.remembered_ports() == {}
    home.remember_ports({"gateway": 8420})
    assert home.remembered_ports() == {"gateway": 8420}
    (tmp_path / "run" / "ports.json").write_text("[1]")
    assert home.remembered_ports() == {}
