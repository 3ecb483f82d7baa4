"""A character's pictures as one file, the same bytes for the same pictures."""

import asyncio
import zipfile
from collections.abc import Sequence
from pathlib import Path

from contracts.events import ObjectRef
from runtime.objects import ObjectStore

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


async def bundle(store: ObjectStore, images: Sequence[ObjectRef], folder: Path) -> Path:
    """A zip file in ``folder``; no picture is held in memory.

    Raises ``ObjectMissingError`` for one that is gone.
    """
    files: list[Path] = []
    for number, image in enumerate(images, start=1):
        path = folder / f"{number:02}.{image.content_type.rpartition('/')[2]}"
        await store.download(image.key, path)
        files.append(path)
    made = folder / "pictures.zip"
    await asyncio.to_thread(_pack, files, made)
    return made


def _pack(files: Sequence[Path], made: Path) -> None:
    # Pictures are packed already, and a time of today would make other bytes tomorrow.
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for path in files:
            entry = zipfile.ZipInfo(path.name, _LONG_AGO)
            with path.open("rb") as source, packed.open(entry, "w") as target:
                while block := source.read(1 << 20):
                    target.write(block)
