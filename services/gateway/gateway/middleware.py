"""What every request passes on its way to a route: its id and metrics, its origin, its size."""

from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway.limits import BodyLimit
from gateway.observe import Observe
from gateway.routes import webhooks
from gateway.settings import Settings

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
)
_EXPOSED: Final = ("ETag", "Location", "Retry-After", "X-Request-Id")
_FORM_BYTES: Final = 131_072
"""What a form may hold beside its files."""


def install(app: FastAPI, settings: Settings) -> None:
    """The last one added is the outermost."""
    source = max(settings.max_text_bytes, settings.max_media_bytes) + _FORM_BYTES
    pictures = settings.max_image_bytes * settings.max_character_images + _FORM_BYTES
    app.add_middleware(
        BodyLimit,
        limit=settings.max_json_bytes,
        larger={
            "/api/v1/imports": source,
            "/api/v1/imports/[^/]+/source": source,
            "/api/v1/characters": pictures,
            "/api/v1/music": settings.max_music_bytes + _FORM_BYTES,
            **dict.fromkeys(webhooks.PATHS, webhooks.LONGEST_BODY),
        },
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=_METHODS,
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
        )
    app.add_middleware(Observe)
