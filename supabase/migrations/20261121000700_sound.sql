-- Lines that a paid voice has said, named for what they sound like: each is paid for once, however
-- often its film is made. 'asking' is written before a send, so that no answer is lost unseen.
create table stitcher.narrations (
  project_id uuid not null,
  name text not null check (name ~ '^[0-9a-f]{64}$'),
  model text not null,
  voice text not null,
  letters integer not null check (letters > 0),
  state text not null check (state in ('asking', 'free', 'done')),
  work_id uuid not null,
  job_id uuid not null,
  busy_until timestamptz not null,
  sends integer not null default 0,
  lost integer not null default 0,
  object jsonb,
  cost_usd numeric(12, 6) not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (project_id, name),
  check (state <> 'done' or object is not null)
);
comment on column stitcher.narrations.lost is 'sends whose answer never came; they may be paid';

create index narrations_job on stitcher.narrations (project_id, job_id);

grant select, insert, update, delete on stitcher.narrations to stitcher;
