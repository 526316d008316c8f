-- Since which day figures have changed, batch by batch, for whoever has stored figures of past days. A row stands for all
-- earlier ones whose day is not before its own: those are deleted, so there are never more rows than days.
create table touched (
  serial integer primary key autoincrement,      -- never used again
  day    integer not null                        -- days since 1970-01-01
);
insert into meta (name, value) values ('identity', lower(hex(randomblob(16))));
