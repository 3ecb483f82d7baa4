"""Pieces of sound that were heard, kept in the transcriber's schema: each is paid for once."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from runtime.db import Database

from transcriber.domain.sound import Heard, Intent, Kept, PieceKey, Utterance, price

_MINE = "piece = $1 and model = $2 and language = $3"
# A row that asks is asked for again by its own work at once (the worker before is dead), by others
# when its time is over. Whoever asks after an answer that never came is counted.
_INTEND = """
insert into transcriber.pieces as p
  (piece, model, language, state, work_id, busy_until, sends, seconds)
values ($1, $2, $3, 'asking', $4, now() + make_interval(secs => $5), 1, $6)
on conflict (piece, model, language) do update set
  state = 'asking', work_id = excluded.work_id, busy_until = excluded.busy_until,
  sends = p.sends + 1, lost = p.lost + (p.state = 'asking')::int, updated_at = now()
where p.state = 'free'
  or (p.state = 'asking' and (p.busy_until < now() or p.work_id = excluded.work_id) and p.lost < $7)
returning sends
"""
_STATE = f"""
select case when state = 'done' then 'known'
  when busy_until < now() or work_id = $4 then 'spent' else 'busy' end
from transcriber.pieces where {_MINE}
"""  # noqa: S608
_KEEP = f"""
update transcriber.pieces set state = 'done', utterances = $4, spoken = $5, updated_at = now(),
  cost_usd = $6::numeric * (1 + lost)
where {_MINE} and state <> 'done'
"""  # noqa: S608
_RECALL = """
select piece, utterances, spoken, cost_usd, work_id = $4 as mine from transcriber.pieces
where piece = any($1) and model = $2 and language = $3 and state = 'done'
"""


@dataclass(frozen=True, slots=True)
class PostgresPieces:
    """Table ``pieces``. A send whose answer is lost is repeated ``resends`` times at most.

    ``claim_seconds`` outlast a send, so that two jobs never send the same piece side by side.
    """

    db: Database
    claim_seconds: float
    resends: int
    usd_per_minute: Decimal

    async def recall(self, keys: Sequence[PieceKey], work_id: UUID) -> dict[PieceKey, Kept]:
        """Which of these pieces have been heard. All keys are of one model and language."""
        if not keys:
            return {}
        model, language = keys[0].model, keys[0].language
        rows = await self.db.fetch(_RECALL, [key.sha256 for key in keys], model, language, work_id)
        return {
            PieceKey(row["piece"], model, language): Kept(
                Heard(tuple(Utterance(*said) for said in row["utterances"]), row["spoken"]),
                row["cost_usd"],
                row["mine"],
            )
            for row in rows
        }

    async def intend(self, key: PieceKey, work_id: UUID, seconds: float) -> Intent:
        """Write down that a piece is about to be sent, if it may be."""
        mine = (key.sha256, key.model, key.language, work_id)
        sends = await self.db.fetchval(_INTEND, *mine, self.claim_seconds, seconds, self.resends)
        if sends is not None:
            return Intent.GRANTED
        return Intent(await self.db.fetchval(_STATE, *mine) or Intent.BUSY)

    async def keep(self, key: PieceKey, heard: Heard, seconds: float) -> None:
        """Remember what was heard, and what it cost, sends without an answer included."""
        await self.db.execute(
            _KEEP,
            *(key.sha256, key.model, key.language),
            [[said.start, said.end, said.text] for said in heard.utterances],
            heard.language,
            price(seconds, self.usd_per_minute),
        )

    async def free(self, key: PieceKey, work_id: UUID) -> None:
        """The send was refused or never left: nothing was paid."""
        await self._end(key, work_id, "state = 'free', sends = sends - 1, busy_until = now()")

    async def lose(self, key: PieceKey, work_id: UUID) -> None:
        """The send may have been paid for; its answer will not come."""
        await self._end(key, work_id, "busy_until = now()")

    async def _end(self, key: PieceKey, work_id: UUID, change: str) -> None:
        await self.db.execute(
            f"update transcriber.pieces set {change}, updated_at = now()"  # noqa: S608
            f" where {_MINE} and work_id = $4 and state = 'asking'",
            *(key.sha256, key.model, key.language, work_id),
        )
