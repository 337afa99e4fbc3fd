-- Which items may match a query: trigrams of their folded words. Nothing but postings is kept; what is found is looked
-- at again by the engine. Items of before are looked through one by one.
create virtual table search using fts5 (spaced, content = '', detail = none, tokenize = 'trigram case_sensitive 1');

create table search_begins (seq integer not null) strict;  -- items.seq, after which all are in `search`
insert into search_begins select coalesce(max(seq), 0) from items;
