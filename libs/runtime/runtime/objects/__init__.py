"""The object store: one port, a local directory or S3 behind it."""

from runtime.objects.local import LocalObjects
from runtime.objects.port import (
    BadSignatureError,
    ObjectMissingError,
    ObjectStore,
    disposition,
    get_model,
    project_key,
    put_model,
)
from runtime.settings import RuntimeSettings

__all__ = [
    "BadSignatureError",
    "LocalObjects",
    "ObjectMissingError",
    "ObjectStore",
    "disposition",
    "get_model",
    "open_store",
    "project_key",
    "put_model",
]


def open_store(settings: RuntimeSettings) -> ObjectStore:
    """The store named by OBJECTS_URL."""
    directory = settings.objects_directory
    if directory is not None:
        return LocalObjects(
            directory,
            public_url=settings.objects_public_url,
            signing_key=settings.objects_signing_key.get_secret_value().encode(),
        )
    from runtime.objects.s3 import S3Objects

    return S3Objects.from_url(settings.objects_url)
