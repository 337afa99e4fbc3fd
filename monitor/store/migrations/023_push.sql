-- What hubs push: who offers to, what is agreed with whom, and what came without them.
alter table sources add column hub text not null default '';    -- that the last body named; '': none
alter table sources add column topic text not null default '';  -- as the hub knows the source
create index sources_hub on sources (hub) where hub != '';

create table subscriptions (
  id          text    primary key,           -- the end of the callback's path
  source      text    not null,
  hub         text    not null,
  topic       text    not null,
  callback    text    not null,
  secret      text    not null,              -- by which the hub signs
  state       text    not null,              -- asked | active | denied | ending
  due_at      integer not null,              -- when the hub is asked next
  lease_until integer,                       -- null: never verified
  failures    integer not null default 0,
  error       text    not null default '',
  since       integer,                       -- null: nothing is expected of it yet
  pushed_at   integer,
  pushed      real    not null default 0,
  missed      real    not null default 0,
  silent_at   integer
) strict;
create unique index subscriptions_source on subscriptions (source) where state != 'ending';
create index subscriptions_due on subscriptions (due_at);

create table unpushed (  -- what a poll found first, and a hub may yet push
  source text    not null,
  item   text    not null,
  at     integer not null,
  primary key (source, item)
) strict, without rowid;
