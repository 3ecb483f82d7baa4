"""The part of Replicate's API that trains models: models, files and trainings.

    POST /v1/models   GET /v1/models/{owner}/{name}   POST /v1/files
    POST /v1/models/{owner}/{name}/versions/{id}/trainings
    GET /v1/trainings   GET /v1/trainings/{id}   POST /v1/trainings/{id}/cancel

A training is an order in the same books: what it trains stands for its prompt. Its files must have
been uploaded and be zip files of pictures; its model must be there. An hour after its end it
forgets its input, its output and its log, and the version it made stays.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standins.video_asked import Asked, json_of, mapping
from standins.video_orders import Books, Order, Status

__all__ = ["OWNER", "TRAINER", "Workshop", "is_training"]

OWNER = "loopback"
TRAINER = "ostris/flux-dev-lora-trainer"
TRAINER_VERSION = hashlib.sha256(TRAINER.encode()).hexdigest()
SECONDS = 1_000
USD = Decimal("1.525")
_PICTURES = (".jpeg", ".jpg", ".png", ".webp")


def is_training(order: Order) -> bool:
    """Whether an order is a training."""
    return "destination" in order.asked["raw"]


@dataclass(slots=True)
class Workshop:
    """What was uploaded and which models there are."""

    files: dict[str, int] = field(default_factory=dict[str, int])
    models: set[str] = field(default_factory=set[str])

    async def make_model(self, request: Request) -> Response:
        """201, or 409 for a name that is taken."""
        told = mapping(await json_of(request)) or {}
        if set(told) < {"owner", "name", "visibility", "hardware"} or told.get("owner") != OWNER:
            return _refused(422, "owner, name, visibility and hardware are required")
        place = f"{told['owner']}/{told['name']}"
        if place in self.models:
            return _refused(409, "A model with that name and owner already exists.")
        self.models.add(place)
        return JSONResponse({**told, "latest_version": None}, status_code=201)

    async def take_file(self, request: Request) -> Response:
        """201 with an address; the field is ``content``."""
        form = await request.form()
        content = form.get("content")
        if content is None or isinstance(content, str):
            return _refused(422, "content is required")
        data = await content.read()
        await form.close()
        name = f"file_{len(self.files):04d}"
        self.files[name] = _pictures(data)
        digest = hashlib.sha256(data).hexdigest()
        url = f"{request.base_url}v1/files/{name}"
        body = {"id": name, "size": len(data), "checksums": {"sha256": digest}}
        return JSONResponse(body | {"urls": {"get": url}}, status_code=201)

    def show_model(self, request: Request, books: Books) -> Response:
        """The newest version of the trainer, or of a model that was trained."""
        place = "/".join(request.path_params[part] for part in ("owner", "name"))
        if place == TRAINER:
            return JSONResponse({"latest_version": {"id": TRAINER_VERSION}})
        if place not in self.models:
            return _refused(404, "no such model")
        made = [ref.partition(":")[2] for ref in self.versions(books) if ref.startswith(place)]
        return JSONResponse({"latest_version": {"id": made[-1]} if made else None})

    def versions(self, books: Books) -> list[str]:
        """``owner/name:version`` of every model that was trained, the newest last."""
        return [
            f"{order.asked['prompt']}:{version_of(order)}"
            for order in books.orders.values()
            if is_training(order) and order.status(books.now()) is Status.SUCCEEDED
        ]

    def read(self, request: Request, told: Mapping[str, Any]) -> Asked | Response:
        """``{"destination", "input": {"input_images", …}, "webhook"?}``."""
        asked, place = mapping(told.get("input")) or {}, str(told.get("destination"))
        path = request.path_params
        trainer = f"{path['owner']}/{path['name']}"
        if (trainer, path["version"]) != (TRAINER, TRAINER_VERSION) or place not in self.models:
            return _refused(404, "no such trainer, or no such destination")
        name = str(asked.get("input_images", "")).rpartition("/")[2]
        if not self.files.get(name) or not asked.get("trigger_word"):
            return _refused(422, "- input.input_images: a zip file of images is required")
        return Asked(
            prompt=place,
            seconds=1,
            ratio=(1, 1),
            usd=USD,
            raw=told,
            token=str(asked.get("wandb_run", "")),
            hook=str(told.get("webhook", "")),
        )


def view(order: Order, word: str, now: float, base: str, kept: float) -> dict[str, Any]:
    """A training as the API shows it; ``word`` is its status."""
    status = order.status(now)
    removed = now > order.ends + kept
    done = status is Status.SUCCEEDED
    ref = f"{order.asked['prompt']}:{version_of(order)}"
    place = f"{base}v1/trainings/{order.id}"
    bar = int(100 * order.progress(now))
    return {
        "id": order.id,
        "model": TRAINER,
        "version": TRAINER_VERSION,
        "destination": order.asked["prompt"],
        "status": word,
        "input": {} if removed else order.asked["raw"]["input"],
        "output": {"version": ref, "weights": f"{place}/weights"} if done and not removed else None,
        "error": "CUDA error (E1000)" if status is Status.FAILED else None,
        "logs": "" if removed else f"flux_train:   0%|\nflux_train: {bar:3d}%|███",
        "metrics": {"predict_time": SECONDS} if done else {},
        "created_at": datetime.fromtimestamp(order.created, UTC).isoformat(),
        "data_removed": removed,
        "urls": {"get": place, "cancel": f"{place}/cancel"},
    }


def version_of(order: Order) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(order.id.encode()).hexdigest()


def _pictures(data: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return sum(name.lower().endswith(_PICTURES) for name in packed.namelist())
    except zipfile.BadZipFile:
        return 0


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"title": "Refused", "detail": message, "status": status}, status)
