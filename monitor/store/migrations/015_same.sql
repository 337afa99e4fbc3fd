-- How often a source sent in full what we had.
alter table polled add column same integer not null default 0;  -- polls that were answered with a body equal to the last one
