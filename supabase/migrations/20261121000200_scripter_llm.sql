-- What a language model was asked and answered: the same question is paid for once.

create table scripter.answers (
  request_hash text primary key check (request_hash ~ '^[0-9a-f]{64}$'),
  model text not null check (model <> ''),
  job_id uuid not null,
  asked int not null default 1 check (asked >= 0),
  unknown int not null default 1 check (unknown >= 0),
  busy_until timestamptz not null,
  failure text,
  answer text,
  finish text check (finish in ('complete', 'cut_off', 'refused')),
  tokens_in int not null default 0 check (tokens_in >= 0),
  tokens_out int not null default 0 check (tokens_out >= 0),
  cost_usd numeric not null default 0 check (cost_usd >= 0),
  asked_at timestamptz not null default now(),
  answered_at timestamptz,
  check ((answer is null) = (answered_at is null) and (answer is null) = (finish is null))
);
comment on table scripter.answers is 'a row is written before its request is sent';
comment on column scripter.answers.job_id is 'the job that asked last, and paid';
comment on column scripter.answers.asked is 'requests sent in all; each may have cost money';
comment on column scripter.answers.unknown is 'of this job''s requests, those with no known end';
comment on column scripter.answers.busy_until is 'nobody else asks before';
comment on column scripter.answers.failure is 'our code of the last failure';
comment on column scripter.answers.cost_usd is 'of the answer, by the prices of its day';

grant select, insert, update, delete on scripter.answers to scripter;
