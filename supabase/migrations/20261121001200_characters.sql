-- Characters that are trained from their pictures. A training is a job of its own, which belongs to
-- no project: a character plays in films of all of them.

alter table public.jobs
  drop constraint jobs_type_check,
  add constraint jobs_type_check check (type in ('import', 'generation', 'upload', 'character')),
  alter column project_id drop not null,
  add column character_id uuid references public.characters (id) on delete set null,
  add constraint jobs_user_id_fkey foreign key (user_id)
    references auth.users (id) on delete cascade,
  add constraint jobs_project_check check (type = 'character' or project_id is not null);
comment on column public.jobs.project_id is
  'Null for a character''s job; in its events stands the job''s own id.';
comment on column public.jobs.character_id is
  'Whom a job of type character trains; null once that character was deleted.';
create index jobs_of_character on public.jobs (character_id, created_at desc)
  where character_id is not null;
-- One training of a character that lives or has succeeded: nobody is trained twice.
create unique index jobs_one_training on public.jobs (character_id)
  where type = 'character' and status in ('queued', 'running', 'succeeded');
grant insert (character_id) on public.jobs to gateway;

alter table public.characters
  add column trigger_word text check (char_length(trigger_word) <= 40);
comment on column public.characters.model_ref is
  'The trained model that knows the character, as its provider names it: owner/name:version.';
comment on column public.characters.trigger_word is
  'How a prompt calls the character, so that its model knows who is meant.';

-- Never model_ref: a user could name the model of another user's character there.
revoke insert, update on public.characters from authenticated;
grant insert (id, user_id, name, style, image_url, is_premade) on public.characters
  to authenticated;
grant update (name, style, image_url) on public.characters to authenticated;
grant select (id, is_premade), update (model_ref, trigger_word) on public.characters to projector;
create policy "projector reads characters" on public.characters for select to projector
  using (true);
create policy "projector tells what characters were trained" on public.characters for update
  to projector using (not is_premade) with check (not is_premade);
