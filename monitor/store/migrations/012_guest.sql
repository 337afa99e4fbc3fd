-- What a feed says of when to read it.
alter table sources add column advice text not null default '';  -- JSON of model.Advice; '' where it says nothing
