"""Speaks OpenAI's part of speech to text: ``POST /v1/audio/transcriptions``, which costs money.

What it hears in a piece follows from the piece's bytes, so that equal sound gives equal words.
"""

import asyncio
import hashlib
import io
import wave
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from standins.breaks import reset
from standins.openai_calls import KEY, UNPAID, error, unpaid

__all__ = ["FAULTS", "KEY", "Piece", "SpeechStandin", "create_app", "words_of"]

LARGEST = 25 * 1024 * 1024
FAULTS = (*UNPAID, "reset_after", "hang_after", "garbage", "not_json", "no_text")
"""What may become of a request. ``…_after`` and odd answers come when it has been paid for."""

_TIMED = {"whisper-1"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that was heard and paid for. ``sha256`` is of its samples."""

    sha256: str
    seconds: float
    model: str
    language: str | None
    form: str


def words_of(sha256: str) -> str:
    """What is heard in a piece."""
    return f"Words of piece {sha256[:8]}."


@dataclass(slots=True)
class SpeechStandin:
    """Counts requests, seconds and money; ``faults`` become the next requests, in order.

    ``None`` among the faults is a request that goes well. ``hang_seconds`` bounds every delay.
    """

    key: str = KEY
    usd_per_minute: Decimal = Decimal("0.0045")
    hang_seconds: float = 30.0
    says: Callable[[str], str] = words_of
    spoken: str = "en"
    faults: deque[str | None] = field(default_factory=deque[str | None])
    requests: Counter[str] = field(default_factory=Counter[str])
    paid: list[Piece] = field(default_factory=list[Piece])

    @property
    def seconds(self) -> float:
        """Sound that was paid for."""
        return sum(piece.seconds for piece in self.paid)

    @property
    def usd(self) -> Decimal:
        """Money that was earned."""
        return Decimal(str(self.seconds)) / 60 * self.usd_per_minute

    @property
    def routes(self) -> list[Route]:
        """To serve beside OpenAI's other calls."""
        return [
            Route("/v1/audio/transcriptions", self._transcribe, methods=["POST"]),
            Route("/_speech", self._ledger),
        ]

    @property
    def app(self) -> Starlette:
        """To serve alone."""
        return Starlette(routes=self.routes)

    async def _transcribe(self, request: Request) -> Response:
        self.requests["transcriptions"] += 1
        fault = self.faults.popleft() if self.faults else None
        answer = await unpaid(request, self.key, fault, self.hang_seconds)
        if answer is not None:
            return answer
        async with request.form(max_part_size=LARGEST) as form:
            read = await _read(form)
        if isinstance(read, Response):
            return read
        self.paid.append(read)
        return await self._answer(request, read, fault)

    async def _answer(self, request: Request, piece: Piece, fault: str | None) -> Response:
        match fault:
            case "reset_after":
                await reset(request)
            case "hang_after":
                await asyncio.sleep(self.hang_seconds)
            case "garbage":
                return HTMLResponse("<html>not today</html>")
            case "not_json":
                return Response("{", media_type="application/json")
            case "no_text":
                return JSONResponse({"usage": {}})
            case _:
                pass
        text = self.says(piece.sha256)
        usage = {"type": "duration", "seconds": round(piece.seconds)}
        if piece.form == "json":
            said: dict[str, Any] = {"text": text, "languages": [{"code": self.spoken}]}
            return JSONResponse(said | {"usage": usage})
        half = piece.seconds / 2
        segments = [
            {"id": 0, "start": 0.0, "end": half, "text": f" {text}"},
            {"id": 1, "start": half, "end": piece.seconds + 5, "text": " And on."},
        ]
        said = {"task": "transcribe", "language": "english", "duration": piece.seconds}
        return JSONResponse(said | {"text": text, "segments": segments, "usage": usage})

    async def _ledger(self, _: Request) -> Response:
        return JSONResponse(
            {
                "requests": self.requests["transcriptions"],
                "pieces": len(self.paid),
                "distinct": len({piece.sha256 for piece in self.paid}),
                "seconds": self.seconds,
                "usd": str(self.usd),
            }
        )


async def _read(form: FormData) -> Piece | Response:
    """The piece of a request, or the refusal that the real server would give."""
    file, model = form.get("file"), str(form.get("model") or "")
    told = str(form.get("response_format") or "json")
    language = str(form["language"]) if "language" in form else None
    if not isinstance(file, UploadFile) or not model:
        return error(400, "missing_required_parameter")
    if told not in {"json", "verbose_json"} or (told == "verbose_json" and model not in _TIMED):
        return error(400, "unsupported_value")
    data = await file.read()
    if len(data) > LARGEST:
        return error(413, "file_too_large")
    try:
        with wave.open(io.BytesIO(data)) as sound:
            samples = sound.readframes(sound.getnframes())
            seconds = sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError):
        return error(400, "invalid_file_format")
    if not samples:
        return error(400, "audio_too_short")
    return Piece(hashlib.sha256(samples).hexdigest(), seconds, model, language, told)


def create_app() -> Starlette:
    """The stand-in as an application to serve."""
    return SpeechStandin().app
