-- What is kept quiet, and until when; and which silence holds an alert.
create table silences (
  id        text    primary key,
  matchers  text    not null,             -- JSON [[label, op, value], ...]: all must hold
  starts_at integer not null,
  ends_at   integer,                      -- null: until something else is told (an ack)
  comment   text    not null default '',
  alert     text    not null default ''   -- of an ack: the id of the alert whose story it is
) strict;
create index silences_end on silences (ends_at);

alter table alerts add column silence text not null default '';  -- id of the one that holds it
