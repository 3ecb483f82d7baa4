"""Rows of ``characters``, as far as they follow from the jobs that train them."""

from collections.abc import Sequence

from runtime.db import Conn

from projector.domain.state import Change, JobType


async def save(conn: Conn, changes: Sequence[Change]) -> None:
    """Write the models that are known now. One that was paid for is kept if its job was given up.

    The oldest job's model stays: a character has one, whatever order events arrive in.
    """
    jobs = [
        change.after.id
        for change in changes
        if change.after.type is JobType.CHARACTER and change.after.result != change.before.result
    ]
    if not jobs:
        return
    await conn.execute(
        "update public.characters c set model_ref = known.result ->> 'model_ref',"
        " trigger_word = known.result ->> 'trigger_word' from ("
        "   select distinct on (character_id) character_id, result from public.jobs"
        "   where type = 'character' and result is not null and character_id in"
        "     (select character_id from public.jobs where id = any($1))"
        "   order by character_id, id) as known"
        " where c.id = known.character_id",
        jobs,
    )
