-- Streams that push by themselves: where to go on after a break.
alter table sources add column event_id text not null default '';  -- of the last event that is stored; '': from now on
