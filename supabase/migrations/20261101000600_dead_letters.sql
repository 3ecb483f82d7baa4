-- What became of a dead letter. A letter is a row of <service>.outbox on the topic <service>.dlq:
-- it is open until it was put back on the topic it came from, or dropped.

do $$
declare
  svc text;
begin
  foreach svc in array array[
    'gateway', 'transcriber', 'scripter', 'generator', 'stitcher', 'publisher', 'projector'
  ] loop
    execute format(
      'alter table %I.outbox'
      ' add column redrives int not null default 0,'
      ' add column redriven_at timestamptz,'
      ' add column dropped_at timestamptz', svc);
    execute format(
      'create index outbox_dead on %I.outbox (seq) where topic = %L', svc, svc || '.dlq');
  end loop;
end
$$;
