-- The addresses that a body names, in its order, and when each was asked last (null: never): those that have
-- waited longest are asked next.

alter table validators add column asked_at integer;
alter table validators add column place integer not null default 0;
