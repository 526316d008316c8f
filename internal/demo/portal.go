package demo

import (
	"crypto/subtle"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"kpiagent/internal/kpi"
)

// portal answers as an online-service portal does: pages of JSON, for whoever has the token.
//
//	GET …/api/ho-so?page=1&size=500&tuLuc=2026-03-02T00:00:00+07:00
//
// Dossiers come in the order in which they were filed, so that none slips through while pages are read.
type portal struct {
	store *journal
	names map[string]string // of the procedures
	token string
	zone  *time.Location
}

const (
	mostRows  = 2000 // of one page
	usualRows = 100
)

// portalPage is an answer.
type portalPage struct {
	Total int         `json:"tongSo"`
	Page  int         `json:"trang"`
	Rows  []portalRow `json:"duLieu"`
}

type portalRow struct {
	ID         string   `json:"maHoSo"`
	Procedure  nameCode `json:"thuTuc"`
	Channel    string   `json:"kenhTiepNhan"`
	Received   string   `json:"ngayTiepNhan"`
	Due        *string  `json:"ngayHenTra"`
	Finished   *string  `json:"ngayKetThuc"`
	State      string   `json:"trangThai"`
	PausedFrom *string  `json:"choBoSungTu"`
	PausedTo   *string  `json:"choBoSungDen"`
	Fee        bool     `json:"coLePhi"`
	Paid       *bool    `json:"thanhToanTrucTuyen"`
	Electronic *bool    `json:"ketQuaDienTu"`
	Satisfied  *bool    `json:"haiLong"`
	Changed    string   `json:"capNhatLuc"`
}

type nameCode struct {
	Code string `json:"ma"`
	Name string `json:"ten"`
}

// Words of the portal.
var (
	portalChannels = map[kpi.Channel]string{kpi.Online: "TRUC_TUYEN", kpi.Counter: "TRUC_TIEP", kpi.Postal: "BUU_CHINH", strangeChannel: "FAX"}
	portalStates   = map[kpi.Outcome]string{kpi.Open: "DANG_XU_LY", kpi.Settled: "DA_TRA_KET_QUA", kpi.Refused: "TU_CHOI", kpi.Withdrawn: "DA_RUT",
		kpi.Stopped: "DUNG_XU_LY", strangeOutcome: "CHUYEN_DON_VI_KHAC"}
)

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+p.token)) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(w, http.StatusUnauthorized, "Thiếu mã truy cập, hoặc mã không đúng · token missing or wrong")
		return
	}
	query := r.URL.Query()
	page, errPage := positive(query.Get("page"), 1)
	size, errSize := positive(query.Get("size"), usualRows)
	from, errFrom := p.since(query.Get("tuLuc"))
	if errPage != nil || errSize != nil || errFrom != nil {
		problem(w, http.StatusBadRequest, "page, size, tuLuc: tham số không hợp lệ · parameters not understood")
		return
	}
	first, size := pageOf(page, size)
	rows, total, ok := p.store.page(from, first, size)
	if !ok {
		unavailable(w)
		return
	}
	answer := portalPage{Total: total, Page: page, Rows: []portalRow{}}
	for i := range rows {
		answer.Rows = append(answer.Rows, p.row(&rows[i]))
	}
	writeJSON(w, answer)
}

// pageOf gives where a page begins and how long it is; pages count from 1.
func pageOf(page, size int) (first, length int) {
	size = min(size, mostRows)
	if page-1 > math.MaxInt/size {
		return math.MaxInt, size
	}
	return (page - 1) * size, size
}

func (p *portal) since(text string) (kpi.Stamp, error) {
	if text == "" {
		return 0, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return kpi.StampOf(at.In(p.zone)), err
}

func (p *portal) row(c *change) portalRow {
	row := portalRow{ID: c.ID, Procedure: nameCode{c.Procedure, p.names[c.Procedure]}, Channel: portalChannels[c.Channel], State: portalStates[c.Outcome],
		Received: local(c.Received), Due: localOrNull(c.Due), Finished: localOrNull(c.Finished), Fee: c.FeeDue == kpi.Yes,
		Paid: trueOrNull(c.PaidOnline), Electronic: trueOrNull(c.ResultElectronic), Satisfied: trueOrNull(c.Satisfied), Changed: local(c.at)}
	if waits(&c.Dossier) {
		row.State = "CHO_BO_SUNG"
	}
	if len(c.Pauses) > 0 {
		row.PausedFrom, row.PausedTo = localOrNull(c.Pauses[0].From), localOrNull(c.Pauses[0].To)
	}
	return row
}

// local writes a moment of Vietnam, which has had no other offset for fifty years.
func local(s kpi.Stamp) string {
	text := []byte(s.String())
	if len(text) == 0 {
		return ""
	}
	text[10] = 'T'
	return string(text) + "+07:00"
}

func localOrNull(s kpi.Stamp) *string {
	if s.IsZero() {
		return nil
	}
	text := local(s)
	return &text
}

func trueOrNull(m kpi.Mark) *bool {
	if m == kpi.Unknown {
		return nil
	}
	yes := m == kpi.Yes
	return &yes
}

func positive(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	number, err := strconv.Atoi(text)
	if err == nil && number < 1 {
		err = strconv.ErrRange
	}
	return number, err
}

// writeJSON answers; the reader may be gone, which is its own business.
func writeJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(answer)
}

func problem(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"loi": message})
}
