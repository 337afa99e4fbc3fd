-- What a body of a page source usually holds, JSON; '' before the first. Selectors that no longer fit are known by it.

alter table sources add column shape text not null default '';
