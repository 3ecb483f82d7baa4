"""A scene's row and the provider it is made at, for every test that does not make its own."""

from pathlib import Path

import pytest
from runtime.objects import LocalObjects

from tests.unit.generator.making import FakeClipCache, FakeProvider, plan, planned, scene
from tests.unit.generator.rows import Clock, Row, maker


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
async def row(tmp_path: Path, provider: FakeProvider) -> Row:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    clock = Clock()
    make = maker(store, {"animatic": provider}, FakeClipCache(), clock)
    return Row(make, await planned(store, plan(scene())), clock)
