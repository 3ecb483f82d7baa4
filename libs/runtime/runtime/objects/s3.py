"""Objects in S3, through boto3 in threads: it is synchronous, and its clients are thread-safe."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlparse

import boto3  # pyright: ignore[reportMissingTypeStubs]
from boto3.s3.transfer import TransferConfig  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError,
    ClientError,
)
from contracts.errors import ErrorCode, Transient
from contracts.events import ObjectRef

from runtime.objects.port import (
    GET_LIMIT,
    MEBIBYTE,
    ObjectMissingError,
    check_key,
    describe,
    disposition,
    too_large,
)

T = TypeVar("T")

_MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Objects:
    """One bucket. The sha256 of an object is kept in its metadata."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._transfer = TransferConfig(multipart_threshold=16 * MEBIBYTE, max_concurrency=4)

    @classmethod
    def from_url(cls, url: str, **client_options: Any) -> Self:
        """``s3://bucket/prefix``; endpoint, region and keys come from AWS's own variables."""
        parts = urlparse(url)
        prefix = parts.path.strip("/")
        # s3v4: without it a presigned URL in us-east-1 comes out in the refused SigV2 form.
        config = Config(
            signature_version="s3v4",
            retries={"mode": "standard", "max_attempts": 3},
            connect_timeout=5,
            read_timeout=60,
            max_pool_connections=32,
            s3={"addressing_style": "path"} if client_options.get("endpoint_url") else {},
        )
        make: Any = boto3
        client = make.client("s3", config=config, **client_options)
        return cls(client, parts.netloc, f"{prefix}/" if prefix else "")

    async def put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        """Store bytes or a file; an object already there is replaced."""
        check_key(key)
        return await self._run(key, lambda: self._put(key, data, content_type))

    async def get(self, key: str, limit: int = GET_LIMIT) -> bytes:
        """Read a small object."""

        def read() -> bytes:
            reply = self._client.get_object(**self._at(key))
            with reply["Body"] as body:
                data: bytes = body.read(limit + 1)
            if len(data) > limit:
                raise too_large(key, limit)
            return data

        return await self._run(key, read)

    async def download(self, key: str, path: Path) -> None:
        """Copy an object to a file."""

        def copy() -> None:
            with path.open("wb") as file:
                self._client.download_fileobj(**self._at(key), Fileobj=file)

        await self._run(key, copy)

    async def head(self, key: str) -> ObjectRef | None:
        """What is stored under a key, or ``None``."""
        try:
            reply = await self._run(key, lambda: self._client.head_object(**self._at(key)))
        except ObjectMissingError:
            return None
        return ObjectRef(
            key=key,
            size=reply["ContentLength"],
            sha256=reply["Metadata"]["sha256"],
            content_type=reply["ContentType"],
        )

    async def delete(self, key: str) -> None:
        """Remove an object; no error if it is not there."""
        await self._run(key, lambda: self._client.delete_object(**self._at(key)))

    def signed_url(
        self, key: str, *, seconds: int, filename: str | None = None, attachment: bool = False
    ) -> str:
        """A presigned GET URL; it answers 403 to HEAD, as it is bound to its method."""
        params = self._at(key)
        if filename is not None or attachment:
            params["ResponseContentDisposition"] = disposition(filename, attachment=attachment)
        url: str = self._client.generate_presigned_url(
            "get_object", Params=params, ExpiresIn=seconds
        )
        return url

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}

    def _put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        size, digest = describe(data)
        about = {"ContentType": content_type, "Metadata": {"sha256": digest}}
        if isinstance(data, bytes):
            self._client.put_object(**self._at(key), Body=data, **about)
        else:
            with data.open("rb") as file:
                self._client.upload_fileobj(
                    file, **self._at(key), ExtraArgs=about, Config=self._transfer
                )
        return ObjectRef(key=key, size=size, sha256=digest, content_type=content_type)

    async def _run(self, key: str, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except ClientError as error:
            reply: Any = error.response  # pyright: ignore[reportUnknownMemberType]
            code = str(reply.get("Error", {}).get("Code", ""))
            if code in _MISSING:
                raise ObjectMissingError(key) from error
            raise Transient(ErrorCode.STORAGE_FAILED, detail=f"S3 {code}") from error
        except (BotoCoreError, OSError) as error:
            detail = type(error).__name__
            raise Transient(ErrorCode.STORAGE_FAILED, detail=detail) from error
