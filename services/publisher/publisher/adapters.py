"""The ``folder`` channel: a directory per film, for installations without a YouTube account."""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import ErrorCode, Transient
from contracts.events import ObjectRef, Privacy
from runtime.objects import ObjectStore

from publisher.domain import Published, Release, metadata_of

VIDEO = "video.mp4"
CAPTIONS = "captions.srt"
METADATA = "metadata.json"


@dataclass(frozen=True, slots=True)
class FolderChannel:
    """``<root>/<film job id>/`` with the video, its captions and ``metadata.json``.

    The directory appears by one rename, so it is either whole or not there.
    """

    root: Path
    store: ObjectStore
    name: str = "folder"

    async def find(self, release: Release) -> Published | None:
        """The film's directory, if it is there."""
        with _storage_errors():
            return await asyncio.to_thread(self._read, release)

    async def publish(self, release: Release) -> Published:
        """Fill a directory beside the final one, then rename it into place."""
        with _storage_errors():
            async with self._workplace(release) as folder:
                await self._fetch(release.video, folder / VIDEO)
                if release.captions is not None:
                    await self._fetch(release.captions, folder / CAPTIONS)
                await asyncio.to_thread(self._move, folder, release)
            published = await asyncio.to_thread(self._read, release)
        if published is None:
            raise Transient(ErrorCode.UPLOAD_FAILED, detail="the folder is gone after its rename")
        return published

    def _place(self, release: Release) -> Path:
        return self.root / str(release.film_job_id)

    def _read(self, release: Release) -> Published | None:
        folder = self._place(release)
        with contextlib.suppress(FileNotFoundError):
            metadata: dict[str, Any] = json.loads((folder / METADATA).read_text())
            return Published(
                channel=self.name,
                video_id=folder.name,
                url=(folder / VIDEO).as_uri(),
                privacy=Privacy(metadata["privacy"]),
            )
        return None

    @contextlib.asynccontextmanager
    async def _workplace(self, release: Release) -> AsyncGenerator[Path]:
        prefix = f".incoming-{release.film_job_id}-"
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if self._place(release).exists():
                # Left by tries that were killed: nobody needs them once the film is out.
                for stale in self.root.glob(f"{prefix}*"):
                    shutil.rmtree(stale, ignore_errors=True)

    async def _fetch(self, ref: ObjectRef, target: Path) -> None:
        await self.store.download(ref.key, target)
        digest = await asyncio.to_thread(_digest_on_disk, target)
        if digest != ref.sha256:
            raise Transient(ErrorCode.UPLOAD_FAILED, detail=f"{ref.key} does not have its checksum")

    def _move(self, folder: Path, release: Release) -> None:
        text = json.dumps(metadata_of(release), ensure_ascii=False, indent=2)
        with (folder / METADATA).open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        folder.chmod(0o755)
        # An earlier try may have got this far: a rename never replaces a directory with files.
        if not self._place(release).exists():
            folder.rename(self._place(release))


def _digest_on_disk(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return digest


@contextlib.contextmanager
def _storage_errors() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Transient(ErrorCode.UPLOAD_FAILED, detail=str(error)[:200]) from error
