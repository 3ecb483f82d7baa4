"""Fakes that make pictures and sound for the stitcher's tests: texts that say what they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import Mezzanine
from contracts.values import Framing
from stitcher.domain.cards import Words
from stitcher.domain.chapters import Chapter
from stitcher.domain.loudness import Hearing
from stitcher.domain.passages import Passage
from stitcher.domain.segments import Footage, Still, Window
from stitcher.domain.steps import OnShare
from stitcher.handlers.ports import Sound


@dataclass
class FakeFilmMaker:
    """Segments are texts that say what they are; a film is their texts in a row.

    ``foreign`` are clips' bytes that do not fit; ``broken`` fails whatever is asked.
    """

    foreign: frozenset[bytes] = frozenset()
    broken: Exception | None = None
    made: list[str] = field(default_factory=list[str])
    chapters: tuple[Chapter, ...] = ()

    def _say(self, path: Path, text: str) -> None:
        path.write_text(text)
        if self.broken is not None:
            raise self.broken
        self.made.append(text)

    async def _tell(self, on_share: OnShare | None) -> None:
        if on_share is not None:
            await on_share(0.5)

    async def fits(self, clip: Path, profile: Mezzanine, frames: int) -> bool:
        return clip.read_bytes() not in self.foreign

    async def fit(
        self,
        clip: Path,
        path: Path,
        profile: Mezzanine,
        frames: int,
        *,
        framing: Framing,
        on_share: OnShare | None = None,
    ) -> None:
        await self._tell(on_share)
        self._say(path, f"fitted {clip.read_text()}")

    async def encode(
        self,
        wanted: Window | Still,
        shots: Mapping[int, Footage],
        path: Path,
        profile: Mezzanine,
        captions: str | None = None,
        *,
        on_share: OnShare | None = None,
    ) -> None:
        await self._tell(on_share)
        drawn = "" if captions is None else "captioned "
        self._say(path, f"{drawn}{type(wanted).__name__.lower()} {wanted.frames}")

    async def legible(self, text: str, draw: Callable[[str], str], folder: Path) -> bool:
        return "\u8a69" not in text

    async def whole(self, path: Path, profile: Mezzanine, frames: int) -> bool:
        return path.read_text().endswith(f" {frames}")

    async def join(
        self,
        stretches: Sequence[tuple[Path, int, int]],
        sounds: Sequence[Sound],
        film: Path,
        profile: Mezzanine,
        *,
        chapters: Sequence[Chapter] = (),
    ) -> None:
        self.chapters = tuple(chapters)
        seen = [f"{path.read_text()}[{start}:{end}]" for path, start, end in stretches]
        heard = [f"{path.read_text()}[{skip}:{skip + take}]" for path, skip, take in sounds]
        self._say(film, " ".join((*seen, *heard)))


@dataclass
class FakeSoundMaker:
    """Passages are texts that say how long they are; every film is as loud as the wanted one.

    ``loud`` says otherwise of the mix, LUFS; ``limited`` keeps what is encoded as soft as that.
    """

    broken: Exception | None = None
    loud: float = -20.0
    limited: float = 0.0
    made: list[str] = field(default_factory=list[str])

    def _say(self, path: Path, text: str) -> None:
        path.write_text(text)
        if self.broken is not None:
            raise self.broken
        self.made.append(text)

    async def mix(self, passage: Passage, files: Mapping[str, Path], path: Path) -> Hearing:
        heard = " ".join(sorted(file.read_text() for file in files.values()))
        self._say(path, f"mix {passage.samples} of {heard}")
        return Hearing((self.loud,) * 10, -6.0)

    async def level(
        self, passage: Passage, mixed: Path, path: Path, *, gain: float, peak: float
    ) -> Hearing:
        self._say(path, f"sound {passage.samples} at {gain:+.1f}")
        return Hearing((min(self.loud + gain, self.limited),) * 10, peak + gain)

    async def whole(self, path: Path, passage: Passage) -> bool:
        return path.read_text().startswith(f"sound {passage.samples} ")


@dataclass
class FakePainter:
    """Pictures are texts that say what is on them. It has no letter but those of ASCII."""

    framings: list[Framing] = field(default_factory=list[Framing])

    async def card(
        self,
        poster: bytes | None,
        words: Words,
        profile: Mezzanine,
        *,
        framing: Framing,
        language: str,
    ) -> bytes | None:
        self.framings.append(framing)
        if not words.text.isascii():
            return None
        return f"{words.text}/{words.below} on {poster!r} {language}".encode()

    async def thumbnail(
        self, poster: bytes, text: str, profile: Mezzanine, *, framing: Framing, language: str
    ) -> tuple[bytes, bool]:
        return f"{text} on {poster!r}".encode(), text.isascii()

    async def poster(self, poster: bytes, profile: Mezzanine, framing: Framing) -> bytes:
        return b"shaped " + poster


@dataclass
class FakeBeds:
    """One bed. An upload has a tenth of a second for each byte; ``b"bad"`` is no music."""

    version: int = 1
    done: list[str] = field(default_factory=list[str])

    def samples(self, name: str) -> int | None:
        return 48_000 if name == "calm" else None

    async def write(self, name: str, path: Path) -> None:
        self.done.append(f"made {name}")
        path.write_text(name)

    async def measure(self, upload: Path) -> int:
        self.done.append("measured")
        if upload.read_bytes() == b"bad":
            raise Rejected(ErrorCode.INVALID_INPUT, "That is no music.")
        return upload.stat().st_size * 4_800

    async def prepare(self, upload: Path, own: int, samples: int, path: Path) -> None:
        self.done.append("prepared")
        path.write_text(f"{own} {samples}")
