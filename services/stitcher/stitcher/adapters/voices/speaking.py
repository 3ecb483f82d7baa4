"""A process that speaks: espeak-ng's library, loaded by ctypes. Orders on stdin, answers on stdout.

The library keeps its state in globals and may crash on odd text, so it lives in a process of its
own. It is fed one JSON list of orders ``{text, voices, speed, pitch, path}`` and says one list of
answers: ``{samples, rate, words: [[first sample, first letter, letters]]}``, or ``null`` where none
of the voices is there or the library crashed. Speed is words per minute, pitch 0 to 100.

A line sounds the same whenever and after whatever it is said: each is said by a fork of the library
as it was opened, and the noise of a voice, which the library draws by the clock, by one seed.
"""

import ctypes
import json
import os
import sys
import wave
from ctypes import POINTER, Structure, byref, c_char, c_int, c_short, c_size_t, c_uint, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import espeakng_loader

SYNCHRONOUS: Final = 2
UTF8: Final = 1
SPEED, PITCH = 1, 3
WORD: Final = 1
BYTES: Final = 2
SEED: Final = ctypes.c_long(1)


class _Event(Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("id", c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


@dataclass
class _Heard:
    """What the library says while it speaks."""

    samples: bytearray = field(default_factory=bytearray)
    words: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    def __call__(self, wave_: Any, count: int, events: Any) -> int:
        if wave_ and count > 0:
            self.samples += ctypes.string_at(wave_, count * BYTES)
        number = 0
        while events[number].type:
            event = events[number]
            if event.type == WORD:
                self.words.append((event.sample, event.text_position - 1, event.length))
            number += 1
        return 0


class Speaker:
    """The library, opened once. Raises ``OSError`` if it is not there."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, data, 0))
        if self.rate <= 0:
            raise OSError("espeak-ng does not start")
        self._heard = _Heard()
        self._callback = _Callback(self._hear)
        self._library.espeak_SetSynthCallback(self._callback)

    def _hear(self, wave_: Any, count: int, events: Any) -> int:
        return self._heard(wave_, count, events)

    def speak(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """Say an order into its file."""
        names: list[str] = order["voices"]
        if not any(self._library.espeak_SetVoiceByName(name.encode()) == 0 for name in names):
            return None
        self._library.espeak_ng_SetRandSeed(SEED)
        self._library.espeak_SetParameter(SPEED, int(order["speed"]), 0)
        self._library.espeak_SetParameter(PITCH, int(order["pitch"]), 0)
        self._heard = heard = _Heard()
        text = str(order["text"]).encode()
        self._library.espeak_Synth(
            text, c_size_t(len(text) + 1), 0, 1, 0, UTF8, byref(c_uint()), None
        )
        self._library.espeak_Synchronize()
        if not heard.samples:
            return None
        with wave.open(str(Path(order["path"])), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(BYTES)
            file.setframerate(self.rate)
            file.writeframes(bytes(heard.samples))
        count = len(heard.samples) // BYTES
        return {"samples": count, "rate": self.rate, "words": heard.words}


def apart(speaker: Speaker, order: dict[str, Any]) -> dict[str, Any] | None:
    """``speak`` in a fork, which leaves this process as it is. ``None`` if the fork crashes."""
    answers, told = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(told, "w") as file:
            json.dump(speaker.speak(order), file)
        os._exit(0)
    os.close(told)
    with os.fdopen(answers) as file:
        answer = file.read()
    _, status = os.waitpid(child, 0)
    if status:
        sys.stderr.write(f"a line of {len(order['text'])} letters ended with status {status}\n")
    return None if status else json.loads(answer)


def main() -> None:
    """Say all orders."""
    speaker = Speaker()
    json.dump([apart(speaker, order) for order in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
