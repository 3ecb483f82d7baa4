"""Rows of ``exports``, as far as they are folded. The gateway makes them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from runtime.db import Conn

from projector.domain.state import Change, ExportState, Status


async def load(conn: Conn, job_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, ExportState]]:
    """The exports of each job that has any, by their ids."""
    rows = await conn.fetch(
        "select job_id, id, status, progress, result, error_code, error_message,"
        " cancel_requested_at is not null as cancel_requested"
        " from public.exports where job_id = any($1)",
        list(job_ids),
    )
    found: dict[UUID, dict[UUID, ExportState]] = {}
    for row in rows:
        fields = dict(row)
        job_id = fields.pop("job_id")
        fields["status"] = Status(fields["status"])
        found.setdefault(job_id, {})[fields["id"]] = ExportState(**fields)
    return found


async def save(conn: Conn, changes: Sequence[Change]) -> None:
    """Write the exports that changed."""
    exports = [
        export
        for change in changes
        for key, export in change.after.exports.items()
        if change.before.exports.get(key) != export
    ]
    await conn.executemany(
        "update public.exports set status = $2, progress = $3, result = $4, error_code = $5,"
        " error_message = $6, updated_at = now() where id = $1",
        [
            (
                export.id,
                export.status.value,
                export.progress,
                export.result,
                export.error_code,
                export.error_message,
            )
            for export in exports
        ],
    )
