"""Fetched captions, kept in the transcriber's schema."""

from dataclasses import dataclass

from runtime.db import Database

from transcriber.domain import CaptionTrack, Snippet

_RECALL = """
select language, generated, snippets from transcriber.captions
where video_id = $1 and lower(language) = lower(coalesce(
  (select language from transcriber.choices where video_id = $1 and asked = $2), $2))
"""
_CLAIM = """
insert into transcriber.fetches (video_id, busy_until)
values ($1, now() + make_interval(secs => $2))
on conflict (video_id) do update set busy_until = excluded.busy_until
where fetches.busy_until < now()
returning true
"""


@dataclass(frozen=True, slots=True)
class PostgresRemembered:
    """Tables ``captions``, ``choices`` and ``fetches``. A claim outlives a dead worker briefly."""

    db: Database
    claim_seconds: float

    async def recall(self, video_id: str, language: str | None) -> CaptionTrack | None:
        """The track that this ask was or would be answered with, if it has been fetched."""
        row = await self.db.fetchrow(_RECALL, video_id, _asked(language))
        if row is None:
            return None
        snippets = tuple(Snippet(start, length, text) for start, length, text in row["snippets"])
        return CaptionTrack(video_id, row["language"], row["generated"], snippets)

    async def claim(self, video_id: str) -> bool:
        """Whether the caller may fetch this video now; nobody else may meanwhile."""
        return bool(await self.db.fetchval(_CLAIM, video_id, self.claim_seconds))

    async def release(self, video_id: str) -> None:
        """Give a claim back."""
        await self.db.execute("delete from transcriber.fetches where video_id = $1", video_id)

    async def keep(self, track: CaptionTrack, language: str | None) -> None:
        """Remember a track as the answer to an ask."""
        snippets = [[s.start, s.duration, s.text] for s in track.snippets]
        async with self.db.transaction() as conn:
            await conn.execute(
                "insert into transcriber.captions (video_id, language, generated, snippets) "
                "values ($1, $2, $3, $4) on conflict do nothing",
                track.video_id,
                track.language,
                track.generated,
                snippets,
            )
            await conn.execute(
                "insert into transcriber.choices (video_id, asked, language) "
                "values ($1, $2, $3) on conflict do nothing",
                track.video_id,
                _asked(language),
                track.language,
            )


def _asked(language: str | None) -> str:
    return (language or "").lower()
