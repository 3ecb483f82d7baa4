"""What a service needs to start."""

import subprocess
import sys

from contracts.topics import SERVICES

HEAVY = {"boto3", "openai"}
"""Each takes about as long to import as all that a service needs without it."""


def test_what_is_not_set_up_is_not_brought_in() -> None:
    mains = "".join(f"import {name}.main\n" for name in SERVICES)
    program = f"import sys\n{mains}print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert "stitcher.main" in said.split()
    assert HEAVY.isdisjoint(said.split())
