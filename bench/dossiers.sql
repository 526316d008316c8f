-- 1,000,000 dossiers of 300 procedures, received over the year 2025, with the columns of the national exchange format in snake
-- case. Every value is computed from the dossier's number, so that each run measures the same rows.
create table ho_so (
  ma_ho_so       text primary key,
  ma_tthc        text not null,
  kenh           int not null,       -- 1 counter, 2 online, 3 postal
  ngay_tiep_nhan timestamp not null,
  ngay_hen_tra   timestamp,
  ngay_ket_thuc  timestamp,          -- null: still open
  trang_thai     int not null,       -- 4 being handled, 9 settled
  cap_nhat_luc   timestamp not null  -- the last change
);

-- part(i, salt, n) spreads the dossiers evenly over 0 … n - 1, for each salt in another way.
create function pg_temp.part(i bigint, salt bigint, n bigint) returns bigint
  language sql immutable as 'select (hashint8extended(i, salt) & 9223372036854775807) % n';

insert into ho_so
select 'B00.01-' || to_char(received, 'YYMMDD') || '-' || lpad(i::text, 7, '0'),
       '2.' || lpad(pg_temp.part(i, 1, 300)::text, 6, '0'),
       case when pg_temp.part(i, 2, 1000) < 990 then 2 when pg_temp.part(i, 2, 1000) < 995 then 1 else 3 end,
       received,
       received + interval '5 days',
       finished,
       case when finished is null then 4 else 9 end,
       coalesce(finished, received)
from (
  select i, received,
         case when pg_temp.part(i, 3, 100) < 95 then received + pg_temp.part(i, 4, 7 * 86400) * interval '1 second' end as finished
  from (
    select i, timestamp '2025-01-01' + pg_temp.part(i, 5, 365 * 86400) * interval '1 second' as received
    from generate_series(1, 1000000) as i
  ) as dates
) as dossiers;

create index on ho_so (cap_nhat_luc);
vacuum analyze ho_so;
