-- Idempotency-Key: the first answer to a key, given again as long as the row is kept.

create table gateway.idempotency (
  user_id uuid not null,
  key text not null check (char_length(key) between 1 and 255),
  request_hash text not null,
  status int,
  location text,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);
create index idempotency_created on gateway.idempotency (created_at);
grant select, insert, update, delete on gateway.idempotency to gateway;
