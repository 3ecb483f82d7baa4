-- Films beside a job's own, how far a film is joined, and films that could not be joined.

create table public.exports (
  id uuid primary key,
  job_id uuid not null,
  project_id uuid not null,
  user_id uuid not null,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'succeeded', 'failed')),
  progress int not null default 0 check (progress between 0 and 100),
  settings jsonb not null,
  scene_order int[] not null,
  takes int[] not null check (cardinality(takes) = cardinality(scene_order)),
  recipe text not null check (recipe ~ '^[0-9a-f]{64}$'),
  result jsonb,
  error_code varchar(50),
  error_message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- both columns: an export can only be of a job of its own user
  foreign key (job_id, user_id) references public.jobs (id, user_id) on delete cascade
);
create index exports_of_job on public.exports (job_id, created_at desc, id desc);
comment on table public.exports is 'Films of a job''s scenes beside the job''s own.';
comment on column public.exports.settings is 'How it is made: a whole GenerationSettings.';
comment on column public.exports.scene_order is 'The scenes in their order; takes has a take of each.';
comment on column public.exports.recipe is
  'The hash of settings, order and takes: asked for twice, it is the same export.';

alter table public.exports enable row level security;
revoke all on public.exports from anon, authenticated;
grant all on public.exports to service_role;
grant select on public.exports to authenticated;
create policy "read own exports" on public.exports for select to authenticated
  using (user_id = (select auth.uid()));

grant select on public.exports to gateway;
grant insert (id, job_id, project_id, user_id, settings, scene_order, takes, recipe)
  on public.exports to gateway;
create policy "gateway reads the user's exports" on public.exports for select to gateway
  using (user_id = (select gateway.signed_in()));
create policy "gateway makes the user's exports" on public.exports for insert to gateway
  with check (user_id = (select gateway.signed_in()));

grant select on public.exports to projector;
grant update (status, progress, result, error_code, error_message, updated_at)
  on public.exports to projector;
create policy "projector reads exports" on public.exports for select to projector using (true);
create policy "projector updates exports" on public.exports for update to projector
  using (true) with check (true);

alter table public.jobs
  add column joined int not null default 0 check (joined between 0 and 100),
  add column film_error jsonb;
comment on column public.jobs.joined is 'How far the job''s own film is joined, in percent.';
comment on column public.jobs.film_error is
  'The newest film that the user asked for and that failed: {cut, code, message}.';
grant update (joined, film_error) on public.jobs to projector;
