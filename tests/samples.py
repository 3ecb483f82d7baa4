"""Small values that many tests need."""

from contracts.events import ObjectRef


def object_ref(name: str, *, size: int = 1, content_type: str = "application/json") -> ObjectRef:
    key = f"users/u/projects/p/{name}"
    return ObjectRef(key=key, size=size, sha256="0" * 64, content_type=content_type)
