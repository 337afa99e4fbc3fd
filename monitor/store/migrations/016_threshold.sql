-- Matches that a rule holds until there are as many as it waits for.
alter table alerts add column held_detail text not null default '';  -- "2 of 3 publishers within 30 min"
alter table alerts add column members text not null default '[]';    -- JSON: the other matches that it rang for
create index alerts_waiting on alerts (held_until, rule) where held = 'threshold' and joins = '';

alter table rang add column severity text not null default 'critical';  -- how loud it was: what is louder is not held by it
