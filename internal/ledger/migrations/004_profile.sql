-- What the columns of the last complete read of each source held; the next one takes its place.
create table profile (
  source  integer primary key,
  content text not null                          -- JSON
);
alter table run add column good integer not null default 0;    -- records that count, new or known
alter table run add column skipped integer not null default 0; -- rows that are no records, or none yet
alter table run add column parts text not null default '';     -- rejected by reason and skipped by rule, as JSON
