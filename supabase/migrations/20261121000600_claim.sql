-- A message that fans out is stored once, not once per row: of a plan of 200 scenes every row would
-- carry the whole plan. Claiming due rows is one call: one round trip, and a worker that is frozen can hold nothing up,
-- because no transaction waits for it between two statements.

do $$
declare
  svc text;
begin
  foreach svc in array array[
    'gateway', 'transcriber', 'scripter', 'generator', 'stitcher', 'publisher', 'projector'
  ] loop
    -- What the rows of a fan-out are about; their own event is null.
    execute format('alter table %1$I.work alter column event drop not null', svc);
    execute format($sql$
      create table %1$I.shared (
        event_id uuid primary key,
        job_id uuid not null,
        event json not null,
        created_at timestamptz not null default now()
      )$sql$, svc);
    execute format('create index shared_created on %1$I.shared (created_at)', svc);
    execute format('grant select, insert, delete on %1$I.shared to %1$I', svc);

    -- Leases up to ``most`` due rows: higher priority first, then users within their fair share,
    -- then the oldest job; a lane holds no more rows at work than its cap. Every user and lane with
    -- open work is a queue, and of each only ``most`` rows are looked at. Claims of one service
    -- take turns, so that replicas together keep to the rules.
    execute format($sql$
      create function %1$I.claim(
        steps text[], most int, claimer text, seconds float8, share int,
        capped text[], caps int[]
      ) returns setof %1$I.work language plpgsql set search_path = '' as $claim$
      #variable_conflict use_column
      begin
        perform pg_catalog.pg_advisory_xact_lock(
          pg_catalog.hashtextextended('filmstudio.claim.%1$s', 0));
        return query
        with recursive queues as (
          (select user_id, lane from %1$I.work
           where state = 'open' order by user_id, lane limit 1)
          union all
          select next.user_id, next.lane from queues cross join lateral (
            select w.user_id, w.lane from %1$I.work w
            where w.state = 'open' and (w.user_id, w.lane) > (queues.user_id, queues.lane)
            order by w.user_id, w.lane limit 1) next
        ),
        busy as materialized (
          select user_id, lane, count(*) as n from %1$I.work
          where state = 'open' and lease_until > now() group by user_id, lane
        ),
        caps as (select * from unnest(capped, caps) as caps(lane, cap)),
        candidates as (
          select due.*, queues.user_id, queues.lane,
            row_number() over (partition by queues.lane order by priority desc, job_id, ordinal)
              + (select coalesce(sum(n), 0) from busy where busy.lane = queues.lane) as lane_rank,
            row_number() over (partition by queues.user_id order by priority desc, job_id, ordinal)
              + (select coalesce(sum(n), 0) from busy where busy.user_id = queues.user_id)
              as user_rank
          from queues cross join lateral (
            select w.id, w.priority, w.job_id, w.ordinal from %1$I.work w
            where w.state = 'open' and w.user_id = queues.user_id and w.lane = queues.lane
              and w.step = any(steps) and w.due_at <= now()
              and (w.lease_until is null or w.lease_until < now())
            order by w.priority desc, w.job_id, w.ordinal
            limit most
          ) due
        ),
        chosen as (
          select id from candidates left join caps using (lane)
          where cap is null or lane_rank <= cap
          order by priority desc, user_rank > share, job_id, ordinal
          limit most
        )
        update %1$I.work w set attempt = attempt + 1, owner = claimer,
          lease_until = now() + make_interval(secs => seconds)
        from chosen
        where w.id = chosen.id and w.state = 'open'
        returning w.*;
      end
      $claim$
      $sql$, svc);
    execute format('revoke execute on function %1$I.claim from public', svc);
    execute format('grant execute on function %1$I.claim to %1$I', svc);
  end loop;
end
$$;
