-- Paid orders are kept for support for a time after they have ended, then forgotten.
create index attempts_ended on generator.attempts (updated_at)
  where state not in ('sending', 'uncertain', 'taken');

grant delete on generator.attempts to generator;
