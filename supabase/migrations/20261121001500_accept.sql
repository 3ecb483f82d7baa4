-- Accepting messages and claiming rows is one call where a worker has places free: one round trip and one
-- commit instead of two. What is claimed is what ``claim`` chooses, not what has just come in.
--
-- A process publishes what it has just committed from memory and marks it afterwards. Its mark must not count
-- once the row was put back for another broker, so rows know how often that has happened.

do $$
declare
  svc text;
begin
  foreach svc in array array[
    'gateway', 'transcriber', 'scripter', 'generator', 'stitcher', 'publisher', 'projector'
  ] loop
    execute format('alter table %1$I.outbox add column replays int not null default 0', svc);
    execute format($sql$
      create function %1$I.accept(
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
          case when c.job_id is null then 'open' else 'cancelled' end
        from unnest(ids, row_steps, jobs, users, lanes, ordinals, events, types, bodies, traces)
          as r(id, step, job_id, user_id, lane, ordinal, event_id, event_type, event, traceparent)
        left join %1$I.cancelled c on c.job_id = r.job_id
        on conflict (id) do nothing;
        get diagnostics fresh = row_count;
        return fresh;
      end
      $accept$
      $sql$, svc);
    execute format($sql$
      create function %1$I.accept_and_claim(
        ids uuid[], row_steps text[], jobs uuid[], users uuid[], lanes text[], ordinals int[],
        events uuid[], types text[], bodies text[], traces text[],
        shared_events uuid[], shared_jobs uuid[], shared_bodies text[],
        steps text[], most int, claimer text, seconds float8, share int, capped text[], caps int[]
      ) returns table (fresh int, claimed %1$I.work) language plpgsql set search_path = '' as $take$
      begin
        fresh := %1$I.accept(
          ids, row_steps, jobs, users, lanes, ordinals, events, types, bodies, traces,
          shared_events, shared_jobs, shared_bodies);
        return next;
        if fresh > 0 then
          for claimed in select * from %1$I.claim(steps, most, claimer, seconds, share, capped, caps)
          loop
            return next;
          end loop;
        end if;
      end
      $take$
      $sql$, svc);
    execute format('revoke execute on function %1$I.accept from public', svc);
    execute format('revoke execute on function %1$I.accept_and_claim from public', svc);
    execute format('grant execute on function %1$I.accept to %1$I', svc);
    execute format('grant execute on function %1$I.accept_and_claim to %1$I', svc);
  end loop;
end
$$;
