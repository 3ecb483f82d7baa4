"""Which changes of a schema break somebody, and which only ask for an order of shipping."""

import json
from typing import Any

import pytest
from contracts.evolution import Effect, breaking_changes, changes
from contracts.schemas import schema_of
from contracts.topics import BY_NAME, TOPICS, Topic
from pydantic import BaseModel, Field

BREAKING, CONSUMERS_FIRST = Effect.BREAKING, Effect.CONSUMERS_FIRST


def body(required: tuple[str, ...] = ("a",), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def found(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Effect]]:
    return [(change.path, change.effect) for change in changes(old, new)]


TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}


def test_an_added_optional_field_asks_for_nothing():
    assert changes(body(a=TEXT), body(a=TEXT, b=TEXT)) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_an_event_is_compatible_with_itself(topic: Topic):
    assert changes(schema_of(topic), schema_of(topic)) == []


@pytest.mark.parametrize(
    ("old", "new", "path", "effect"),
    [
        (body(a=TEXT), body(required=()), "a", BREAKING),
        (body(a=TEXT), body(("a", "b"), a=TEXT, b=TEXT), "b", BREAKING),
        (body((), a=TEXT), body(("a",), a=TEXT), "a", BREAKING),
        (body(("a",), a=TEXT), body((), a=TEXT), "a", CONSUMERS_FIRST),
        (body(a=TEXT), body(a=WHOLE), "a", BREAKING),
        (body(a=NUMBER), body(a=WHOLE), "a", BREAKING),
        (body(a=WHOLE), body(a=NUMBER), "a", CONSUMERS_FIRST),
        (body(a=TEXT), body(a={}), "a", CONSUMERS_FIRST),
        (body(a={"enum": ["x", "y"]}), body(a={"enum": ["x"]}), "a", BREAKING),
        (body(a={"enum": ["x"]}), body(a={"enum": ["x", "y"]}), "a", CONSUMERS_FIRST),
        (body(a=TEXT), body(a=TEXT | {"enum": ["x"]}), "a", BREAKING),
        (body(a=TEXT | {"enum": ["x"]}), body(a=TEXT), "a", CONSUMERS_FIRST),
        (body(a=WHOLE | {"minimum": 1}), body(a=WHOLE | {"minimum": 2}), "a", BREAKING),
        (body(a=WHOLE | {"minimum": 1}), body(a=WHOLE | {"minimum": 0}), "a", CONSUMERS_FIRST),
        (body(a=WHOLE), body(a=WHOLE | {"maximum": 9}), "a", BREAKING),
        (body(a=WHOLE | {"maximum": 9}), body(a=WHOLE), "a", CONSUMERS_FIRST),
        (body(a=TEXT | {"maxLength": 9}), body(a=TEXT | {"maxLength": 5}), "a", BREAKING),
        (body(a=TEXT), body(a=TEXT | {"pattern": "^x$"}), "a", BREAKING),
        (body(a=TEXT | {"pattern": "^x$"}), body(a=TEXT), "a", CONSUMERS_FIRST),
        (body(a=TEXT | {"format": "uuid"}), body(a=TEXT | {"format": "uri"}), "a", BREAKING),
        (body(a={"items": TEXT}), body(a={"items": WHOLE}), "a[]", BREAKING),
        (body(a={"items": TEXT}), body(a={"items": TEXT, "minItems": 1}), "a", BREAKING),
        (
            body(a={"anyOf": [TEXT, {"type": "null"}]}),
            body(a=TEXT),
            "a",
            BREAKING,
        ),
        (
            body(a=TEXT),
            body(a={"anyOf": [TEXT, {"type": "null"}]}),
            "a",
            CONSUMERS_FIRST,
        ),
    ],
)
def test_a_change_is_named_with_its_effect(
    old: dict[str, Any], new: dict[str, Any], path: str, effect: Effect
):
    assert found(old, new) == [(path, effect)]


def test_bounds_inside_an_alternative_count():
    old = body(a={"anyOf": [TEXT | {"maxLength": 9}, {"type": "null"}]})
    new = body(a={"anyOf": [TEXT | {"maxLength": 3}, {"type": "null"}]})
    assert found(old, new) == [("a", BREAKING)]


def test_definitions_are_followed_and_paths_are_long():
    old = json.loads(json.dumps(schema_of(BY_NAME["scene.generated"])))
    new = json.loads(json.dumps(old))
    del new["$defs"]["ObjectRef"]["properties"]["size"]
    new["$defs"]["ObjectRef"]["required"].remove("size")
    assert [change.path for change in breaking_changes(old, new)] == [
        "clip.video.size",
        "clip.poster.size",
    ]


def test_a_moved_definition_is_no_change():
    inline = body(a=body(("x",), x=TEXT))
    moved = body(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": body(("x",), x=TEXT)}}
    assert changes(inline, moved) == []


class Tree(BaseModel):
    label: str = Field(max_length=9)
    children: list["Tree"] = []


def test_a_shape_that_holds_itself_ends():
    old = Tree.model_json_schema()
    new = json.loads(json.dumps(old).replace('"maxLength": 9', '"maxLength": 4'))
    assert {change.effect for change in changes(old, new)} == {BREAKING}


def test_a_change_reads_as_a_line():
    (change,) = changes(body(a=TEXT), body(required=()))
    assert str(change) == "breaking: a: field removed"
