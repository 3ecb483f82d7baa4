"""Dead letters: records that are no event of ours, kept as rows of ``<service>.outbox``.

The rows are the truth: they outlive the broker, and ``<service>.dlq`` is published from them. A
letter is open until it was put back on the topic it came from, or dropped.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any, Final
from uuid import uuid5

from contracts.topics import BY_NAME, dead_letters

from runtime import outbox
from runtime.db import Conn, rows_of
from runtime.letters import MARK, Group, Letter, Moved, NoSuchLetterError, Wanted, letter_of
from runtime.outbox import Message

_BATCH: Final = 200
_FEWEST_DIGITS: Final = 4
_OPEN: Final = "redriven_at is null and dropped_at is null"
_FIELDS: Final = (
    "seq, event_id, key, headers, body, created_at, redrives, redriven_at, dropped_at, published_at"
)


class DeadLetters:
    """The dead letters of every service whose outbox this connection may read."""

    def __init__(self, conn: Conn, services: Sequence[str]) -> None:
        self._conn = conn
        self.services = services

    @classmethod
    async def reach(cls, conn: Conn, services: Sequence[str]) -> "DeadLetters":
        """Those of ``services`` that exist here and may be read."""
        rows = await conn.fetch(
            "select n.nspname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relname = 'outbox' and n.nspname = any($1)"
            " and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')",
            list(services),
        )
        found = {row["name"] for row in rows}
        return cls(conn, [name for name in services if name in found])

    async def groups(self, wanted: Wanted) -> list[Group]:
        """How many letters there are, by service, reason and source."""
        found: list[Group] = []
        for service in self._of(wanted):
            where, args = _where(service, wanted)
            rows = await self._conn.fetch(
                "select coalesce(headers ->> 'dlq_reason', '') as reason,"  # noqa: S608
                " coalesce(headers ->> 'dlq_topic', '') as topic,"
                f" count(*) filter (where {_OPEN}) as open,"
                " count(*) filter (where redriven_at is not null and dropped_at is null)"
                " as redriven, count(*) filter (where dropped_at is not null) as dropped,"
                " min(created_at) as oldest, max(created_at) as newest"
                f' from "{service}".outbox where {where} group by 1, 2 order by 1, 2',
                *args,
            )
            found += [Group(service, **dict(row)) for row in rows]
        return found

    async def letters(self, wanted: Wanted, limit: int) -> list[Letter]:
        """The oldest letters of each service."""
        found: list[Letter] = []
        for service in self._of(wanted):
            rows = await self._page(service, wanted, after=0, limit=limit)
            found += [letter_of(service, row) for row in rows]
        return sorted(found, key=lambda letter: letter.at)[:limit]

    async def find(self, start_of_id: str) -> Letter:
        """The letter with this id, or the only one whose id begins so.

        Raises ``NoSuchLetterError``.
        """
        digits = start_of_id.strip().lower().replace("-", "")
        if len(digits) < _FEWEST_DIGITS or not set(digits) <= set("0123456789abcdef"):
            raise NoSuchLetterError(f"{start_of_id!r} is no id of a dead letter.")
        found: list[Letter] = []
        for service in self.services:
            rows = await self._conn.fetch(
                f'select {_FIELDS} from "{service}".outbox'  # noqa: S608
                f" where topic = '{dead_letters(service)}'"
                " and starts_with(replace(event_id::text, '-', ''), $1) limit 2",
                digits,
            )
            found += [letter_of(service, row) for row in rows]
        if len(found) != 1:
            how = "Several dead letters have an id" if found else "No dead letter has an id"
            raise NoSuchLetterError(f"{how} that begins with {start_of_id}.")
        return found[0]

    async def count(self, wanted: Wanted) -> int:
        """How many letters that is, without those that were dropped."""
        return sum(group.open + group.redriven for group in await self.groups(wanted))

    async def redrive(self, wanted: Wanted) -> AsyncGenerator[Moved, None]:
        """Put letters back on the topics they came from, batch by batch.

        Each batch is one transaction that writes the original bytes, key and headers into the
        service's outbox and marks the letters; the service's relay publishes them. Dropped
        letters hold nothing any more; ``wanted.settled`` puts redriven ones back once more.
        """
        for service in self._of(wanted):
            after: int | None = 0
            while after is not None:
                after, moved = await self._put_page_back(service, wanted, after)
                if after is not None:
                    yield moved

    async def drop(self, wanted: Wanted) -> AsyncGenerator[int, None]:
        """Delete what letters hold, batch by batch; that they were there is kept.

        So a record that is read again is not set aside again.
        """
        for service in self._of(wanted):
            while True:
                where, args = _where(service, wanted)
                tag = await self._conn.execute(
                    f"update \"{service}\".outbox set dropped_at = now(), body = '', key = null,"  # noqa: S608
                    " published_at = coalesce(published_at, now()), headers ="
                    " (select coalesce(jsonb_object_agg(h.key, h.value), '{}')"
                    f" from jsonb_each(headers) h where starts_with(h.key, '{MARK}'))"
                    f' where seq in (select seq from "{service}".outbox where {where}'
                    f" and dropped_at is null order by seq limit {_BATCH})",
                    *args,
                )
                dropped = rows_of(tag)
                if not dropped:
                    break
                yield dropped

    def _of(self, wanted: Wanted) -> Iterator[str]:
        return (s for s in self.services if wanted.service in {None, s})

    async def _page(
        self, service: str, wanted: Wanted, after: int, limit: int, *, held: bool = False
    ) -> list[Any]:
        """Rows behind ``after``; ``held`` locks them and leaves out those that were dropped."""
        where, args = _where(service, wanted)
        return await self._conn.fetch(
            f'select {_FIELDS} from "{service}".outbox'  # noqa: S608
            f" where {where} and seq > ${len(args) + 1}"
            f"{' and dropped_at is null' if held else ''} order by seq limit {limit}"
            f"{' for update' if held else ''}",
            *args,
            after,
        )

    async def _put_page_back(
        self, service: str, wanted: Wanted, after: int
    ) -> tuple[int | None, Moved]:
        """One page behind the row ``after``: its last row, ``None`` if there was none."""
        async with self._conn.transaction():
            rows = await self._page(service, wanted, after, _BATCH, held=True)
            if not rows:
                return None, Moved(0, 0)
            return rows[-1]["seq"], await self._put_back(service, rows)

    async def _put_back(self, service: str, rows: Sequence[Any]) -> Moved:
        letters = [letter_of(service, row) for row in rows]
        going = [one for one in letters if one.topic in BY_NAME]
        await outbox.put_messages(
            self._conn,
            service,
            [
                (
                    uuid5(one.id, f"redrive:{one.redrives}"),
                    Message(one.topic, one.key, one.headers, one.body),
                )
                for one in going
            ],
        )
        await self._conn.execute(
            f'update "{service}".outbox set redrives = redrives + 1, redriven_at = now()'  # noqa: S608
            " where event_id = any($1)",
            [one.id for one in going],
        )
        return Moved(len(going), len(letters) - len(going))


def _where(service: str, wanted: Wanted) -> tuple[str, list[Any]]:
    # Written out, because only then the index of dead letters is certain to be used.
    parts, args = [f"topic = '{dead_letters(service)}'"], list[Any]()
    if wanted.reason is not None:
        args.append(wanted.reason)
        parts.append(f"headers ->> 'dlq_reason' = ${len(args)}")
    if wanted.ids is not None:
        args.append(list(wanted.ids))
        parts.append(f"event_id = any(${len(args)})")
    if not wanted.settled:
        parts.append(_OPEN)
    return " and ".join(parts), args
