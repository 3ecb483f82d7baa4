"""The OpenAPI document: problems instead of the framework's error shape."""

from typing import Any, Final

from contracts.errors import GUIDANCE, ErrorCode
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.problems import MEDIA_TYPE, Problem

_REASONS: Final[dict[int, ErrorCode]] = {
    401: ErrorCode.UNAUTHENTICATED,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.CONFLICT,
    412: ErrorCode.CONFLICT,
    413: ErrorCode.INVALID_INPUT,
    422: ErrorCode.INVALID_INPUT,
    428: ErrorCode.INVALID_INPUT,
    429: ErrorCode.RATE_LIMITED,
    503: ErrorCode.STORAGE_FAILED,
}


def problems(*statuses: int, **codes: ErrorCode) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: the named statuses, and what every route may answer."""
    return {
        status: _response(status, codes.get(f"on_{status}", _REASONS[status]))
        for status in sorted({401, 422, 429, *statuses})
    }


def _response(status: int, code: ErrorCode) -> dict[str, Any]:
    guidance = GUIDANCE[code]
    example = {
        "type": f"urn:filmstudio:problem:{code.value}",
        "title": guidance.title,
        "status": status,
        "detail": guidance.title,
        "code": code.value,
        "next_step": guidance.next_step,
        "instance": "/api/v1/jobs",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": guidance.title, "content": content}


def form_body(properties: dict[str, Any], *, required: list[str]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads a multipart form by itself."""
    schema = {"type": "object", "required": required, "properties": properties}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }


def install(app: FastAPI) -> None:
    """Serve our document at the framework's usual address."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas |= problem.pop("$defs", {})
            schemas["Problem"] = problem
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document
