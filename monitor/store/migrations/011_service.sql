-- What the daemon goes by, for those who ask it from outside. One row: store.Service.
create table service (
  one        integer primary key check (one = 1),
  pid        integer not null,
  started_at integer not null,
  config     text    not null,            -- its path
  read_at    integer not null,            -- when it was read last, whether it was taken or not
  reads      integer not null,            -- how often since the start: 1 is the start
  changed    text    not null default '', -- what the last one that was taken changed, a sentence
  rules      text    not null default '[]', -- names of the rules that it brought or changed
  refused    text    not null default ''  -- why the last one was not taken: the errors, a line each; '' it was
) strict;

alter table receivers add column removed integer not null default 0;  -- 1: configured no more
