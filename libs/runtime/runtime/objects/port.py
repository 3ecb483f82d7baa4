"""What a service may ask of an object store, and the little that both adapters share."""

import hashlib
import re
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import quote

from contracts.errors import ErrorCode, Rejected
from contracts.events import Event, ObjectRef
from pydantic import BaseModel

MEBIBYTE: Final = 1_048_576
GET_LIMIT: Final = 64 * MEBIBYTE
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")

M = TypeVar("M", bound=BaseModel)


class ObjectMissingError(Rejected):
    """There is no object under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(
            ErrorCode.STORAGE_FAILED, "A stored file is missing", detail=f"no object {key}"
        )


class BadSignatureError(Rejected):
    """A signed URL is forged or has expired."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.UNAUTHENTICATED, message)


class ObjectStore(Protocol):
    """Keys hold no user text. A write is atomic: readers see the old object or the whole new one.

    Raises ``Transient(STORAGE_FAILED)`` when the store is away.
    """

    async def put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        """Store bytes or a file; an object already there is replaced."""
        ...

    async def get(self, key: str, limit: int = GET_LIMIT) -> bytes:
        """Read a small object. Raises ``ObjectMissingError``, or ``Rejected`` above ``limit``."""
        ...

    async def download(self, key: str, path: Path) -> None:
        """Copy an object to a file. Raises ``ObjectMissingError``."""
        ...

    async def head(self, key: str) -> ObjectRef | None:
        """What is stored under a key, or ``None``."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; no error if it is not there."""
        ...

    def signed_url(
        self, key: str, *, seconds: int, filename: str | None = None, attachment: bool = False
    ) -> str:
        """A URL that reads this object without sign-in until it expires.

        An ``attachment`` is saved under ``filename``, anything else is shown.
        """
        ...


def check_key(key: str) -> str:
    """Refuse keys that could leave the store or differ between adapters."""
    if len(key) > 512 or not _KEY.fullmatch(key):  # noqa: PLR2004
        raise Rejected(ErrorCode.INVALID_INPUT, "This object key is not valid", detail=key[:200])
    return key


def describe(data: bytes | Path) -> tuple[int, str]:
    """Size in bytes and sha256 of what is to be stored; a file is never held in memory."""
    if isinstance(data, bytes):
        return len(data), hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return data.stat().st_size, digest


def disposition(filename: str | None, *, attachment: bool) -> str:
    """A Content-Disposition header: whether to save or to show, and under which name."""
    kind = "attachment" if attachment else "inline"
    return kind if filename is None else f"{kind}; filename*=UTF-8''{quote(filename, safe='')}"


def too_large(key: str, limit: int) -> Rejected:
    """The error for an object above a reader's limit."""
    return Rejected(
        ErrorCode.INVALID_INPUT, f"A stored file is over {limit} bytes", detail=f"object {key}"
    )


def project_key(event: Event, *parts: str) -> str:
    """A key below the project an event belongs to."""
    return "/".join(("users", str(event.user_id), "projects", str(event.project_id), *parts))


async def put_model(store: ObjectStore, key: str, model: BaseModel) -> ObjectRef:
    """Store a document as JSON; equal documents give equal bytes."""
    return await store.put(key, model.model_dump_json().encode(), "application/json")


async def get_model(store: ObjectStore, ref: ObjectRef | str, model: type[M]) -> M:
    """Read a document back. Raises ``ObjectMissingError`` or pydantic's ``ValidationError``."""
    return model.model_validate_json(await store.get(ref if isinstance(ref, str) else ref.key))
