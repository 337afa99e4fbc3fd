-- What a publisher asked for all its sources: none of them is polled before that instant (microseconds).
alter table sources add column not_before integer not null default 0;
