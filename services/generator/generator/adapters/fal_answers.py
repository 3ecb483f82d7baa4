"""Reads what fal says: why a request failed, what was asked, where its clip lies."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from contracts.errors import ErrorCode

from generator.adapters.answers import Answer, list_of, object_of, text_of

_TIMEOUTS: Final = frozenset({"request_timeout", "startup_timeout"})


def special(answer: Answer) -> ErrorCode | None:
    """An empty account answers 403, and a model that is not listed 404."""
    broke = "exhausted balance" in json.dumps(answer.fields.get("detail")).lower()
    if answer.status == HTTPStatus.FORBIDDEN and broke:
        return ErrorCode.PROVIDER_CREDITS_EXHAUSTED
    if answer.status == HTTPStatus.NOT_FOUND:
        return ErrorCode.PROVIDER_NOT_CONFIGURED
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return failure_of(answer.fields)
    return None


def failure_of(fields: Mapping[str, Any]) -> ErrorCode | None:
    """What an answer says went wrong with a request; ``None`` if it says nothing of the kind."""
    kinds = [text_of(object_of(entry).get("type")) for entry in list_of(fields.get("detail")) or ()]
    if "content_policy_violation" in kinds:
        return ErrorCode.CONTENT_REJECTED
    if kinds:
        return ErrorCode.INVALID_INPUT
    kind = text_of(fields.get("error_type"))
    if kind in _TIMEOUTS:
        return ErrorCode.SCENE_TIMEOUT
    if kind == "content_policy_violation":
        return ErrorCode.CONTENT_REJECTED
    return ErrorCode.AI_PROVIDER_FAILURE if kind or fields.get("error") else None


def payload_of(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A payload is an object, or the text of one."""
    value = item.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return object_of(value)


def video_of(item: Mapping[str, Any], name: str) -> str:
    """Where the clip of an output lies."""
    return text_of(object_of(payload_of(item, name).get("video")).get("url"))
