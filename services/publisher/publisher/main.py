"""UploadRequested -> VideoPublished. Composition root of the publisher."""

from contracts.events import UploadRequested
from runtime.db import Database
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from publisher.adapters import FolderChannel
from publisher.handlers import PublishFilm
from publisher.settings import Settings


def build(settings: Settings, db: Database | None = None) -> Service:
    """The publisher, not yet started."""
    channel = FolderChannel(settings.folder_root, open_store(settings.runtime))
    return Service(
        name="publisher",
        settings=settings.runtime,
        db=db,
        routes=(Route(event=UploadRequested, step="publish", handler=PublishFilm(channel)),),
    )


if __name__ == "__main__":
    run(build(Settings()))
