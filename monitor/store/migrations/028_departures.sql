create table missing (  -- items that rang, and left their source sooner than their place there explains
  source text    not null,
  item   text    not null,
  since  integer not null,  -- the first body without it
  older  text    not null,  -- JSON: ids of the items that stood below it
  primary key (source, item)
) strict, without rowid;
