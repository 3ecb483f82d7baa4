"""A scene as moving pictures: any frame of it, drawn on demand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generator.adapters.animatic import figures, lettering, scenery
from generator.adapters.animatic.layer import Layer
from generator.adapters.animatic.planes import Planes, even
from generator.domain import camera
from generator.domain.camera import MARGIN, Window, window
from generator.domain.figure import Mouth, figure, mouth, nod
from generator.domain.look import look
from generator.domain.provider import SceneRequest

NEAR = 1.5
"""How much further the characters move than the landscape."""

FADE = 7
"""Frames in which a page appears."""

MOST_FIGURES = 3
NARRATION = "#8fb3ff"
CHIN_HEIGHT = 0.575
"""Where chins are, as a share of the frame's height: above the plate with the words."""

PLACES: dict[int, tuple[float, ...]] = {0: (), 1: (0.70,), 2: (0.29, 0.72), 3: (0.20, 0.50, 0.80)}


@dataclass(frozen=True, slots=True)
class Actor:
    """A character in the scene: where it stands (share of the width) and its pictures."""

    name: str
    place: float
    speaking: dict[Mouth, Layer]
    listening: Layer


@dataclass(frozen=True, slots=True)
class MovingPicture:
    """Everything that is drawn once for a scene."""

    request: SceneRequest
    seed: int
    background: Layer
    actors: tuple[Actor, ...]
    plate: lettering.Overlay | None
    pages: tuple[lettering.Page, ...]

    @classmethod
    def of(cls, request: SceneRequest) -> "MovingPicture":
        """Paint a scene. Takes about half a second for 1280x720."""
        accent = _accent(request)
        spoken = " ".join(line.text for line in request.lines)
        prompt = f"{request.prompt}\n{request.variation}".rstrip()
        seen = look(prompt, spoken, request.style, accent)
        size = (even(request.width * (1 + MARGIN)), even(request.height * (1 + MARGIN)))
        sheet = lettering.Sheet(request.width, request.height)
        read = lettering.readings(sheet, request.lines)
        most = max(1, *(len(reading.lines) for reading in read))
        sheet = replace(sheet, most_lines=most)
        return cls(
            request,
            seen.seed,
            Layer(Planes.of(scenery.paint(seen, size))),
            _actors(request),
            lettering.frame_plate(
                sheet, request.title, accent, panel=any(reading.lines for reading in read)
            ),
            lettering.letter(sheet, read, request.cast, request.frames),
        )

    def raw(self, first: int, end: int) -> bytes:
        """Frames ``first`` to before ``end``, one after the other, as the encoder reads them."""
        return b"".join(self.frame(n).raw() for n in range(first, end))

    def frame(self, number: int) -> Planes:
        """One frame of the request's size."""
        request = self.request
        t = number / max(1, request.frames - 1)
        size = (request.width, request.height)
        canvas = self.background.view(window(request.camera, t).box(*self.background.size), size)
        page = next((p for p in self.pages if p.first <= number < p.end), None)
        near = window(request.camera, t, depth=NEAR)
        for actor in self.actors:
            self._act(canvas, actor, number, near, page)
        if self.plate:
            canvas.draw(self.plate.planes, self.plate.left, self.plate.top)
        if page and page.overlay:
            shown = min(1.0, (number - page.first + 1) / FADE) if page.first else 1.0
            canvas.draw(page.overlay.planes.faded(shown), page.overlay.left, page.overlay.top)
        return canvas

    def _act(
        self, canvas: Planes, actor: Actor, number: int, near: Window, page: lettering.Page | None
    ) -> None:
        fps = self.request.fps
        speaker = page.speaker if page else None
        speaking = speaker == actor.name
        outshone = not speaking and any(speaker == other.name for other in self.actors)
        state = mouth(number, fps, self.seed % 97) if speaking else Mouth.SHUT
        layer = actor.listening if outshone else actor.speaking[state]
        width, height = self.request.width, self.request.height
        scale = camera.nearest(NEAR) / near.size
        wide, tall = layer.size[0] * scale, layer.size[1] * scale
        middle = (0.5 - near.x + (actor.place - 0.5) * camera.nearest(NEAR)) / near.size + 0.5
        chin = (0.5 - near.y + (CHIN_HEIGHT - 0.5) * camera.nearest(NEAR)) / near.size + 0.5
        lift = nod(number + round(actor.place * 50), fps, speaking=speaking)
        left = middle * width - wide / 2
        top = chin * height - tall * (figures.CHIN + lift)
        _place(canvas, layer, (left, top, left + wide, top + tall))


def _place(canvas: Planes, layer: Layer, spot: tuple[float, float, float, float]) -> None:
    """Draw ``layer`` scaled into ``spot`` (frame pixels, fractions kept), clipped to the frame."""
    width, height = canvas.size
    left, top, right, bottom = spot
    x0, y0 = max(0, -2 * int(-left // 2)), max(0, -2 * int(-top // 2))
    x1, y1 = min(width, 2 * int(right // 2)), min(height, 2 * int(bottom // 2))
    if x1 <= x0 or y1 <= y0:
        return
    across, down = layer.size[0] / (right - left), layer.size[1] / (bottom - top)
    box = ((x0 - left) * across, (y0 - top) * down, (x1 - left) * across, (y1 - top) * down)
    canvas.draw(layer.view(box, (x1 - x0, y1 - y0)), x0, y0)


def _accent(request: SceneRequest) -> str:
    colors = {cast.name: cast.color for cast in request.cast}
    spoken = [colors[line.speaker] for line in request.lines if line.speaker in colors]
    return spoken[0] if spoken else next(iter(colors.values()), NARRATION)


def _actors(request: SceneRequest) -> tuple[Actor, ...]:
    cast = request.cast[:MOST_FIGURES]
    places: Sequence[float] = PLACES[len(cast)]
    crowd = (1.16, 1.08, 0.98)[max(0, len(cast) - 1)]
    tall = even(max(0.98 * request.height, min(request.height, request.width) * crowd))
    actors: list[Actor] = []
    for member, place in zip(cast, places, strict=True):
        drawn = figures.portrait(figure(member.name, member.color), tall)
        speaking = {state: Layer(planes) for state, planes in drawn.speaking.items()}
        actors.append(Actor(member.name, place, speaking, Layer(drawn.listening)))
    return tuple(actors)
