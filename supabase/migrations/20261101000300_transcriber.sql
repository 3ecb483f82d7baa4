-- Captions the transcriber has fetched: each (video, language) is asked for once, ever.

create table transcriber.captions (
  video_id text not null check (video_id ~ '^[A-Za-z0-9_-]{11}$'),
  language text not null check (language <> ''),
  generated boolean not null,
  snippets jsonb not null,
  fetched_at timestamptz not null default now(),
  primary key (video_id, language)
);
comment on column transcriber.captions.generated is 'made by speech recognition';
comment on column transcriber.captions.snippets is '[[start, duration, text], …]; seconds';

-- Which language an ask was answered with: '' asks for the video's own.
create table transcriber.choices (
  video_id text not null,
  asked text not null,
  language text not null,
  primary key (video_id, asked),
  foreign key (video_id, language) references transcriber.captions (video_id, language)
    on delete cascade
);
create index choices_captions on transcriber.choices (video_id, language);

-- Who is fetching a video at this moment, so that two jobs never ask for it side by side.
create table transcriber.fetches (
  video_id text primary key,
  busy_until timestamptz not null
);

grant select, insert, update, delete
  on transcriber.captions, transcriber.choices, transcriber.fetches to transcriber;
