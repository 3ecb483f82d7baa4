"""Edits a script's scenes: pure, in order, all or nothing.

Text is kept unless its scene is deleted or its lines are replaced; ids stay unique; every limit of
a ``Script`` holds afterwards. Whoever edits a script decides its scenes: from the first operation
on the film is made of them as they stand, and the script's text is the text of its scenes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from contracts.documents import DraftScene, Line, Paragraph, Script
from contracts.errors import ErrorCode, Rejected
from pydantic import ValidationError

from gateway.domain.going_on import goes_on, relinked, reworded
from gateway.domain.operations import (
    MAX_LINES,
    Add,
    Delete,
    Edit,
    Merge,
    Move,
    NewLine,
    Operation,
    Reorder,
    SceneFields,
    Split,
)
from gateway.domain.speech import count_words, spoken_seconds, whole_letters

MAX_SCENES: Final = 200
MAX_CHARACTERS: Final = 8
MAX_BYTES: Final = 1_048_576
"""Of a draft as JSON: ten times a film of the most scenes with calm speech."""
_LONGEST: Final = 60.0
_SHORTEST: Final = 0.5
_ADDED_SHORTEST: Final = 2.0
_PROMPT_LENGTH: Final = 1000
_TITLE_WORDS: Final = 6
_TITLE_LETTERS: Final = 60


def edited(script: Script, operations: Sequence[Operation], new_id: Callable[[], str]) -> Script:
    """The script after all operations. ``new_id`` gives ids for scenes that come without one.

    Raises ``Rejected``: INVALID_INPUT for what breaks a limit, NOT_FOUND for a scene that is not
    there. The message says which operation, counted from 1.
    """
    cut = _Cut(list(script.scenes), new_id)
    for number, operation in enumerate(operations, start=1):
        try:
            cut.apply(operation)
        except Rejected as error:
            raise Rejected(error.code, f"Operation {number}: {error.message}") from error
        except ValidationError as error:
            what = error.errors()[0]
            name = ".".join(map(str, what["loc"])) or "scene"
            raise Rejected(
                ErrorCode.INVALID_INPUT, f"Operation {number}: {name}: {what['msg']}"
            ) from error
    if not cut.scenes:
        _refuse("A film needs a scene. Add one before you delete the last.")
    return _as_edited(script, cut.scenes)


def _as_edited(script: Script, scenes: Sequence[DraftScene]) -> Script:
    """The script whose text is that of its scenes."""
    said = [line for scene in scenes for line in scene.lines]
    draft = Script(
        script_id=script.script_id,
        title=script.title,
        language=script.language,
        seconds=round(sum(scene.seconds for scene in scenes), 3),
        words=max(1, sum(count_words(line.text) for line in said)),
        speakers=tuple(dict.fromkeys(line.speaker for line in said if line.speaker)),
        paragraphs=tuple(Paragraph(speaker=x.speaker, sentences=(x.text,)) for x in said),
        scenes=tuple(scenes),
        edited=True,
        # Where passages were left out is told by numbers of scenes, which edits change.
        left_out=script.left_out and script.left_out.model_copy(update={"passages": ()}),
    )
    if len(draft.model_dump_json().encode()) > MAX_BYTES:
        _refuse("The script is too long. Delete scenes, or make two films of it.")
    return draft


def _refuse(message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> NoReturn:
    raise Rejected(code, message)


@dataclass(slots=True)
class _Cut:
    """The scenes while they are edited."""

    scenes: list[DraftScene]
    new_id: Callable[[], str] = field(repr=False)

    def apply(self, operation: Operation) -> None:
        match operation:
            case Edit():
                at = self._at(operation.scene_id)
                self.scenes[at] = _changed(self.scenes[at], operation)
                if operation.lines is not None:
                    self.scenes = reworded(self.scenes, at)
            case Split():
                self._split(operation)
            case Merge():
                self._merge(operation)
            case _:
                before = list(self.scenes)
                self._arrange(operation)
                self.scenes = relinked(before, self.scenes)

    def _arrange(self, operation: Move | Reorder | Delete | Add) -> None:
        match operation:
            case Move():
                self._move(operation)
            case Reorder():
                self._reorder(operation)
            case Delete():
                del self.scenes[self._at(operation.scene_id)]
            case Add():
                self._add(operation)

    def _at(self, scene_id: str) -> int:
        for index, scene in enumerate(self.scenes):
            if scene.id == scene_id:
                return index
        _refuse(f"There is no scene '{scene_id}'.", ErrorCode.NOT_FOUND)

    def _behind(self, scene_id: str | None) -> int:
        return 0 if scene_id is None else self._at(scene_id) + 1

    def _insert(self, at: int, scene: DraftScene) -> None:
        if len(self.scenes) >= MAX_SCENES:
            _refuse(f"A film has at most {MAX_SCENES} scenes. Merge or delete some first.")
        self.scenes.insert(at, scene)

    def _fresh(self, wanted: str | None) -> str:
        chosen = wanted or self.new_id()
        if any(scene.id == chosen for scene in self.scenes):
            _refuse(f"There is a scene '{chosen}' already.")
        return chosen

    def _move(self, operation: Move) -> None:
        at = self._at(operation.scene_id)
        if operation.after == operation.scene_id:
            _refuse("A scene cannot be put behind itself.")
        self._behind(operation.after)
        scene = self.scenes.pop(at)
        self.scenes.insert(self._behind(operation.after), scene)

    def _reorder(self, operation: Reorder) -> None:
        scenes = {scene.id: scene for scene in self.scenes}
        if len(operation.order) != len(scenes) or set(operation.order) != scenes.keys():
            _refuse("The order must name every scene once. Read the script again.")
        self.scenes = [scenes[scene_id] for scene_id in operation.order]

    def _split(self, operation: Split) -> None:
        at = self._at(operation.scene_id)
        first, second = _halves(self.scenes[at], operation, self._fresh(operation.new_id))
        self._insert(at + 1, second)
        self.scenes[at] = first

    def _merge(self, operation: Merge) -> None:
        at = self._at(operation.scene_id)
        if at + 1 == len(self.scenes):
            _refuse("There is no scene behind this one to merge with.")
        self.scenes[at : at + 2] = [_joined(self.scenes[at], self.scenes[at + 1])]

    def _add(self, operation: Add) -> None:
        said = operation.scene
        lines = _lines(said.lines)
        spoken = sum(spoken_seconds(line.text) for line in lines)
        scene = DraftScene(
            id=self._fresh(operation.new_id),
            title=said.title or _title(lines),
            lines=lines,
            prompt=said.prompt or "",
            seconds=_length(max(spoken, _ADDED_SHORTEST)),
        )
        self._insert(self._behind(operation.after), _changed(scene, said))


def _changed(scene: DraftScene, said: SceneFields) -> DraftScene:
    """The scene with every field that was said; a length that was not follows the words."""
    named = said.model_fields_set & SceneFields.model_fields.keys()
    changes = {
        name: value
        for name in named
        if (value := getattr(said, name)) is not None or name == "style"
    }
    if said.lines is not None:
        changes["lines"] = _lines(said.lines)
        changes.setdefault("seconds", _retimed(scene, changes["lines"]))
    return DraftScene.model_validate(scene.model_dump() | changes)


def _lines(lines: Sequence[NewLine]) -> tuple[Line, ...]:
    return tuple(Line(speaker=line.speaker, text=line.text) for line in lines)


def _weight(lines: Sequence[Line]) -> float:
    return sum(spoken_seconds(line.text) for line in lines)


def _retimed(scene: DraftScene, lines: Sequence[Line]) -> float:
    """The same pace for other words."""
    before = _weight(scene.lines)
    if not before:
        return scene.seconds
    return _length(scene.seconds * _weight(lines) / before)


def _length(seconds: float) -> float:
    return round(min(max(seconds, _SHORTEST), _LONGEST), 3)


def _title(lines: Sequence[Line]) -> str:
    words = lines[0].text.split()
    return " ".join(words[:_TITLE_WORDS])[:_TITLE_LETTERS]


def _halves(scene: DraftScene, where: Split, second_id: str) -> tuple[DraftScene, DraftScene]:
    """Two scenes; their lengths are shared as their words are."""
    if where.line >= len(scene.lines):
        _refuse(f"The scene has {len(scene.lines)} lines.")
    line = scene.lines[where.line]
    cut = whole_letters(line.text, where.character)
    before, after = line.text[:cut].rstrip(), line.text[cut:].lstrip()
    first = [*scene.lines[: where.line]]
    second = [*scene.lines[where.line + 1 :]]
    if before:
        first.append(Line(speaker=line.speaker, text=before))
    if after:
        second.insert(0, Line(speaker=line.speaker, text=after))
    if not _is_said(first) or not _is_said(second):
        _refuse("Both scenes of a split need words.")
    share = _weight(first) / (_weight(first) + _weight(second))
    middle = None
    if scene.start is not None and scene.end is not None:
        middle = round(scene.start + (scene.end - scene.start) * share, 3)
    head = {"lines": first, "seconds": _length(scene.seconds * share), "end": middle}
    tail = {
        "id": second_id,
        "title": _title(second),
        "lines": second,
        "seconds": _length(scene.seconds * (1 - share)),
        "start": middle,
    }
    whole = scene.model_dump()
    one = DraftScene.model_validate(whole | head)
    two = DraftScene.model_validate(whole | tail)
    inside = bool(before and after) and goes_on(one, two)
    return one, two.model_copy(update={"continues": inside})


def _is_said(lines: Sequence[Line]) -> bool:
    return any(char.isalnum() for line in lines for char in line.text)


def _joined(first: DraftScene, second: DraftScene) -> DraftScene:
    """One scene with both scenes' lines and length; it looks like the first one."""
    lines = (*first.lines, *second.lines)
    seconds = first.seconds + second.seconds
    characters = tuple(dict.fromkeys((*first.characters, *second.characters)))
    if len(lines) > MAX_LINES:
        _refuse(f"A scene has at most {MAX_LINES} lines.")
    if seconds > _LONGEST:
        _refuse(f"A scene lasts at most {_LONGEST:.0f} seconds. Make them shorter first.")
    if len(characters) > MAX_CHARACTERS:
        _refuse(f"A scene shows at most {MAX_CHARACTERS} characters. Take some out first.")
    both = f"{first.prompt} {second.prompt}".strip()
    fits = first.prompt != second.prompt and len(both) <= _PROMPT_LENGTH
    changes = {
        "lines": lines,
        "seconds": round(seconds, 3),
        "characters": characters,
        "prompt": both if fits else first.prompt,
        "end": second.end if _follows(first, second) else first.end,
    }
    return DraftScene.model_validate(first.model_dump() | changes)


def _follows(first: DraftScene, second: DraftScene) -> bool:
    """Whether the second scene is from later in the source."""
    if first.end is None or second.start is None:
        return False
    return second.start >= first.end
