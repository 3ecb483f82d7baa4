"""A stage service as a process of its own: notes every run of its handler, then answers.

``python -m tests.integration.toy`` reads the runtime's settings from the environment.
"""

from dataclasses import dataclass

from contracts.events import ImportRequested, TranscriptReady
from runtime.db import Database
from runtime.service import Service, run
from runtime.settings import RuntimeSettings
from runtime.work import Done, Outcome, Route, Work

from tests.samples import object_ref

TABLE = """
create table transcriber.runs (n bigserial primary key, job_id uuid, work_id uuid, attempt int);
grant select, insert on transcriber.runs to transcriber;
grant usage on sequence transcriber.runs_n_seq to transcriber;
"""


@dataclass(frozen=True)
class Note:
    """ImportRequested -> TranscriptReady, with a row in ``transcriber.runs`` per run."""

    db: Database

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        await self.db.execute(
            "insert into transcriber.runs (job_id, work_id, attempt) values ($1, $2, $3)",
            event.job_id,
            work.id,
            work.attempt,
        )
        ready = TranscriptReady.caused_by(
            event,
            script_id=event.script_id,
            transcript=object_ref("t.json"),
            language="en",
            origin="upload",
            segments=1,
            seconds=1.0,
        )
        return Done([ready])


def build(settings: RuntimeSettings) -> Service:
    db = Database(settings.database_url, settings.database_pool_size)
    return Service("transcriber", settings, [Route(ImportRequested, "fetch", Note(db))], db=db)


if __name__ == "__main__":
    run(build(RuntimeSettings()))
