"""Multipart forms, read as they stream in: texts in memory, each file on disk below its limit."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from contracts.errors import ErrorCode, Rejected
from contracts.sources import HEAD_BYTES
from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from gateway.limits import too_large

M = TypeVar("M", bound=BaseModel)
_WRITE_AT: Final = 1_048_576
_MOST_TEXTS: Final = 16
_TEXT_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file on this machine's disk for as long as the form is open. ``head`` is its beginning."""

    field: str
    filename: str
    path: Path
    head: bytes
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent; of a text that was sent twice, the last."""

    texts: dict[str, str]
    files: tuple[FormFile, ...]

    def fields(self, shape: type[M]) -> M:
        """The texts that are not empty, as ``shape``. Raises ``RequestValidationError``."""
        try:
            return shape.model_validate({k: v for k, v in self.texts.items() if v})
        except ValidationError as error:
            located = [{**e, "loc": ("body", *e["loc"])} for e in error.errors()]
            raise RequestValidationError(located) from error

    def files_of(self, name: str) -> tuple[FormFile, ...]:
        """Its files, at least one. Raises ``RequestValidationError``."""
        found = tuple(file for file in self.files if file.field == name)
        if not found:
            missing = {"type": "missing", "loc": ("body", name), "msg": "Field required"}
            raise RequestValidationError([missing])
        return found


@asynccontextmanager
async def read_form(
    request: Request, *, largest: Callable[[str], int], most_files: int = 1
) -> AsyncGenerator[Form]:
    """Read the body. ``largest`` gives the most bytes of a file by its name.

    Raises ``Rejected(INVALID_INPUT)`` for what is no form, and 413 as soon as a file or a text is
    too large; what was written is removed when the block ends.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        if kind != b"multipart/form-data" or b"boundary" not in options:
            yield Form({}, ())
            return
        reading = _Reading(Path(folder), largest, most_files)
        try:
            parser = MultipartParser(options[b"boundary"], reading.callbacks())
            async for chunk in request.stream():
                parser.write(chunk)
                await reading.drain()
            parser.finalize()
            await reading.drain()
        except FormParserError as error:
            raise Rejected(
                ErrorCode.INVALID_INPUT, "The form cannot be read. Send it as multipart/form-data."
            ) from error
        except ClientDisconnect as error:
            raise HTTPException(400, "The upload was broken off.") from error
        finally:
            reading.close()
        if not reading.ended:
            raise Rejected(ErrorCode.INVALID_INPUT, "The form is not whole. Send it again.")
        yield Form(reading.texts, tuple(reading.files))


@dataclass(slots=True)
class _Part:
    """One part of the form while it is read; ``file`` is open for files."""

    name: str
    filename: str | None
    limit: int
    path: Path
    file: IO[bytes] | None = None
    waiting: bytearray = field(default_factory=bytearray)
    head: bytes = b""
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def take(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise too_large(self.limit)
        self.waiting += data

    def write(self) -> None:
        """To disk; runs in a thread."""
        if self.file is None:
            self.file = self.path.open("wb")
        data = bytes(self.waiting)
        self.waiting.clear()
        self.digest.update(data)
        self.file.write(data)

    def whole(self) -> FormFile:
        return FormFile(
            self.name, self.filename or "", self.path, self.head, self.size, self.digest.hexdigest()
        )


class _Reading:
    """The parser's callbacks gather; ``drain`` writes between the chunks."""

    def __init__(self, folder: Path, largest: Callable[[str], int], most_files: int) -> None:
        self.texts: dict[str, str] = {}
        self.files: list[FormFile] = []
        self.ended = False
        self._folder, self._largest, self._most_files = folder, largest, most_files
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = b"", b""
        self._part: _Part | None = None
        self._done: list[_Part] = []
        self._begun = 0

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    async def drain(self) -> None:
        done, self._done = self._done, []
        for part in done:
            await asyncio.to_thread(part.write)
            self._close(part)
            self.files.append(part.whole())
        part = self._part
        if part is not None and part.filename is not None and len(part.waiting) >= _WRITE_AT:
            await asyncio.to_thread(part.write)

    def close(self) -> None:
        for part in (*self._done, self._part):
            if part is not None:
                self._close(part)

    def _close(self, part: _Part) -> None:
        if part.file is not None:
            with suppress(OSError):
                part.file.close()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode(errors="replace")
        filename = options.get(b"filename")
        self._begun += 1
        path = self._folder / str(self._begun)
        if filename is None:
            if len(self.texts) >= _MOST_TEXTS:
                raise Rejected(ErrorCode.INVALID_INPUT, "The form has too many fields.")
            self._part = _Part(name, None, _TEXT_BYTES, path)
            return
        if len(self.files) + len(self._done) >= self._most_files:
            raise Rejected(
                ErrorCode.INVALID_INPUT, f"Send at most {self._most_files} file(s) at once."
            )
        said = filename.decode(errors="replace")
        self._part = _Part(name, said, self._largest(said), path)

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        assert part is not None  # noqa: S101 - data comes behind headers
        part.take(data[start:end])
        if len(part.head) < HEAD_BYTES:
            part.head += data[start : min(end, start + HEAD_BYTES - len(part.head))]

    def _end(self) -> None:
        part, self._part = self._part, None
        assert part is not None  # noqa: S101
        if part.filename is None:
            self.texts[part.name] = part.waiting.decode(errors="replace")
        else:
            self._done.append(part)

    def _all(self) -> None:
        self.ended = True
