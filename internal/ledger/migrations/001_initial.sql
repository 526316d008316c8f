-- Dates of dossiers are seconds of local wall time since 1970-01-01T00:00; datetime(received, 'unixepoch') shows them.
-- Moments of runs are seconds of Unix time.

create table meta (
  name  text primary key,
  value text not null
) without rowid;

create table source (
  id          integer primary key,
  name        text not null unique,              -- unit/source
  state       text not null default '',          -- where the next read goes on
  fingerprint text not null default '',          -- of the configuration that its rows were mapped with
  basis       text not null default '',          -- of the rules that its dossiers are counted by
  established integer not null default 0,        -- 1 once a complete read has ended well: only then its dossiers count
  needs_full  integer not null default 0,        -- 1 when rows rejected before may be good now
  dossiers    integer not null default 0,
  held        integer not null default 0,        -- records missing from the last complete read, held back
  held_why    text not null default ''
);

create table book (
  id        integer primary key,
  source    integer not null references source (id),
  unit      text not null,
  procedure text not null,
  unique (source, unit, procedure)
);

create table dossier (
  key      integer primary key,
  hash     integer not null,                     -- of the id: a narrow index instead of one over long texts
  source   integer not null,
  book     integer not null,
  id       text not null,
  channel  integer not null,
  received integer not null,
  due      integer,
  finished integer,
  outcome  integer not null,
  marks    integer not null,                     -- two bits each: fee due, paid online, input digitised, result electronic, satisfied
  pauses   text,
  changed  integer not null
);
create index dossier_hash on dossier (hash);

create table procedure (
  source         integer not null,
  unit           text not null,
  code           text not null,
  name           text not null,
  field          text not null,
  level          integer not null,
  online         text not null,
  statutory_days real not null,
  working_days   integer not null,
  fee            integer not null,
  swg            text not null,
  from_day       integer not null,
  to_day         integer not null,
  primary key (source, unit, code)
) without rowid;

create table observation (
  source  integer not null,
  unit    text not null,
  measure text not null,
  day     integer not null,                      -- days since 1970-01-01
  value   real not null,
  primary key (source, unit, measure, day)
) without rowid;

-- The daybook: base segments hold all counts at one time, the others what each batch changed since.
create table segment (
  id     integer primary key,
  base   integer not null,
  counts blob not null
);

create table finding (
  source    integer not null,
  digest    integer not null,                    -- of reason and content: the same row found again is one finding
  taken     integer not null,                    -- 0 rejected, 1 taken with a warning
  row       integer not null,
  record    text not null,                       -- the id in the row, where it could be read
  reason    text not null,
  field     text not null,
  detail    text not null,
  raw       text not null,
  first_run integer not null,
  last_run  integer not null,
  primary key (source, digest)
) without rowid;
create index finding_record on finding (source, record);

create table run (
  id       integer primary key,
  source   integer not null,
  started  integer not null,
  ended    integer,                              -- null while it runs, or when the agent was killed in it
  full     integer not null,
  rows     integer not null default 0,
  added    integer not null default 0,
  changed  integer not null default 0,
  removed  integer not null default 0,
  rejected integer not null default 0,
  warned   integer not null default 0,
  held     integer not null default 0,           -- dossiers missing from a complete read, not taken out
  ok       integer not null default 0,
  error    text not null default ''
);
create index run_source on run (source, id);
