"""The local object store's signed addresses. With S3 these routes do not exist."""

from contracts.errors import ErrorCode, Rejected
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from runtime.objects import LocalObjects, ObjectMissingError

router = APIRouter(include_in_schema=False)


@router.api_route("/objects/{key:path}", methods=["GET", "HEAD"])
async def read_object(key: str, request: Request) -> Response:
    """A file to whoever holds its address, whole or in ranges, until it expires."""
    store: LocalObjects = request.app.state.parts.store
    try:
        path = store.verify(key, request.query_params)
    except ObjectMissingError as error:
        raise Rejected(ErrorCode.NOT_FOUND, "This file has been deleted.") from error
    ref = await store.head(key)
    if ref is None:
        raise Rejected(ErrorCode.NOT_FOUND, "This file has been deleted.")
    etag = f'"{ref.sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=3600",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'",
    }
    if etag in {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    kind = "attachment" if "attachment" in request.query_params else "inline"
    return FileResponse(
        path,
        headers=headers,
        media_type=ref.content_type,
        filename=request.query_params.get("filename"),
        content_disposition_type=kind,
    )
