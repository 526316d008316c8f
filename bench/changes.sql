-- 1,000 dossiers change now: open ones are finished, the others get one more day.
update ho_so
set ngay_ket_thuc = coalesce(ngay_ket_thuc, localtimestamp),
    ngay_hen_tra  = ngay_hen_tra + interval '1 day',
    trang_thai    = 9,
    cap_nhat_luc  = localtimestamp
where ma_ho_so in (select ma_ho_so from ho_so order by hashtext(ma_ho_so), ma_ho_so limit 1000);
