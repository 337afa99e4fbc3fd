-- Which items tell of the same event. Fingerprints lie in halves of the window, named by the instant at which
-- they began, so that the newest are found in order and the old are forgotten in one piece.

create table marks (
  period integer not null,              -- item.first_seen_at / 72 h, or of the revision
  mark   integer not null,              -- 48 bits
  item   integer not null,              -- items.seq
  primary key (period, mark, item)
) strict, without rowid;

create table story_aliases (  -- a story that was found to be another, older one
  alias text primary key,
  story text not null,
  at    integer not null
) strict, without rowid;
create index story_aliases_story on story_aliases (story);

create index items_story on items (story);

alter table alerts add column also_in text not null default '[]';  -- JSON: other members of the story, then
alter table alerts add column publishers integer not null default 1;
