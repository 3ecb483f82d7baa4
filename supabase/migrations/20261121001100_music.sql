-- Music of users' own. A row is written by the gateway after the file was decoded, never by a user
-- through the API: it would get another user's object into a film.

create table public.music_tracks (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  title text not null check (char_length(title) between 1 and 120),
  file_path text not null check (char_length(file_path) between 1 and 512),
  size bigint not null check (size > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  content_type text not null check (char_length(content_type) between 1 and 100),
  duration numeric(8, 3) not null check (duration > 0),
  created_at timestamptz not null default now(),
  unique (user_id, sha256)
);
comment on column public.music_tracks.file_path is 'Its key in the object store; addresses are signed.';
comment on column public.music_tracks.sha256 is 'Of the file as sent: the same file is one track.';
comment on column public.music_tracks.duration is 'Seconds that can be heard.';
create index music_tracks_of_user on public.music_tracks (user_id, created_at desc, id desc);

alter table public.music_tracks enable row level security;
revoke all on public.music_tracks from anon, authenticated;
grant all on public.music_tracks to service_role;
grant select, delete on public.music_tracks to authenticated;
create policy "read own music" on public.music_tracks for select to authenticated
  using (user_id = (select auth.uid()));
create policy "drop own music" on public.music_tracks for delete to authenticated
  using (user_id = (select auth.uid()));
grant insert (id, user_id, title, file_path, size, sha256, content_type, duration)
  on public.music_tracks to gateway;
create policy "gateway adds the user's music" on public.music_tracks for insert to gateway
  with check (user_id = (select gateway.signed_in()));
