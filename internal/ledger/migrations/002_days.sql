-- What became of the reads of each source, day by day: the run log itself keeps only the last runs. It is filled from the
-- run log when it is made.
create table source_day (
  source   integer not null,
  day      integer not null,                     -- days since 1970-01-01, in the agent's time zone
  ok       integer not null default 0,           -- runs that went well
  failed   integer not null default 0,
  rows     integer not null default 0,
  rejected integer not null default 0,
  last_ok  integer,                              -- when the last run that went well ended, in seconds of Unix time
  primary key (source, day)
) without rowid;
