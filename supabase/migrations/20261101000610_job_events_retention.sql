-- The projector deletes the events of jobs that ended long ago; the jobs themselves stay.

create index job_events_created on public.job_events (created_at);
grant delete on public.job_events to projector;
create policy "projector sweeps events" on public.job_events for delete to projector using (true);
