-- Exports that their users want no more: one that is being made is given up, a finished one is deleted.

alter table public.exports
  drop constraint exports_status_check,
  add constraint exports_status_check
    check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  add column cancel_requested_at timestamptz;
comment on column public.exports.cancel_requested_at is
  'The user''s wish; whatever the export comes to, it ends cancelled.';
grant update (cancel_requested_at), delete on public.exports to gateway;
create policy "gateway marks the user's exports" on public.exports for update to gateway
  using (user_id = (select gateway.signed_in())) with check (user_id = (select gateway.signed_in()));
create policy "gateway drops the user's exports" on public.exports for delete to gateway
  using (user_id = (select gateway.signed_in()));

alter table public.jobs add column video_key text check (char_length(video_key) <= 512);
comment on column public.jobs.video_key is
  'Of an upload: the object that it puts on the channel, and that stays until it has.';
grant insert (video_key) on public.jobs to gateway;

-- Work can be taken back request by request, not only job by job: rows that a withdrawn message gave
-- rise to stop, and rows that it gives rise to later never start. What gives something up (undo.…) is
-- worked on also for a job that was given up.
do $$
declare
  svc text;
begin
  foreach svc in array array[
    'gateway', 'transcriber', 'scripter', 'generator', 'stitcher', 'publisher', 'projector'
  ] loop
    execute format($sql$
      create table %1$I.withdrawn (
        event_id uuid primary key,
        job_id uuid not null,
        withdrawn_at timestamptz not null default now()
      )$sql$, svc);
    execute format('create index withdrawn_when on %1$I.withdrawn (withdrawn_at)', svc);
    execute format('grant select, insert, delete on %1$I.withdrawn to %1$I', svc);
    execute format($sql$
      create or replace function %1$I.accept(
        ids uuid[], row_steps text[], jobs uuid[], users uuid[], lanes text[], ordinals int[],
        events uuid[], types text[], bodies text[], traces text[],
        shared_events uuid[], shared_jobs uuid[], shared_bodies text[]
      ) returns int language plpgsql set search_path = '' as $accept$
      declare
        fresh int;
      begin
        insert into %1$I.shared (event_id, job_id, event)
        select s.event_id, s.job_id, s.event::json
        from unnest(shared_events, shared_jobs, shared_bodies) as s(event_id, job_id, event)
        on conflict (event_id) do nothing;
        insert into %1$I.work
          (id, step, job_id, user_id, lane, ordinal, event_id, event_type, event, traceparent, state)
        select r.id, r.step, r.job_id, r.user_id, r.lane, r.ordinal, r.event_id, r.event_type,
          r.event::json, r.traceparent,
          case when starts_with(r.step, 'undo.') or c.job_id is null and w.event_id is null
            then 'open' else 'cancelled' end
        from unnest(ids, row_steps, jobs, users, lanes, ordinals, events, types, bodies, traces)
          as r(id, step, job_id, user_id, lane, ordinal, event_id, event_type, event, traceparent)
        left join %1$I.cancelled c on c.job_id = r.job_id
        left join %1$I.withdrawn w on w.event_id = r.event_id
        on conflict (id) do nothing;
        get diagnostics fresh = row_count;
        return fresh;
      end
      $accept$
      $sql$, svc);
  end loop;
end
$$;
