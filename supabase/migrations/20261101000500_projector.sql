-- How far the projector has read each partition, moved in the transaction that applies the batch.

create table projector.offsets (
  topic text not null,
  partition int not null,
  next_offset bigint not null check (next_offset >= 0),
  updated_at timestamptz not null default now(),
  primary key (topic, partition)
);
grant select, insert, update, delete on projector.offsets to projector;
