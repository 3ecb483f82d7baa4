"""A service to test the runtime with."""

from pathlib import Path

import pytest
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.component.harness import runtime_settings
from tests.conftest import TestDatabase


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("transcriber", database, bus, objects_root)
