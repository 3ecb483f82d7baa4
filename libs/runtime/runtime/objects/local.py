"""Objects in a local directory, with HMAC-signed URLs that the gateway serves."""

import asyncio
import contextlib
import hashlib
import hmac
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from contracts.errors import ErrorCode, Transient
from contracts.events import ObjectRef

from runtime.objects.port import (
    GET_LIMIT,
    BadSignatureError,
    ObjectMissingError,
    check_key,
    describe,
    too_large,
)

T = TypeVar("T")
_SIGNED: Final = ("expires", "attachment", "filename")


class LocalObjects:
    """``root/data/<key>`` holds the bytes, ``root/meta/<key>`` the reference as JSON."""

    def __init__(
        self,
        root: Path,
        *,
        public_url: str,
        signing_key: bytes,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._data = root / "data"
        self._meta = root / "meta"
        self._incoming = root / "incoming"
        self._public_url = public_url.rstrip("/")
        self._signing_key = signing_key
        self._now = now

    async def put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        """Store bytes or a file; an object already there is replaced."""
        return await self._run(lambda: self._put(check_key(key), data, content_type))

    async def get(self, key: str, limit: int = GET_LIMIT) -> bytes:
        """Read a small object."""
        path = self._data / check_key(key)

        def read() -> bytes:
            if not path.is_file():
                raise ObjectMissingError(key)
            if path.stat().st_size > limit:
                raise too_large(key, limit)
            return path.read_bytes()

        return await self._run(read)

    async def download(self, key: str, path: Path) -> None:
        """Copy an object to a file."""
        source = self._data / check_key(key)

        def copy() -> None:
            if not source.is_file():
                raise ObjectMissingError(key)
            shutil.copyfile(source, path)

        await self._run(copy)

    async def head(self, key: str) -> ObjectRef | None:
        """What is stored under a key, or ``None``."""
        path = self._meta / check_key(key)

        def read() -> ObjectRef | None:
            with contextlib.suppress(FileNotFoundError):
                return ObjectRef.model_validate_json(path.read_bytes())
            return None

        return await self._run(read)

    async def delete(self, key: str) -> None:
        """Remove an object; no error if it is not there."""

        def remove() -> None:
            (self._meta / key).unlink(missing_ok=True)
            (self._data / key).unlink(missing_ok=True)

        check_key(key)
        await self._run(remove)

    def signed_url(
        self, key: str, *, seconds: int, filename: str | None = None, attachment: bool = False
    ) -> str:
        """A URL that reads this object until it expires."""
        query = {"expires": str(int(self._now()) + seconds)}
        if filename is not None:
            query["filename"] = filename
        if attachment:
            query["attachment"] = "1"
        query["signature"] = self._sign(check_key(key), query)
        return f"{self._public_url}/{quote(key)}?{urlencode(query)}"

    def verify(self, key: str, query: Mapping[str, str]) -> Path:
        """The file behind a signed URL. Raises ``BadSignatureError`` or ``ObjectMissingError``."""
        signed = {name: query[name] for name in _SIGNED if name in query}
        given = query.get("signature", "")
        if not hmac.compare_digest(self._sign(key, signed).encode(), given.encode()):
            raise BadSignatureError("This address is not valid")
        if not signed["expires"].isdecimal() or int(signed["expires"]) < self._now():
            raise BadSignatureError("This address has expired: ask for a new one")
        path = self._data / check_key(key)
        if not path.is_file():
            raise ObjectMissingError(key)
        return path

    def _sign(self, key: str, query: Mapping[str, str]) -> str:
        text = f"{key}?{urlencode([(name, query[name]) for name in _SIGNED if name in query])}"
        return hmac.new(self._signing_key, text.encode(), hashlib.sha256).hexdigest()

    def _put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        for folder in (self._incoming, (self._data / key).parent, (self._meta / key).parent):
            folder.mkdir(parents=True, exist_ok=True)
        size, digest = describe(data)
        ref = ObjectRef(key=key, size=size, sha256=digest, content_type=content_type)
        self._replace(self._data / key, data)
        self._replace(self._meta / key, ref.model_dump_json().encode())
        return ref

    def _replace(self, target: Path, data: bytes | Path) -> None:
        handle, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise Transient(ErrorCode.STORAGE_FAILED, detail=str(error)[:200]) from error
