-- Beside the sentence of the last failure a word for programs; '' where there is none.
alter table sources add column error_code text not null default '';
