"""Speaks OpenAI's part of text to speech: ``POST /v1/audio/speech``, which costs money.

What it says is a tone as long as the text is, higher for some voices than for others.
"""

import asyncio
import hashlib
import io
import json
import math
import wave
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from standins.breaks import reset
from standins.openai_calls import KEY, UNPAID, error, unpaid

__all__ = ["FAULTS", "KEY", "Line", "VoiceStandin", "create_app", "spoken"]

LONGEST = 4_096
RATE = 24_000
FAULTS = (*UNPAID, "reset_after", "hang_after", "garbage", "empty")
"""What may become of a request. ``…_after`` and odd answers come when it has been paid for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text that was said and paid for."""

    text: str
    voice: str
    model: str


def spoken(text: str, voice: str) -> bytes:
    """A WAV file: 24 kHz mono, a fifteenth of a second for each letter.

    Its header does not say how long it is, as the real server's does not.
    """
    hertz = 140 + hashlib.sha256(voice.encode()).digest()[0]
    turn = 2 * math.pi * hertz / RATE
    samples = array("h", (round(9_000 * math.sin(turn * n)) for n in range(len(text) * RATE // 15)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    made = bytearray(file.getvalue())
    made[4:8] = made[40:44] = b"\xff\xff\xff\xff"
    return bytes(made)


@dataclass(slots=True)
class VoiceStandin:
    """Counts requests, letters and money; ``faults`` become the next requests, in order.

    ``None`` among the faults is a request that goes well; ``always`` befalls every request.
    ``hang_seconds`` bounds every delay.
    """

    key: str = KEY
    usd_per_million: Decimal = Decimal(15)
    hang_seconds: float = 30.0
    always: str | None = None
    faults: deque[str | None] = field(default_factory=deque[str | None])
    requests: Counter[str] = field(default_factory=Counter[str])
    paid: list[Line] = field(default_factory=list[Line])

    @property
    def letters(self) -> int:
        """Letters that were paid for."""
        return sum(len(line.text) for line in self.paid)

    @property
    def usd(self) -> Decimal:
        """Money that was earned."""
        return self.letters * self.usd_per_million / 1_000_000

    @property
    def routes(self) -> list[Route]:
        """To serve beside OpenAI's other calls."""
        return [
            Route("/v1/audio/speech", self._speak, methods=["POST"]),
            Route("/_voice", self._ledger),
        ]

    @property
    def app(self) -> Starlette:
        """To serve alone."""
        return Starlette(routes=self.routes)

    async def _speak(self, request: Request) -> Response:
        self.requests["speech"] += 1
        fault = self.faults.popleft() if self.faults else self.always
        answer = await unpaid(request, self.key, fault, self.hang_seconds)
        if answer is not None:
            return answer
        read = _read(await request.body())
        if isinstance(read, Response):
            return read
        self.paid.append(read)
        return await self._answer(request, read, fault)

    async def _answer(self, request: Request, line: Line, fault: str | None) -> Response:
        match fault:
            case "reset_after":
                await reset(request)
            case "hang_after":
                await asyncio.sleep(self.hang_seconds)
            case "garbage":
                return HTMLResponse("<html>not today</html>")
            case "empty":
                return Response(b"", media_type="audio/wav")
            case _:
                pass
        return Response(spoken(line.text, line.voice), media_type="audio/wav")

    async def _ledger(self, _: Request) -> Response:
        return JSONResponse(
            {
                "requests": self.requests["speech"],
                "lines": len(self.paid),
                "distinct": len(set(self.paid)),
                "letters": self.letters,
                "usd": str(self.usd),
            }
        )


def _read(body: bytes) -> Line | Response:
    """The line of a request, or the refusal that the real server would give."""
    try:
        asked: dict[str, Any] = json.loads(body)
    except ValueError:
        return error(400, "invalid_json")
    text, voice, model = (str(asked.get(name) or "") for name in ("input", "voice", "model"))
    if not text or not voice or not model:
        return error(400, "missing_required_parameter")
    if len(text) > LONGEST:
        return error(400, "string_above_max_length")
    if asked.get("response_format", "mp3") != "wav":
        return error(400, "unsupported_value")
    return Line(text, voice, model)


def create_app() -> Starlette:
    """The stand-in as an application to serve."""
    return VoiceStandin().app
