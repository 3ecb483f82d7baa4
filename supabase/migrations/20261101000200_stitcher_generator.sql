-- What the generator and the stitcher remember between events.

-- A user's clips by the hash of what was asked for: the same scene is never made twice.
create table generator.clips (
  user_id uuid not null,
  request_hash text not null check (request_hash ~ '^[0-9a-f]{64}$'),
  clip jsonb not null,
  provider text not null,
  provider_request_id text,
  cost_usd numeric not null default 0 check (cost_usd >= 0),
  work_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (user_id, request_hash)
);

-- A job's scenes as they arrive, in any order and before or after its plan.
create table stitcher.plans (
  job_id uuid primary key,
  event jsonb not null,
  scene_count int not null check (scene_count > 0)
);

create table stitcher.parts (
  job_id uuid not null,
  scene_index int not null check (scene_index >= 0),
  take int not null check (take > 0),
  clip jsonb not null,
  primary key (job_id, scene_index, take)
);

grant select, insert, update, delete on generator.clips to generator;
grant select, insert, update, delete on stitcher.plans, stitcher.parts to stitcher;
