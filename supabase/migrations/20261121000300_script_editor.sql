-- Scripts that are edited, characters with pictures, and imports that get another source.
-- What a film is made of is written by the gateway's own role after it was checked, never by a user
-- through the API: a draft of any shape or size, or another user's picture, would get into a film.

alter table public.scripts
  add column draft jsonb,
  add column version int not null default 0 check (version >= 0),
  add column last_edit text,
  add column cast_choice jsonb not null default '[]';
comment on column public.scripts.draft is
  'The script as its user edited it: a whole contracts.documents.Script. Null: as imported.';
comment on column public.scripts.version is
  'Rises by one with every edit; 0: as imported.';
comment on column public.scripts.last_edit is
  'What the edit was that made this version: a repeated request is recognised by it.';
comment on column public.scripts.cast_choice is
  'Who plays whom: [{"speaker": name or null, "character_id": id}].';

grant select on public.scripts to gateway;
grant update (title, draft, version, last_edit, cast_choice) on public.scripts to gateway;
create policy "gateway reads the user's scripts" on public.scripts for select to gateway
  using (user_id = (select gateway.signed_in()));
create policy "gateway edits the user's scripts" on public.scripts for update to gateway
  using (user_id = (select gateway.signed_in()))
  with check (user_id = (select gateway.signed_in()));

alter table public.characters
  add column images jsonb not null default '[]'
    check (jsonb_typeof(images) = 'array' and jsonb_array_length(images) <= 20);
comment on column public.characters.images is
  'Its pictures in the object store: [{key, size, sha256, content_type}].';
create index characters_newest on public.characters (created_at desc, id desc);

-- Never images: a user could name another user's object there.
revoke insert, update on public.characters from authenticated;
grant insert (id, user_id, name, style, image_url, model_ref, is_premade) on public.characters
  to authenticated;
grant update (name, style, image_url, model_ref) on public.characters to authenticated;
grant insert (id, user_id, name, style, images) on public.characters to gateway;
create policy "gateway adds the user's characters" on public.characters for insert to gateway
  with check (user_id = (select gateway.signed_in()) and not is_premade);

-- Pictures of characters that were deleted. Films in the making may still need them for a day.
create table gateway.discarded (
  key text primary key,
  discarded_at timestamptz not null default now()
);
create index discarded_when on gateway.discarded (discarded_at);
grant select, insert, delete on gateway.discarded to gateway;

alter table public.jobs add column import_round int not null default 1 check (import_round >= 1);
comment on column public.jobs.import_round is
  'How many sources the user has given for this import: the round of the last import.requested.';
grant update (import_round) on public.jobs to gateway;
