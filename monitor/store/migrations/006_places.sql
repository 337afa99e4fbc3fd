-- Where an item stood in the last body that had the key, 0 on top: what came on top of rows that stood above it is new.

alter table item_keys add column place integer not null default 0;
