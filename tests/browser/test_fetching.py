"""How a browser for the tests is found, and what is said where there is none."""

import json
import shutil
from pathlib import Path

import pytest

from tests.browser import chromium, fetching


def test_the_lock_names_no_place_to_fetch_from() -> None:
    lock = json.loads(Path(fetching.__file__).with_name("package-lock.json").read_text())
    packages = [one for name, one in lock["packages"].items() if name]
    assert packages
    for package in packages:
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_the_browser_of_the_machine_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetching, "fetched", lambda: False)
    monkeypatch.setattr(shutil, "which", {"google-chrome": "/opt/chrome"}.get)
    assert fetching.found() == (Path("/opt/chrome"), None)


@pytest.mark.parametrize(
    ("ci", "raised"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
async def test_without_a_browser_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, ci: str, raised: type[BaseException]
) -> None:
    monkeypatch.setattr(chromium, "found", lambda: None)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(raised, match="run 'make chromium'"):
        async with chromium.chromium("about:blank"):
            pass
