-- What an exporter that keeps no ledger asks the unit's database at every scrape: the same counts, by procedure.
select ma_tthc, kenh, count(*) from ho_so
where ngay_tiep_nhan >= '2025-01-01' and ngay_tiep_nhan < '2026-01-01'
group by ma_tthc, kenh;

select ma_tthc, sign(ngay_ket_thuc::date - ngay_hen_tra::date) as timeliness, count(*) from ho_so
where ngay_ket_thuc >= '2025-01-01' and ngay_ket_thuc < '2026-01-01'
group by ma_tthc, timeliness;

select ma_tthc, ngay_hen_tra < '2026-01-01' as overdue, count(*) from ho_so
where ngay_ket_thuc is null
group by ma_tthc, overdue;

select ma_tthc, avg(ngay_ket_thuc - ngay_tiep_nhan),
       percentile_cont(0.9) within group (order by ngay_ket_thuc - ngay_tiep_nhan)
from ho_so
where ngay_ket_thuc is not null
group by ma_tthc;
