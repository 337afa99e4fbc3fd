-- Alerts of edits.
alter table alerts add column edit text not null default '';  -- JSON: what it said when the rule last rang; '' of a new item
