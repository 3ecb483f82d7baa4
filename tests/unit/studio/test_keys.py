"""Secrets are made once, differ by purpose, and only their owner can read them."""

import stat
from pathlib import Path

from studio.keys import Keys


def test_a_purpose_has_one_secret_for_good(tmp_path: Path) -> None:
    first, again = Keys(tmp_path).derived("objects"), Keys(tmp_path).derived("objects")
    assert first == again
    assert len(first) == 64
    assert Keys(tmp_path).derived("postgres:generator") != first


def test_another_folder_has_other_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert Keys(tmp_path / "a").derived("x") != Keys(tmp_path / "b").derived("x")


def test_a_stored_secret_is_made_once_and_private(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"secret"

    keys = Keys(tmp_path)
    assert keys.stored("key", make) == keys.stored("key", make) == b"secret"
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
