"""ExportDropped: what was made of an export goes from the object store; segments stay."""

from dataclasses import dataclass
from typing import Final

from contracts.events import ExportDropped
from runtime.objects import ObjectStore, project_key
from runtime.work import Done, Outcome, Waiting, Work

FILES: Final = (
    "film.mp4", "film.srt", "film.vtt", "poster.jpg", "thumbnail.jpg", "chapters.txt"
)  # fmt: skip
"""All that an export has of its own. What it is joined of belongs to its project."""

LATE_SECONDS: Final = 60.0
"""A file that was on its way when its export was stopped has arrived by then."""


@dataclass(frozen=True, slots=True)
class DropExport:
    """Deletes the files of an export that nobody wants, and again what arrives after that."""

    store: ObjectStore

    async def __call__(self, event: ExportDropped, work: Work) -> Outcome:
        """The work on it was stopped when this row was made. Raises ``Transient``: tried again."""
        folder = project_key(event, "jobs", str(event.job_id), "exports", str(event.export_id))
        for name in FILES:
            await self.store.delete(f"{folder}/{name}")
        if work.checkpoint:
            return Done()
        return Waiting(LATE_SECONDS, {"deleted": 1})
