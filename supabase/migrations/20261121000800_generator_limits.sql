-- What all generators know of an account at a provider: its health, its pace, and when it may be
-- asked again. One row per account, locked for as long as one order is let through.
create table generator.accounts (
  provider text primary key,
  failures int not null default 0 check (failures >= 0),
  code text,
  open_until timestamptz,
  probe_token text,
  probe_until timestamptz,
  paused_until timestamptz,
  tokens double precision,
  filled_at timestamptz
);

grant select, insert, update on generator.accounts to generator;

-- What an order may cost is reserved with its entry in the books; what it cost replaces that.
-- A clip that was paid for and cannot be used is told from one that can.
alter table generator.attempts
  add column reserved_usd numeric not null default 0 check (reserved_usd >= 0),
  drop constraint attempts_state_check,
  add constraint attempts_state_check check (state in
    ('sending', 'uncertain', 'taken', 'succeeded', 'failed', 'refused', 'given_up', 'unusable'));

create index attempts_live on generator.attempts (provider, updated_at)
  where state in ('sending', 'uncertain', 'taken');
