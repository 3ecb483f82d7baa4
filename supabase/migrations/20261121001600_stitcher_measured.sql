-- What the stitcher has found out by listening, named for what it listened to: how loud a passage
-- is, how long a line takes to say. A film that is cut anew need not listen again.
create table stitcher.measured (
  project_id uuid not null,
  name text not null check (name ~ '^[0-9a-f]{64}$'),
  value jsonb not null,
  created_at timestamptz not null default now(),
  primary key (project_id, name)
);

grant select, insert, update, delete on stitcher.measured to stitcher;
