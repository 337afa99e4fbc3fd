create table paces (  -- how often rules that ring for bursts match
  rule     text    primary key,
  version  text    not null,
  pace     text    not null,            -- JSON of model.Pace, what rang apart
  alert    text    not null default '', -- the last one that rang, and
  rang_at  integer,
  severity text    not null default ''
) strict, without rowid;
