"""Pictures to send, good and bad."""

import io
import struct
import zlib

from PIL import Image

SCRIPTED_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">'
    b"<script>alert(document.domain)</script></svg>"
)


def picture(kind: str, size: tuple[int, int] = (200, 120), **said: str) -> bytes:
    """A red picture; ``said`` is written into its EXIF block by name of the tag."""
    exif = Image.Exif()
    for tag, text in said.items():
        exif[{"artist": 0x013B, "orientation": 0x0112}[tag]] = int(text) if text.isdigit() else text
    buffer = io.BytesIO()
    Image.new("RGB", size, "#c03020").save(buffer, kind, exif=exif)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is and has a byte of it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body
