-- Alerts that are held because their rule rang for the same story just before.
alter table alerts add column held text not null default '';        -- why it is told to nobody: cooldown; '': it is told
alter table alerts add column held_until integer;                   -- when the rule may ring for the story again
alter table alerts add column joins text not null default '';       -- id of the alert that rang instead
create index alerts_joins on alerts (joins) where joins != '';

create table rang (  -- the last time that a rule rang for an item of a story
  story text    not null,
  rule  text    not null,
  alert text    not null,
  at    integer not null,
  primary key (story, rule)
) strict, without rowid;
