-- What users see: projects, scripts, characters, assets, and the state of their jobs.
-- Rows are owned through user_id and walled off by row level security. Users edit their projects,
-- characters and assets; a job is made by the gateway's own role only, in the transaction that
-- writes its event, so no job exists without one; its state is written by the projector.

-- The signed-in user of this transaction, for services that may not read the auth schema.
create function gateway.signed_in() returns uuid language sql stable set search_path = '' as $$
  select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
revoke execute on function gateway.signed_in() from public;
grant execute on function gateway.signed_in() to gateway;

create function public.touch_updated_at() returns trigger
  language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  title text not null default 'Untitled' check (char_length(title) between 1 and 120),
  status text not null default 'in_progress' check (status in ('in_progress', 'completed')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, user_id)
);
create index projects_of_user on public.projects (user_id, created_at desc);
create trigger projects_touched before update on public.projects
  for each row execute function public.touch_updated_at();

create table public.scripts (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null,
  user_id uuid not null,
  title text check (char_length(title) <= 120),
  youtube_url text check (char_length(youtube_url) <= 2048),
  language text check (char_length(language) <= 35),
  raw_transcript text,
  normalized_script text,
  status text not null default 'pending' check (status in ('pending', 'ready', 'failed')),
  script_ref jsonb,
  script_key text generated always as (script_ref ->> 'key') stored,
  words int check (words >= 0),
  seconds double precision check (seconds >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- both columns: a script can only lie in a project of its own user
  foreign key (project_id, user_id) references public.projects (id, user_id) on delete cascade,
  unique (id, user_id)
);
create index scripts_of_project on public.scripts (project_id, created_at desc);
create index scripts_of_user on public.scripts (user_id, created_at desc);
create trigger scripts_touched before update on public.scripts
  for each row execute function public.touch_updated_at();
comment on column public.scripts.script_ref is
  'Where the cleaned script lies in the object store: {key, size, sha256, content_type}.';

create table public.characters (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 80),
  style text check (char_length(style) <= 200),
  image_url text check (char_length(image_url) <= 2048),
  model_ref text check (char_length(model_ref) <= 200),
  is_premade boolean not null default false,
  created_at timestamptz not null default now(),
  check (is_premade or user_id is not null)
);
create index characters_of_user on public.characters (user_id, created_at desc);
create index characters_premade on public.characters (name) where is_premade;

create table public.assets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  type text not null check (type in ('image', 'video', 'thumbnail')),
  storage_path text not null check (char_length(storage_path) <= 512),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index assets_of_user on public.assets (user_id, created_at desc);

create table public.jobs (
  id uuid primary key,
  user_id uuid not null,
  project_id uuid not null,
  type text not null check (type in ('import', 'generation', 'upload')),
  status text not null default 'queued'
    check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  stage text,
  progress int not null default 0 check (progress between 0 and 100),
  version int not null default 0,
  script_id uuid,
  film_job_id uuid,
  scene_count int,
  settings jsonb not null default '{}',
  result jsonb,
  result_s3_key text,
  result_cf_url text,
  error_code varchar(50),
  error_message text,
  cancel_requested_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (project_id, user_id) references public.projects (id, user_id) on delete cascade,
  foreign key (script_id, user_id) references public.scripts (id, user_id)
    on delete set null (script_id),
  foreign key (film_job_id, user_id) references public.jobs (id, user_id) on delete cascade,
  unique (id, user_id)
);
create index jobs_of_user on public.jobs (user_id, created_at desc, id desc);
create index jobs_of_project on public.jobs (project_id);
create index jobs_of_script on public.jobs (script_id) where script_id is not null;
create index jobs_unfinished on public.jobs (created_at) where status in ('queued', 'running');
-- One live or finished upload of a film: never publish twice. Rows only ever leave this index.
create unique index jobs_one_upload on public.jobs (film_job_id)
  where type = 'upload' and status in ('queued', 'running', 'succeeded');
create index jobs_of_film on public.jobs (film_job_id) where film_job_id is not null;
comment on column public.jobs.version is
  'Rises by one with each event applied; equals the seq of the job''s last row in job_events.';

create table public.job_scenes (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references public.jobs (id) on delete cascade,
  scene_index int not null check (scene_index between 0 and 999),
  take int not null default 1 check (take >= 1),
  status text not null default 'queued'
    check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  progress int not null default 0 check (progress between 0 and 100),
  title text,
  prompt jsonb,
  s3_key text,
  poster_key text,
  provider text,
  reused boolean not null default false,
  cost_usd numeric(12, 6) not null default 0,
  error_code varchar(50),
  error_message text,
  updated_at timestamptz not null default now(),
  unique (job_id, scene_index)
);

create table public.job_events (
  job_id uuid not null references public.jobs (id) on delete cascade,
  seq bigint not null check (seq >= 1),
  event_id uuid not null unique,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default now(),
  primary key (job_id, seq)
);

alter table public.projects enable row level security;
alter table public.scripts enable row level security;
alter table public.characters enable row level security;
alter table public.assets enable row level security;
alter table public.jobs enable row level security;
alter table public.job_scenes enable row level security;
alter table public.job_events enable row level security;

-- Supabase grants everything on new tables to its API roles: start from nothing.
revoke all on public.projects, public.scripts, public.characters, public.assets, public.jobs,
  public.job_scenes, public.job_events from anon, authenticated;
grant all on public.projects, public.scripts, public.characters, public.assets, public.jobs,
  public.job_scenes, public.job_events to service_role;

-- Users.
grant select, insert, delete on public.projects to authenticated;
grant update (title, status) on public.projects to authenticated;
create policy "read own projects" on public.projects for select to authenticated
  using (user_id = (select auth.uid()));
create policy "add own projects" on public.projects for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "edit own projects" on public.projects for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "drop own projects" on public.projects for delete to authenticated
  using (user_id = (select auth.uid()));

-- Never script_ref or status: a user could name another user's object there.
grant select, delete on public.scripts to authenticated;
grant insert (id, project_id, user_id, title, youtube_url, language) on public.scripts
  to authenticated;
grant update (title) on public.scripts to authenticated;
create policy "read own scripts" on public.scripts for select to authenticated
  using (user_id = (select auth.uid()));
create policy "add own scripts" on public.scripts for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "edit own scripts" on public.scripts for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "drop own scripts" on public.scripts for delete to authenticated
  using (user_id = (select auth.uid()));

grant select, insert, update, delete on public.characters to authenticated;
create policy "read premade and own characters" on public.characters for select to authenticated
  using (is_premade or user_id = (select auth.uid()));
create policy "add own characters" on public.characters for insert to authenticated
  with check (user_id = (select auth.uid()) and not is_premade);
create policy "edit own characters" on public.characters for update to authenticated
  using (user_id = (select auth.uid()) and not is_premade)
  with check (user_id = (select auth.uid()) and not is_premade);
create policy "drop own characters" on public.characters for delete to authenticated
  using (user_id = (select auth.uid()) and not is_premade);

grant select, insert, update, delete on public.assets to authenticated;
create policy "read own assets" on public.assets for select to authenticated
  using (user_id = (select auth.uid()));
create policy "add own assets" on public.assets for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "edit own assets" on public.assets for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "drop own assets" on public.assets for delete to authenticated
  using (user_id = (select auth.uid()));

grant select on public.jobs, public.job_scenes, public.job_events to authenticated;
create policy "read own jobs" on public.jobs for select to authenticated
  using (user_id = (select auth.uid()));
create policy "read scenes of own jobs" on public.job_scenes for select to authenticated
  using (exists (
    select from public.jobs j where j.id = job_id and j.user_id = (select auth.uid())));
create policy "read events of own jobs" on public.job_events for select to authenticated
  using (exists (
    select from public.jobs j where j.id = job_id and j.user_id = (select auth.uid())));

-- The gateway's own role: jobs of the user it is acting for, and the wish to cancel one.
grant usage on schema public to gateway, projector;
grant select on public.jobs to gateway;
grant insert (id, user_id, project_id, type, stage, script_id, film_job_id, settings)
  on public.jobs to gateway;
grant update (cancel_requested_at) on public.jobs to gateway;
create policy "gateway reads the user's jobs" on public.jobs for select to gateway
  using (user_id = (select gateway.signed_in()));
create policy "gateway makes the user's jobs" on public.jobs for insert to gateway
  with check (user_id = (select gateway.signed_in()));
create policy "gateway marks the user's jobs" on public.jobs for update to gateway
  using (user_id = (select gateway.signed_in()))
  with check (user_id = (select gateway.signed_in()));

-- The projector: the state of every job, never its owner or what was asked for.
grant select on public.jobs, public.job_scenes, public.job_events, public.scripts to projector;
grant update (status, stage, progress, version, scene_count, result, result_s3_key, error_code,
  error_message, updated_at) on public.jobs to projector;
grant insert, update, delete on public.job_scenes to projector;
grant insert on public.job_events to projector;
grant update (status, title, language, script_ref, words, seconds) on public.scripts to projector;
create policy "projector reads jobs" on public.jobs for select to projector using (true);
create policy "projector updates jobs" on public.jobs for update to projector
  using (true) with check (true);
create policy "projector reads scenes" on public.job_scenes for select to projector using (true);
create policy "projector adds scenes" on public.job_scenes for insert to projector
  with check (true);
create policy "projector updates scenes" on public.job_scenes for update to projector
  using (true) with check (true);
create policy "projector reads events" on public.job_events for select to projector using (true);
create policy "projector adds events" on public.job_events for insert to projector
  with check (true);
create policy "projector reads scripts" on public.scripts for select to projector using (true);
create policy "projector updates scripts" on public.scripts for update to projector
  using (true) with check (true);
