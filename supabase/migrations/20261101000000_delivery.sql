-- Accept, work, emit: one schema and one login role per service, each with the same delivery tables.
-- A service's role can touch its own schema only. These schemas are not exposed through the API.

do $$
declare
  svc text;
begin
  foreach svc in array array[
    'gateway', 'transcriber', 'scripter', 'generator', 'stitcher', 'publisher', 'projector'
  ] loop
    if not exists (select from pg_roles where rolname = svc) then
      execute format('create role %I login noinherit', svc);
    end if;
    execute format('create schema if not exists %I', svc);
    execute format('grant usage on schema %I to %I', svc, svc);

    execute format($sql$
      create table %1$I.work (
        id uuid primary key,
        step text not null,
        job_id uuid not null,
        user_id uuid not null,
        lane text not null default '',
        ordinal int,
        event_id uuid not null,
        event_type text not null,
        event json not null,
        traceparent text,
        priority int not null default 0,
        state text not null default 'open'
          check (state in ('open', 'done', 'failed', 'cancelled')),
        due_at timestamptz not null default now(),
        lease_until timestamptz,
        owner text,
        attempt int not null default 0,
        tries int not null default 0,
        said int not null default 0,
        checkpoint jsonb not null default '{}',
        error_code text,
        error_detail text,
        created_at timestamptz not null default now(),
        finished_at timestamptz
      )$sql$, svc);
    -- Ids of jobs rise with time, so this is each user's work with the oldest job first.
    execute format(
      'create index work_open on %1$I.work (user_id, lane, priority desc, job_id, ordinal)'
      ' where state = ''open''', svc);
    execute format('create index work_job on %1$I.work (job_id)', svc);
    execute format('create index work_finished on %1$I.work (finished_at)', svc);

    execute format($sql$
      create table %1$I.outbox (
        seq bigint generated always as identity primary key,
        event_id uuid not null unique,
        topic text not null,
        key bytea,
        headers jsonb not null,
        body bytea not null,
        created_at timestamptz not null default now(),
        published_at timestamptz
      )$sql$, svc);
    execute format(
      'create index outbox_unpublished on %1$I.outbox (seq) where published_at is null', svc);
    execute format('create index outbox_published on %1$I.outbox (published_at)', svc);

    execute format($sql$
      create table %1$I.cancelled (
        job_id uuid primary key,
        cancelled_at timestamptz not null default now()
      )$sql$, svc);

    execute format('grant select, insert, update, delete on all tables in schema %1$I to %1$I', svc);
    execute format('grant usage on all sequences in schema %1$I to %1$I', svc);
  end loop;
end
$$;

-- The gateway acts as the signed-in user: SET LOCAL ROLE authenticated.
grant authenticated to gateway;
