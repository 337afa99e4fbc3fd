create table absences (  -- how long rules that ring where nothing comes have waited for a match
  rule      text    primary key,
  version   text    not null,
  since     integer not null,  -- the last match, or when the rule was new
  due_at    integer not null,  -- when it is to ring, if nothing comes
  opened_at integer            -- the due_at of which it rang; null: it did not
) strict, without rowid;
