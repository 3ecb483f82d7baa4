"""The generator writes into a folder, finds what is stale, and names whom a change breaks."""

import json
from pathlib import Path

import pytest
from contracts.generate import SCHEMAS, compare, main, outputs, stale, write
from contracts.topics import STAGES


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    write(tmp_path, outputs())
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_second_run_changes_nothing(checkout: Path):
    assert write(checkout, outputs()) == []
    assert stale(checkout, outputs()) == []
    assert main(["--check", "--root", str(checkout)]) == 0


def test_a_stale_file_is_shown_as_a_diff(checkout: Path, capsys: pytest.CaptureFixture[str]):
    edit(checkout / SCHEMAS / "job.updated.v1.schema.json", '"maximum": 100', '"maximum": 99')
    assert main(["--check", "--root", str(checkout)]) == 1
    shown = capsys.readouterr().err
    assert '-      "maximum": 99,' in shown
    assert '+      "maximum": 100,' in shown
    assert "make contracts" in shown


def test_a_missing_file_is_stale(checkout: Path):
    (checkout / "docs/events.md").unlink()
    assert len(stale(checkout, outputs())) == 1


def test_an_orphan_is_found_and_removed(checkout: Path):
    orphan = checkout / SCHEMAS / "scene.lost.v1.schema.json"
    orphan.write_text("{}")
    assert stale(checkout, outputs()) == [
        "libs/contracts/schemas/scene.lost.v1.schema.json: nothing gives rise to this file"
    ]
    assert write(checkout, outputs()) == [orphan.relative_to(checkout)]
    assert not orphan.exists()


def test_an_equal_older_version_breaks_nobody(checkout: Path):
    assert compare(checkout / SCHEMAS, outputs()) == ([], [])
    arguments = ["--check", "--root", str(checkout), "--against", str(checkout / SCHEMAS)]
    assert main(arguments) == 0


def test_a_field_that_an_older_version_had_is_missed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
):
    path = checkout / SCHEMAS / "job.updated.v1.schema.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["properties"]["eta_seconds"] = {"type": "number"}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["--root", str(checkout / "new"), "--against", str(checkout / SCHEMAS)]) == 1
    assert "job.updated: breaking: eta_seconds: field removed" in capsys.readouterr().err


def test_a_widened_enumeration_says_who_ships_first(checkout: Path):
    edit(checkout / SCHEMAS / "stage.failed.v1.schema.json", '"CONFLICT",', "")
    breaking, consumers_first = compare(checkout / SCHEMAS, outputs())
    assert breaking == []
    assert consumers_first == [
        "stage.failed: consumers first: code: value 'CONFLICT' added; ship projector, then "
        + ", ".join(STAGES)
    ]


def test_a_dropped_schema_breaks_kept_records(checkout: Path):
    (checkout / SCHEMAS / "scene.lost.v1.schema.json").write_text("{}")
    breaking, _ = compare(checkout / SCHEMAS, outputs())
    assert breaking == ["scene.lost.v1.schema.json: removed; its records may still be kept"]
