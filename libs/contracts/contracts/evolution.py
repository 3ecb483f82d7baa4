"""What changed between two versions of an event's JSON Schema, and whom that breaks.

Within a version every kept record must stay readable, and no consumer may miss a field it knows.
So narrowing is breaking; widening is fine once every consumer has been shipped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_MISSING: Final = object()
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("const", "format", "multipleOf", "pattern", "additionalProperties")


class Effect(StrEnum):
    """What a change asks for."""

    BREAKING = "breaking"
    CONSUMERS_FIRST = "consumers first"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``path`` leads to it: ``clip.video.size``; ``[]`` is an array's item."""

    path: str
    what: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.effect}: {self.path or '(body)'}: {self.what}"


def changes(old: Schema, new: Schema) -> list[Change]:
    """Every change that somebody must heed; an added optional field is none."""
    return list(_Comparison(old, new).compare(old, new, ""))


def breaking_changes(old: Schema, new: Schema) -> list[Change]:
    """The changes that need a new version of the event."""
    return [change for change in changes(old, new) if change.effect is Effect.BREAKING]


class _Comparison:
    """Walks two documents side by side; each pair of definitions is compared once per way."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._on_the_way: set[tuple[str, str]] = set()

    def compare(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        refs = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(refs):
            if refs in self._on_the_way:
                return
            self._on_the_way.add(refs)
        yield from self._resolved(_follow(self._old, old), _follow(self._new, new), path)
        self._on_the_way.discard(refs)

    def _resolved(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, path)
            return
        yield from _types(old, new, path)
        yield from _enums(old, new, path)
        yield from _bounds(old, new, path)
        yield from self._properties(old, new, path)
        if "items" in old and "items" in new:
            yield from self.compare(old["items"], new["items"], f"{path}[]")

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        before = {self._kind(self._old, s): s for s in old.get("anyOf", [old])}
        after = {self._kind(self._new, s): s for s in new.get("anyOf", [new])}
        for kind in before.keys() - after.keys():
            yield Change(path, f"no longer may be {kind}", Effect.BREAKING)
        for kind in after.keys() - before.keys():
            yield Change(path, f"now may be {kind}", Effect.CONSUMERS_FIRST)
        for kind in before.keys() & after.keys():
            yield from self.compare(before[kind], after[kind], path)

    @staticmethod
    def _kind(root: Schema, schema: Schema) -> str:
        kind = _follow(root, schema).get("type", "anything")
        return " or ".join(sorted(kind)) if isinstance(kind, list) else str(kind)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    def _properties(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        needed_before = set(old.get("required", ()))
        needed_after = set(new.get("required", ()))
        for name in before:
            where = f"{path}.{name}".lstrip(".")
            if name not in after:
                yield Change(where, "field removed", Effect.BREAKING)
                continue
            if name in needed_before - needed_after:
                yield Change(where, "no longer required", Effect.CONSUMERS_FIRST)
            yield from self.compare(before[name], after[name], where)
        for name in sorted(needed_after - needed_before):
            what = "became required" if name in before else "new required field"
            yield Change(f"{path}.{name}".lstrip("."), what, Effect.BREAKING)


def _follow(root: Schema, schema: Schema) -> Schema:
    """The schema behind local references. Raises ``KeyError`` for a reference into nothing."""
    while "$ref" in schema:
        target: Any = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _types(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("type"), new.get("type")
    if before == after:
        return
    if after is None or (before, after) == ("integer", "number"):
        yield Change(path, f"type widened from {before} to {after}", Effect.CONSUMERS_FIRST)
    else:
        yield Change(path, f"type {before} became {after}", Effect.BREAKING)


def _enums(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    if "enum" not in old and "enum" not in new:
        return
    if "enum" not in new:
        yield Change(path, "any value is now allowed", Effect.CONSUMERS_FIRST)
        return
    if "enum" not in old:
        yield Change(path, f"only {new['enum']} are now allowed", Effect.BREAKING)
        return
    for value in old["enum"]:
        if value not in new["enum"]:
            yield Change(path, f"value {value!r} removed", Effect.BREAKING)
    for value in new["enum"]:
        if value not in old["enum"]:
            yield Change(path, f"value {value!r} added", Effect.CONSUMERS_FIRST)


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for names, sign in ((_LOWER, 1), (_UPPER, -1)):
        for name in names:
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            what = f"{name} {before} became {after}"
            narrower = before is None or (after is not None and sign * (after - before) > 0)
            effect = Effect.BREAKING if narrower else Effect.CONSUMERS_FIRST
            yield Change(path, what, effect)
    for name in _EXACT:
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        if before == after:
            continue
        if after is _MISSING:
            yield Change(path, f"{name} dropped", Effect.CONSUMERS_FIRST)
        else:
            yield Change(path, f"{name} is now {after!r}", Effect.BREAKING)
