"""What the stitcher's unit tests share."""

from pathlib import Path

import pytest
from contracts.documents import Line
from runtime.objects import LocalObjects, put_model

from tests.unit.stitcher.desk import Desk
from tests.unit.stitcher.making import FOLDER, JOB, generated, plan, scratch_below


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    """A desk with three scenes, each with a clip, a poster and a line."""
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    desk = Desk(store, scratch_below(tmp_path))
    for index in range(3):
        await store.put(f"{FOLDER}/clips/{index}-1.mp4", b"clip%d" % index, "video/mp4")
        await store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster%d" % index, "image/jpeg")
        await desk.parts.keep_part(generated(index))
    words = plan(*([Line(text=text)] for text in ("One.", "Two.", "Three.")))
    await put_model(store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    return desk
