-- What Newsbell remembers. Instants are integer microseconds since 1970, UTC; ids are hashes of
-- what makes the thing unique, so that a restored copy sends again under the same id.

create table sources (
  name             text primary key,
  type             text    not null,
  url              text    not null,
  state            text    not null default 'new',  -- new | ok | failing | refused | gone
  generation       integer not null default 0,      -- the fence: one claim, one generation
  claimed_at       integer,                         -- null: nobody polls it now
  next_poll_at     integer not null,
  last_poll_at     integer,
  last_ok_at       integer,
  last_body_at     integer,                         -- when the body of `body_hash` was applied
  body_hash        text    not null default '',
  failures         integer not null default 0,      -- in a row
  error            text    not null default '',
  baselined_at     integer,                         -- set once, by the first parsed 200
  baseline_items   integer,
  baseline_matches integer,
  removed_at       integer                          -- configured no more; its history stays
) strict;
create index sources_due on sources (next_poll_at) where removed_at is null;

-- saved in the transaction of the items of that body: saved first, a crash would lose them to 304s
create table validators (
  source        text not null,
  url           text not null,
  etag          text not null default '',
  last_modified text not null default '',
  primary key (source, url)
) strict, without rowid;

create table items (
  seq                integer primary key,
  id                 text    not null unique,
  source             text    not null,  -- who had it first
  publisher          text    not null,
  title              text    not null,
  summary            text    not null,
  url                text    not null,
  author             text    not null,
  tags               text    not null,  -- JSON array
  published_earliest integer not null,
  published_latest   integer not null,
  published_origin   text    not null,
  first_seen_at      integer not null,
  revision           integer not null default 1,
  revised_at         integer not null,
  story              text    not null,
  digest             text    not null
) strict;
create index items_source on items (source, seq);
create index items_url on items (url);
create index items_seen on items (first_seen_at);

create table revisions (  -- texts that an edit replaced
  item     text    not null,
  revision integer not null,
  at       integer not null,            -- when that text was first seen
  title    text    not null,
  summary  text    not null,
  url      text    not null,
  primary key (item, revision)
) strict, without rowid;

create table item_keys (  -- one item, many keys; item '' = the key stood for different items, it identifies nothing
  source       text    not null,
  key          text    not null,
  item         text    not null,
  last_seen_at integer not null,        -- in a body
  primary key (source, key)
) strict, without rowid;
create index item_keys_seen on item_keys (source, last_seen_at);
create index item_keys_item on item_keys (item);

create table prints (  -- fingerprints by which other sources' entries find the same item
  print text not null,
  item  text not null,
  primary key (print, item)
) strict, without rowid;
create index prints_item on prints (item);

create table alerts (
  seq          integer primary key,
  id           text    not null unique,
  type         text    not null,
  dedupe       text    not null unique,
  at           integer not null,
  severity     text    not null,
  rule         text    not null,
  rule_version text    not null,
  item         text    not null,        -- id; '' where the type has none
  revision     integer not null,
  source       text    not null,
  sentence     text    not null,
  snapshot     text    not null,        -- the item as it was then, JSON: what is being sent never changes
  spans        text    not null         -- JSON
) strict;
create index alerts_item on alerts (item, rule);
create index alerts_at on alerts (at);

create table deliveries (
  seq         integer primary key,
  id          text    not null unique,  -- the webhook-id of every attempt
  alert       text    not null references alerts (id),
  notifier    text    not null,
  state       text    not null,         -- due | retrying | sent | dead | held
  reason      text    not null default '',
  due_at      integer,                  -- null: when the receiver is next tried
  claimed_at  integer,                  -- null: nobody sends it now
  attempts    integer not null default 0,
  failures    integer not null default 0,  -- of its own trouble
  last_error  text    not null default '',
  created_at  integer not null,         -- when it became due, again after a replay
  sent_at     integer,
  late        integer not null default 0,
  critical    integer not null default 0,
  nonce       text    not null default '',  -- of a replay --as-new
  unique (alert, notifier, nonce)
) strict;
create index deliveries_open on deliveries (notifier, state, seq) where state in ('due', 'retrying', 'held');

create table attempts (  -- the ledger, append-only
  seq      integer primary key,
  delivery text    not null,
  at       integer not null,
  ms       integer not null,
  outcome  text    not null,            -- sent | receiver | delivery | gone
  error    text    not null
) strict;
create index attempts_delivery on attempts (delivery);

create table receivers (
  notifier      text primary key,
  address       text    not null default '',  -- hash of the configured kind: a changed one enables it again
  failures      integer not null default 0,
  failed_at     integer,
  last_probe_at integer,
  next_probe_at integer,
  not_before    integer,
  recovered_at  integer,
  disabled_at   integer
) strict;

create table stream (  -- what dashboards and interfaces read, in the order of commits
  seq  integer primary key autoincrement,
  kind text    not null,                -- item | revision | alert
  ref  text    not null,
  at   integer not null
) strict;
