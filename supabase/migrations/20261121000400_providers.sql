-- Every paid order to a video provider, for support and for webhooks: written before it is sent,
-- kept after its scene's row of work is gone.
create table generator.attempts (
  token text primary key,
  work_id uuid not null,
  job_id uuid not null,
  user_id uuid not null,
  project_id uuid not null,
  scene_index int not null check (scene_index >= 0),
  provider text not null,
  model text not null,
  request_hash text not null,
  number int not null check (number > 0),
  sends int not null check (sends >= 0),
  state text not null check (state in
    ('sending', 'uncertain', 'taken', 'succeeded', 'failed', 'refused', 'given_up')),
  request_id text,
  cost_usd numeric check (cost_usd >= 0),
  error_code text,
  error_detail text,
  ordered_at timestamptz not null,
  updated_at timestamptz not null default now()
);

create index attempts_job on generator.attempts (job_id, scene_index);
create index attempts_request on generator.attempts (provider, request_id);
create index attempts_user on generator.attempts (user_id, ordered_at);

grant select, insert, update on generator.attempts to generator;
