"""The doctor finds what is there and says what a missing part costs."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from studio import doctor
from studio.doctor import Finding, examine, findings_table, well
from studio.trouble import Trouble


def _shown(findings: list[Finding]) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(findings_table(findings))
    return out.getvalue()


def test_this_machine_has_all_that_is_needed(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert well(findings), [f for f in findings if f.needed and f.found is None]


def test_a_missing_wheel_is_needed_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise Trouble("gone")

    monkeypatch.setattr(doctor, "install_folder", missing)
    findings = examine(tmp_path)
    assert not well(findings)
    assert "no embedded database: run 'make setup' again" in _shown(findings)


def test_missing_java_only_costs_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = examine(tmp_path)
    assert well(findings)
    [java] = [finding for finding in findings if finding.part.startswith("Java")]
    assert java.found is None
    assert "skipped" in java.cost


def test_a_file_in_place_of_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    [home] = [f for f in examine(tmp_path / "home") if f.part == "data folder"]
    assert home.found is None


def test_a_folder_that_is_not_there_yet_is_fine_and_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "home"
    [home] = [f for f in examine(folder) if f.part == "data folder"]
    assert home.found == f"{folder} (will be made)"
    assert not folder.parent.exists()
