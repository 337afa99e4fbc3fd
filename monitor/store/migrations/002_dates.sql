-- How an item's date was read, and what is known of a source's zone.

alter table items add column published_zone text not null default '';      -- by which a bare clock was read
alter table items add column published_sure integer not null default 1;    -- 0: a guess that nothing confirms
alter table sources add column lags text not null default '[]';            -- JSON [[ahead, gap], ...] in seconds
