"""The same input gives the same bytes in any process; work grows in step with the text."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from contracts.events import GenerationSettings
from scripter.domain import plan_film, with_drafts, write_script

from tests.unit.scripter.making import JOB_ID, SCRIPT_ID, captions

Trace = Callable[[FrameType, str, Any], Any]
ROOT = Path(__file__).parents[3]
_PROGRAM = """
import hashlib, sys
from uuid import UUID
from contracts.events import CharacterRef, GenerationSettings
from contracts.values import SourceKind
from scripter.domain import plan_film, with_drafts, write_script
from transcriber.domain import from_upload
for name in sys.argv[1:]:
    kind = SourceKind.TEXT if name.endswith(".txt") else SourceKind.CAPTIONS
    data = open(name, "rb").read()
    script = with_drafts(write_script(UUID(int=1), from_upload(data, kind), drop_fillers=True))
    settings = GenerationSettings(target_seconds=30)
    plan = plan_film(UUID(int=2), script, settings, [CharacterRef(name="Ada")])
    print(hashlib.sha256((script.model_dump_json() + plan.model_dump_json()).encode()).hexdigest())
"""


def digests(seed: str) -> str:
    samples = sorted(
        str(path) for path in (ROOT / "samples").iterdir() if path.suffix in {".txt", ".vtt"}
    )
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *samples],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.split()) == len(samples) > 5
    return done.stdout


def test_two_processes_with_other_hash_seeds_write_the_same_bytes() -> None:
    assert digests("1") == digests("4242")


def _steps(cues: int) -> int:
    """How many lines of the domain run to script and plan so many captions."""
    lines = [(float(n), n + 1.0, f"so we walked to the harbour number {n}") for n in range(cues)]
    said = captions(*lines)
    steps = 0

    def line(_frame: FrameType, event: str, _arg: object) -> Trace:
        nonlocal steps
        steps += event == "line"
        return line

    def call(frame: FrameType, _event: str, _arg: object) -> Trace | None:
        return line if "/scripter/domain/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        script = with_drafts(write_script(SCRIPT_ID, said, drop_fillers=True))
        plan_film(JOB_ID, script, GenerationSettings(target_seconds=60))
    finally:
        sys.settrace(before)
    return steps


def test_twice_the_captions_are_twice_the_work() -> None:
    small, large = _steps(150), _steps(300)
    assert 1.6 * small < large < 2.4 * small
