-- How fast a source's items go by, and why it is polled when it is; validators of the addresses a body names.
alter table sources add column rhythm text not null default '';    -- JSON of model.Rhythm; '' before it was measured
alter table sources add column next_why text not null default '';  -- of next_poll_at, in words
alter table sources add column may_miss text not null default '';  -- why items may go by unseen until then
alter table validators add column part integer not null default 0; -- 1: of an address that the source's body names
