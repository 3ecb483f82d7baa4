-- A job may wait for its user: for another source, or for a review. And what speech cost.

alter table public.jobs drop constraint jobs_status_check;
alter table public.jobs add constraint jobs_status_check check (status in
  ('queued', 'running', 'needs_source', 'needs_review', 'succeeded', 'failed', 'cancelled'));
alter table public.jobs add column source_round int not null default 0 check (source_round >= 0);
comment on column public.jobs.source_round is
  'The highest round heard of: of a source that was given, or of one that gave no words.';
grant update (source_round) on public.jobs to projector;
-- A job that waits for its user has not ended: it is put back on the bus like the others.
drop index public.jobs_unfinished;
create index jobs_unfinished on public.jobs (created_at)
  where status not in ('succeeded', 'failed', 'cancelled');

-- Pieces of sound that were sent to be written down, by their content: each is paid for once.
create table transcriber.pieces (
  piece text not null check (piece ~ '^[0-9a-f]{64}$'),
  model text not null,
  language text not null,
  state text not null check (state in ('free', 'asking', 'done')),
  work_id uuid not null,
  busy_until timestamptz not null,
  sends int not null default 0 check (sends >= 0),
  lost int not null default 0 check (lost between 0 and sends),
  seconds double precision not null check (seconds > 0),
  spoken text,
  utterances jsonb,
  cost_usd numeric(12, 6) not null default 0 check (cost_usd >= 0),
  updated_at timestamptz not null default now(),
  primary key (piece, model, language),
  check (state <> 'done' or utterances is not null)
);
create index pieces_of_work on transcriber.pieces (work_id);
comment on column transcriber.pieces.piece is 'sha256 of 16 kHz mono samples, 16 bit, little endian';
comment on column transcriber.pieces.language is 'as asked for; empty leaves it open';
comment on column transcriber.pieces.lost is 'sends whose answer never came; they may have cost';
comment on column transcriber.pieces.spoken is 'the language that was heard, where the server says';
comment on column transcriber.pieces.utterances is '[[start, end, text], …]; seconds in the piece';

grant select, insert, update, delete on transcriber.pieces to transcriber;
