"""Text as the database can keep it."""

import re
from typing import Final

# An escape of JSON, not the text "\\u0000": an even number of backslashes stands before it.
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(body: bytes) -> bytes:
    """A JSON body without NUL characters, which PostgreSQL does not keep.

    One text must not stop every job behind it.
    """
    return body if b"\\u0000" not in body else _NUL.sub(rb"\1", body)
