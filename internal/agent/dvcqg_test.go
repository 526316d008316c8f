package agent

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/internal/kpi"
)

// exchanged are dossiers in the national exchange format, as a gateway gives them: lists nest, and what has no value is left out.
const exchanged = `[
	{"MaHoSo": "G02-01", "MaTTHC": "1.001", "KenhThucHien": 2, "TrangThaiHoSo": 1, "NgayNopHoSo": "20260318080000"},
	{"MaHoSo": "G02-02", "MaTTHC": "1.001", "KenhThucHien": 2, "TrangThaiHoSo": 4, "NgayTiepNhan": "20260302081500", "NgayHenTra": "20260309170000",
	 "TaiLieuNop": [{"DuocSoHoa": 0}, {"DuocSoHoa": 1, "DuocTaiSuDung": 1}]},
	{"MaHoSo": "G02-03", "MaTTHC": "1.001", "KenhThucHien": 1, "TrangThaiHoSo": 5, "NgayTiepNhan": "20260302090000", "NgayHenTra": "20260309170000",
	 "DanhSachHoSoBoSung": [
	  {"NgayBoSung": "20260303090000", "NgayTiepNhanBoSung": "20260304100000", "NgayHenTraTruoc": "20260309170000", "NgayHenTraMoi": "20260310170000"},
	  {"NgayBoSung": "20260306090000", "NgayTiepNhanBoSung": null, "NgayHenTraTruoc": "20260310170000", "NgayHenTraMoi": null}]},
	{"MaHoSo": "G02-04", "MaTTHC": "1.001", "KenhThucHien": 3, "TrangThaiHoSo": 10, "NgayTiepNhan": "20260302", "NgayHenTra": "20260309",
	 "NgayKetThucXuLy": "20260305103000", "NgayTra": "20260306090000", "HoSoCoThanhPhanSoHoa": 0, "DanhSachGiayToKetQua": [{"TenGiayTo": "Giấy phép", "DuongDanTepTinKetQua": "https://dvc.example.vn/4.pdf"}],
	 "DanhSachLePhi": [{"Gia": 120000}]},
	{"MaHoSo": "G02-05", "MaTTHC": "1.001", "KenhThucHien": 2, "TrangThaiHoSo": 3, "NgayNopHoSo": "20260302081500", "NgayTuChoi": "20260303081500"},
	{"MaHoSo": "G02-06", "MaTTHC": "1.001", "KenhThucHien": 2, "TrangThaiHoSo": 9, "NgayTiepNhan": "20260302081500", "NgayHenTra": "20260309170000"},
	{"MaHoSo": "G02-07", "MaTTHC": "1.001", "KenhThucHien": 2, "TrangThaiHoSo": 7, "NgayTiepNhan": "20260302081500", "NgayKetThucXuLy": "20260304081500"}]`

var exchangedColumns = []string{"MaHoSo", "MaTTHC", "KenhThucHien", "TrangThaiHoSo", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra",
	"NgayTuChoi", "HoSoCoThanhPhanSoHoa", "DanhSachHoSoBoSung", "TaiLieuNop", "DanhSachGiayToKetQua", "DanhSachLePhi"}

// exchangedTexts gives the dossiers as the texts of a table, lists as JSON; ok is false where there is none.
func exchangedTexts(t *testing.T, each func(at func(column string) (text string, ok bool))) {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(exchanged), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		each(func(column string) (string, bool) {
			switch v := row[column].(type) {
			case nil:
				return "", false
			case string:
				return v, true
			default:
				text, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				return string(text), true
			}
		})
	}
}

// gateway serves the dossiers two a page, in an envelope, to who has the token.
func gateway(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hunter2" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var rows []json.RawMessage
		if err := json.Unmarshal([]byte(exchanged), &rows); err != nil {
			t.Error(err)
		}
		page, _ := strconv.Atoi(r.FormValue("page"))
		from := min(2*(page-1), len(rows))
		answer := map[string]any{"data": map[string]any{"DanhSachHoSo": rows[from:min(from+2, len(rows))], "TongSo": len(rows)}}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// fill puts the dossiers into a table whose lists are of type list.
func fill(t *testing.T, driver, dsn, list, placeholder string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var declared, places []string
	for i, name := range exchangedColumns {
		kind := "varchar(100)"
		if i >= len(exchangedColumns)-4 {
			kind = list
		}
		declared = append(declared, `"`+name+`" `+kind)
		places = append(places, placeholder)
		if placeholder != "?" {
			places[i] += strconv.Itoa(i + 1)
		}
	}
	create := "create table dong_bo (" + strings.Join(declared, ", ") + ")"
	if driver == "mysql" {
		create = strings.ReplaceAll(create, `"`, "`")
	}
	if _, err := db.ExecContext(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	exchangedTexts(t, func(at func(string) (string, bool)) {
		var values []any
		for _, name := range exchangedColumns {
			text, ok := at(name)
			values = append(values, sql.NullString{String: text, Valid: ok})
		}
		if _, err := db.ExecContext(t.Context(), "insert into dong_bo values ("+strings.Join(places, ", ")+")", values...); err != nil {
			t.Fatal(err)
		}
	})
}

// The preset makes the same records of the same dossiers, whatever system they come from.
func TestTheExchangeFormatOverEveryKindOfSource(t *testing.T) {
	s := newSite(t)
	s.env["TOKEN"], s.env["PG"], s.env["MY"] = "hunter2", servers.PostgreSQL(t), servers.MariaDB(t)
	fill(t, "pgx", s.env["PG"], "jsonb", "$")
	fill(t, "mysql", s.env["MY"], "json", "?")
	fill(t, "sqlite", filepath.Join(s.folder, "dvc.db"), "text", "?")
	var table strings.Builder
	w := csv.NewWriter(&table)
	err := w.Write(exchangedColumns)
	exchangedTexts(t, func(at func(string) (string, bool)) {
		var cells []string
		for _, name := range exchangedColumns {
			text, _ := at(name)
			cells = append(cells, text)
		}
		err = errors.Join(err, w.Write(cells))
	})
	if w.Flush(); errors.Join(err, w.Error()) != nil {
		t.Fatal(err)
	}
	s.write("dvc.csv", table.String())
	configuration := fmt.Sprintf(`
units: [{id: bo}]
procedures: [{unit: bo, code: "1.001"}]
sources:
  - {unit: bo, id: csv, kind: file, preset: dvcqg, file: {path: dvc.csv}}
  - {unit: bo, id: sqlite, kind: sql, preset: dvcqg, sql: {driver: sqlite, path: dvc.db, query: select * from dong_bo}}
  - {unit: bo, id: postgres, kind: sql, preset: dvcqg, sql: {driver: postgres, dsn_env: PG, query: select * from dong_bo}}
  - {unit: bo, id: mariadb, kind: sql, preset: dvcqg, sql: {driver: mysql, dsn_env: MY, query: select * from dong_bo}}
  - unit: bo
    id: rest
    kind: rest
    preset: dvcqg
    rest:
      url: %s
      rows: .data.DanhSachHoSo[]
      auth: {kind: bearer, secret_env: TOKEN}
      pages: {by: page, parameter: page, total: .data.TongSo}
      omits_empty: true
`, gateway(t))
	want := []string{
		"G02-02 online 2026-03-02 08:15:00, due 2026-03-09 17:00:00, open; input yes, result ",
		"G02-03 counter 2026-03-02 09:00:00, due 2026-03-10 17:00:00, open, waited 2026-03-03 09:00:00..2026-03-04 10:00:00, waited 2026-03-06 09:00:00..; input , result ",
		"G02-04 postal 2026-03-02 00:00:00, due 2026-03-09 00:00:00, settled 2026-03-05 10:30:00; input no, result yes",
		"G02-05 online 2026-03-02 08:15:00, refused 2026-03-03 08:15:00; input , result ",
		"G02-07 online 2026-03-02 08:15:00, withdrawn 2026-03-04 08:15:00; input , result ",
		`G02-06: outcome_without_end: outcome: is "settled" but there is no end date`,
		"1 of 7 rows skipped",
	}
	m := s.model(configuration)
	for _, source := range m.Config.Sources {
		t.Run(source.ID, func(t *testing.T) {
			made, err := NewSource(m, source, s.surroundings())
			if err != nil {
				t.Fatal(err)
			}
			defer made.Close()
			mapping, err := NewMapping(m, source, func() *kpi.Register { return kpi.NewRegister(m.Tree.Units(), m.Declared) })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			_, summary, err := collectors.Collect(t.Context(), made, mapping, collectors.Request{Full: true, Now: s.now}, collectors.Options{}, func(b *kpi.Batch) error {
				for _, r := range b.Records {
					got = append(got, told(r.Dossier))
				}
				for _, r := range b.Rejects {
					got = append(got, r.ID+": "+r.Fault.Error())
				}
				return nil
			})
			got = append(got, fmt.Sprintf("%d of %d rows skipped", summary.Skipped, summary.Rows))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	t.Run("the ledger counts them", func(t *testing.T) {
		a := s.agent(configuration)
		r := collect(t, a, CollectOptions{Sources: []string{"bo/rest"}})["bo/rest"]
		if got, want := r.Summary.String(), "7 rows: 5 added, 0 changed, 0 unchanged, 1 rejected, 1 skipped (mapping.outcome); 0 removed, 0 warnings"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		wantSeries(t, a, map[string]float64{`egov_source_skipped_rows_total{source="rest",unit="bo"}`: 1, `egov_source_skipped_rows_total{source="csv",unit="bo"}`: 0})
	})
}

// told puts a dossier in one line.
func told(d *kpi.Dossier) string {
	text := fmt.Sprintf("%s %s %s", d.ID, d.Channel, d.Received)
	if !d.Due.IsZero() {
		text += fmt.Sprintf(", due %s", d.Due)
	}
	if d.Outcome == kpi.Open {
		text += ", open"
	} else {
		text += fmt.Sprintf(", %s %s", d.Outcome, d.Finished)
	}
	for _, p := range d.Pauses {
		text += fmt.Sprintf(", waited %s..%s", p.From, p.To)
	}
	return text + fmt.Sprintf("; input %s, result %s", d.InputDigitised, d.ResultElectronic)
}
