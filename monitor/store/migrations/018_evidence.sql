-- What a body said of an item when it was first seen and at each edit, to show to others.
create table evidence (
  item        text    not null,
  revision    integer not null,
  at          integer not null,
  source      text    not null,
  url         text    not null,  -- where the body came from, after redirects
  body_sha256 text    not null,  -- of the whole body, without its content-encoding
  snippet     blob    not null,  -- the bytes of the body about the item, zlib; empty where they were not found
  primary key (item, revision)
) strict, without rowid;
