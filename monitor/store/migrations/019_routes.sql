-- By which routes it was decided who is told.
alter table alerts add column routes text not null default '[]';  -- JSON: their names; [] where the rule said, or everyone is told
