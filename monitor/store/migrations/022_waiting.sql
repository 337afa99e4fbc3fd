-- What goes first is found by an index: a backlog of ten thousand costs a claim no more than one of ten.
create index deliveries_waiting on deliveries (notifier, created_at, seq)
    where state in ('due', 'retrying') and claimed_at is null;
create index deliveries_urgent on deliveries (notifier, critical, created_at, seq)
    where state in ('due', 'retrying') and claimed_at is null;

create table inhibitions (
  name       text primary key,
  inhibition text not null            -- JSON of model.Inhibition
) strict;
