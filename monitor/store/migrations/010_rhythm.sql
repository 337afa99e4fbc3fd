-- When a source publishes, what it claims of the polls that all share, and how it was polled.
alter table sources add column tempo blob not null default x'';  -- model.Tempo: doubles, little-endian; empty before the first body
alter table sources add column pull real not null default 0;     -- its claim on the budget; 0: it has an interval of its own, or none
alter table sources add column latest_at integer;                -- from when on its items may be lost; null: not before next_poll_at

create table budget (  -- one row: model.Budget
  one        integer primary key check (one = 1),
  every      real    not null,
  sources    integer not null,
  pull       real    not null,  -- the sum over `sources`, kept by each poll
  correction real    not null,
  tokens     real,
  at         real    not null
) strict;

create table polled (  -- how a source was polled, by the hour
  source       text    not null,
  hour         integer not null,            -- since 1970
  polls        integer not null default 0,
  not_modified integer not null default 0,  -- of them, answered 304
  failed       integer not null default 0,
  outside      integer not null default 0,  -- for its window's sake, not out of the budget
  items        integer not null default 0,  -- that were new
  primary key (source, hour)
) strict, without rowid;

alter table items add column absent_at integer;  -- the last look at which it was not there; null: it stood in the first body
