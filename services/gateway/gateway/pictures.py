"""Pictures that users send: checked by decoding them, and stored as we encoded them ourselves.

What was sent is never stored: not its metadata, not what hides behind its picture.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from contracts.errors import ErrorCode, Rejected
from PIL import Image, ImageOps

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS: Final = 24_000_000
_LONGEST: Final = 12_000
_SHORTEST: Final = 64
_KEPT: Final = (1536, 1536)
_QUALITY: Final = 90
CONTENT_TYPE: Final = "image/webp"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it will be stored: WebP, at most 1,536 pixels on a side."""

    data: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


def clean_picture(path: Path, name: str) -> Picture:
    """Decode and encode again. ``name`` is how messages call it. Blocks: run it in a thread.

    The size is read from the header first: a picture that would need more memory than it is worth
    is never unpacked. Raises ``Rejected(INVALID_INPUT)``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                _check_size(image.size, name)
                return _encoded(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        _refuse(f"{name} has too many pixels. Send at most {_MOST_PIXELS // 1_000_000} million.")
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError):
        # Pillow's decoders raise all of these for files that are broken or something else.
        _refuse(f"{name} is no picture that can be read. Send PNG, JPEG or WebP.")


def _refuse(message: str) -> NoReturn:
    raise Rejected(ErrorCode.INVALID_INPUT, message)


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > _MOST_PIXELS or max(size) > _LONGEST:
        _refuse(
            f"{name} is {width} by {height} pixels. Send at most {_LONGEST:,} on a side"
            f" and {_MOST_PIXELS // 1_000_000} million in all."
        )
    if min(size) < _SHORTEST:
        _refuse(f"{name} is {width} by {height} pixels. Send at least {_SHORTEST} on each side.")


def _encoded(image: Image.Image) -> Picture:
    image.draft("RGB", _KEPT)
    upright = ImageOps.exif_transpose(image)
    see_through = "A" in upright.getbands() or "transparency" in upright.info
    plain = upright.convert("RGBA" if see_through else "RGB")
    plain.thumbnail(_KEPT, Image.Resampling.LANCZOS)
    # A new picture: nothing but the pixels comes along.
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    buffer = io.BytesIO()
    clean.save(buffer, "WEBP", quality=_QUALITY, method=4)
    return Picture(buffer.getvalue(), *clean.size)
