-- When a notifier is told: how it wants to hear, what is held and gathered for it, and the digests that tell it.
alter table receivers add column hearing text not null default '';     -- JSON of model.Hearing; '': at once

alter table deliveries add column batch text not null default '';      -- held with these, to be told together: quiet, digest, budget, away, group/...
alter table deliveries add column digest text not null default '';     -- the delivery that tells it
create index deliveries_batch on deliveries (notifier, batch, due_at) where batch != '';
create index deliveries_digest on deliveries (digest) where digest != '';
create index deliveries_told on deliveries (notifier, created_at);

alter table alerts add column digest text not null default '';         -- JSON of model.Digest; '' of other types

create table flushed (  -- when a group was last told
  notifier text    not null,
  batch    text    not null,
  at       integer not null,
  primary key (notifier, batch)
) strict, without rowid;

create table absence (  -- one row: the last time that no daemon ran
  id    integer primary key check (id = 1),
  since integer not null,
  until integer not null
) strict;
