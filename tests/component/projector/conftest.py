"""The real projector, started as often as a test likes."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, running, runtime_settings
from tests.component.projector.story import build_projector
from tests.conftest import TestDatabase

Start = Callable[[], AbstractAsyncContextManager[Running]]


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("projector", database, bus, objects_root)


@pytest.fixture
def start(settings: RuntimeSettings, database: TestDatabase) -> Start:
    build: Any = build_projector  # it has what the harness uses of a service
    return lambda: running(build, settings, database)
