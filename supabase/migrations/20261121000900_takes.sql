-- Scenes that are made again, films that wait for a review, and what a job has cost.

-- One row per take: takes never overwrite each other, so what was paid for stays to be chosen.
alter table public.job_scenes drop constraint job_scenes_job_id_scene_index_key;
alter table public.job_scenes
  add constraint job_scenes_take_key unique (job_id, scene_index, take);
comment on table public.job_scenes is 'The takes of a film''s scenes, as far as they are made.';

alter table public.jobs
  add column cost_usd numeric(12, 6) not null default 0 check (cost_usd >= 0),
  add column costs jsonb not null default '{}',
  add column cut int not null default 0 check (cut >= 0),
  add column asked_cut int not null default 0 check (asked_cut >= 0),
  add column asked_film jsonb,
  add column scene_order int[];
comment on column public.jobs.cost_usd is 'Paid so far, in US dollars: all takes, and costs.';
comment on column public.jobs.costs is 'Paid besides the takes: {what for: US dollars}.';
comment on column public.jobs.cut is 'The highest number of a film of these scenes heard of.';
comment on column public.jobs.asked_cut is 'How many films of these scenes the user asked for.';
comment on column public.jobs.asked_film is 'What the last of them is made of: {order, takes}.';
comment on column public.jobs.scene_order is 'The scenes as the user ordered them; null: as planned.';
grant update (cut, cost_usd, costs) on public.jobs to projector;
grant update (asked_cut, asked_film, scene_order) on public.jobs to gateway;

-- What the user decided about a scene. Decisions are rows of the user's, not folded from events.
create table public.scene_choices (
  job_id uuid not null references public.jobs (id) on delete cascade,
  scene_index int not null check (scene_index between 0 and 999),
  takes int not null default 1 check (takes >= 1),
  take int check (take between 1 and takes),
  verdict text check (verdict in ('approved', 'rejected')),
  judged_take int check (judged_take >= 1),
  updated_at timestamptz not null default now(),
  primary key (job_id, scene_index),
  check ((verdict is null) = (judged_take is null))
);
comment on column public.scene_choices.takes is 'How many takes were asked for.';
comment on column public.scene_choices.take is 'The chosen one; null: the last that is made.';
comment on column public.scene_choices.judged_take is 'The take the verdict is about.';
alter table public.scene_choices enable row level security;
revoke all on public.scene_choices from anon, authenticated;
grant all on public.scene_choices to service_role;
grant select on public.scene_choices to authenticated;
create policy "read choices of own jobs" on public.scene_choices for select to authenticated
  using (exists (
    select from public.jobs j where j.id = job_id and j.user_id = (select auth.uid())));
grant select, insert, update on public.scene_choices to gateway;
create policy "gateway keeps the user's choices" on public.scene_choices for all to gateway
  using (exists (
    select from public.jobs j
    where j.id = job_id and j.user_id = (select gateway.signed_in())))
  with check (exists (
    select from public.jobs j
    where j.id = job_id and j.user_id = (select gateway.signed_in())));
