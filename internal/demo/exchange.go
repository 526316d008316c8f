package demo

import (
	"net/http"
	"strings"

	"kpiagent/internal/kpi"
)

// exchange answers in the format in which ministries send their dossiers to the National Public Service Portal: pages of
// JSON whose names, codes and dates are those of that format.
//
//	GET …/DongBoHoSoMC?trang=1&soLuong=500&tuThoiDiem=20260302000000
type exchange struct {
	store *journal
	names map[string]string // of the procedures
}

type exchangePage struct {
	Total int           `json:"tongSo"`
	Rows  []exchangeRow `json:"data"`
}

type exchangeRow struct {
	MaHoSo               string
	MaTTHC               string
	TenTTHC              string
	KenhThucHien         string
	NgayTiepNhan         string
	NgayHenTra           string
	NgayTuChoi           string
	NgayKetThucXuLy      string
	NgayTra              string
	TrangThaiHoSo        string
	HoSoCoThanhPhanSoHoa string
	DanhSachLePhi        []exchangeFee
	DanhSachHoSoBoSung   []exchangeSupplement
	DanhSachGiayToKetQua []exchangeResult
	NgayCapNhat          string
}

type exchangeFee struct{ TenPhiLePhi, Gia string }

type exchangeSupplement struct{ NgayBoSung, NgayTiepNhanBoSung string }

type exchangeResult struct{ TenGiayTo, DuongDanTepTinKetQua string }

// Codes of the format; 99 is one that it does not have.
var (
	exchangeChannels = map[kpi.Channel]string{kpi.Counter: "1", kpi.Online: "2", kpi.Postal: "3"}
	exchangeStates   = map[kpi.Outcome]string{kpi.Open: "4", kpi.Settled: "10", kpi.Refused: "3", kpi.Withdrawn: "7", kpi.Stopped: "8", strangeOutcome: "99"}
)

func (e *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	page, errPage := positive(query.Get("trang"), 1)
	size, errSize := positive(query.Get("soLuong"), usualRows)
	from := stamp(exchangeDate, query.Get("tuThoiDiem"))
	if errPage != nil || errSize != nil || from == 0 && query.Get("tuThoiDiem") != "" {
		problem(w, http.StatusBadRequest, "trang, soLuong, tuThoiDiem: tham số không hợp lệ · parameters not understood")
		return
	}
	first, size := pageOf(page, size)
	rows, total, ok := e.store.page(from, first, size)
	if !ok {
		unavailable(w)
		return
	}
	answer := exchangePage{Total: total, Rows: []exchangeRow{}}
	for i := range rows {
		answer.Rows = append(answer.Rows, e.row(&rows[i]))
	}
	writeJSON(w, answer)
}

const exchangeDate = "20060102150405"

var digits = strings.NewReplacer("-", "", " ", "", ":", "")

// compact writes a moment as the format has it: digits only.
func compact(s kpi.Stamp) string {
	return digits.Replace(s.String())
}

func (e *exchange) row(c *change) exchangeRow {
	row := exchangeRow{MaHoSo: c.ID, MaTTHC: c.Procedure, TenTTHC: e.names[c.Procedure], KenhThucHien: exchangeChannels[c.Channel],
		NgayTiepNhan: compact(c.Received), NgayHenTra: compact(c.Due), NgayKetThucXuLy: compact(c.Finished), TrangThaiHoSo: exchangeStates[c.Outcome],
		NgayCapNhat: compact(c.at), HoSoCoThanhPhanSoHoa: "0", DanhSachLePhi: []exchangeFee{}, DanhSachHoSoBoSung: []exchangeSupplement{}, DanhSachGiayToKetQua: []exchangeResult{}}
	switch {
	case c.Outcome == kpi.Settled:
		row.NgayTra = row.NgayKetThucXuLy
	case c.Outcome == kpi.Refused:
		row.NgayTuChoi = row.NgayKetThucXuLy
	case waits(&c.Dossier):
		row.TrangThaiHoSo = "5"
	case c.Outcome == kpi.Open && c.at == c.Received:
		row.TrangThaiHoSo = "2" // nobody has touched it since
	}
	if c.InputDigitised == kpi.Yes {
		row.HoSoCoThanhPhanSoHoa = "1"
	}
	if c.FeeDue == kpi.Yes {
		row.DanhSachLePhi = append(row.DanhSachLePhi, exchangeFee{"Lệ phí " + strings.ToLower(row.TenTTHC), "500000"})
	}
	for _, p := range c.Pauses {
		row.DanhSachHoSoBoSung = append(row.DanhSachHoSoBoSung, exchangeSupplement{compact(p.From), compact(p.To)})
	}
	switch c.ResultElectronic {
	case kpi.Yes:
		row.DanhSachGiayToKetQua = append(row.DanhSachGiayToKetQua, exchangeResult{"Kết quả giải quyết", "https://dvc.example.vn/ket-qua/" + c.ID + ".pdf"})
	case kpi.No:
		row.DanhSachGiayToKetQua = append(row.DanhSachGiayToKetQua, exchangeResult{TenGiayTo: "Kết quả giải quyết"}) // on paper only
	}
	return row
}
