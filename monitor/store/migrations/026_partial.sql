-- When a source that sends what is new alone (RFC 3229) last began to; null since it last sent all.
alter table sources add column partial_since integer;
