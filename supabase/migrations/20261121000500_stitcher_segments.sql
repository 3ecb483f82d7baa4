-- What the stitcher has encoded, named for what it looks like: a film that is cut anew, a killed
-- stitch and another replica find it again. Without an object somebody is at it.
create table stitcher.segments (
  project_id uuid not null,
  name text not null check (name ~ '^[0-9a-f]{64}$'),
  object jsonb,
  claimed_by uuid,
  claimed_until timestamptz,
  created_at timestamptz not null default now(),
  primary key (project_id, name)
);

grant select, insert, update, delete on stitcher.segments to stitcher;
