package file

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// monthly writes the report that config/examples/xlsx.yml describes.
func monthly(t *testing.T, path string) {
	t.Helper()
	const name = "Danh sách"
	f := excelize.NewFile()
	defer f.Close()
	_, err := f.NewSheet(name)
	for cell, row := range map[string][]any{
		"A1": {"DANH SÁCH HỒ SƠ THÁNG 3"},
		"A3": {"Mã hồ sơ", "Mã TTHC", "Tiếp nhận", nil, "Giải quyết", nil, "Phí"},
		"C4": {"Hình thức", "Ngày\n", "Hẹn trả", "Ngày trả"},
		"A5": {"H01-001", "1.000123", "Trực tuyến", time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC), time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), "05/03/2026", 120000},
		"A6": {"H01-002", "1.000123", "Trực tiếp", "02/03/2026", time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), nil, 120000},
	} {
		err = errors.Join(err, f.SetSheetRow(name, cell, &row))
	}
	for _, area := range [][2]string{{"A1", "G1"}, {"A3", "A4"}, {"B3", "B4"}, {"C3", "D3"}, {"E3", "F3"}, {"G3", "G4"}} {
		err = errors.Join(err, f.MergeCell(name, area[0], area[1]))
	}
	if err := errors.Join(err, f.SaveAs(path)); err != nil {
		t.Fatal(err)
	}
}

// readExample reads the first source of a file under config/examples, whose reports put makes in its folder.
func readExample(t *testing.T, name string, put func(folder string)) (records, rejects []string) {
	t.Helper()
	return readExampleAt(t, name, "", "", put)
}

// readExampleAt reads it with another address.
func readExampleAt(t *testing.T, name, address, instead string, put func(folder string)) (records, rejects []string) {
	t.Helper()
	example, err := os.ReadFile("../../config/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	given := filepath.Join(dir, "kpiagent.yml")
	if address != "" {
		example = bytes.ReplaceAll(example, []byte(address), []byte(instead))
	}
	if err := os.WriteFile(given, example, 0o644); err != nil {
		t.Fatal(err)
	}
	put(dir)
	c, err := config.Load(t.Context(), config.Options{File: given})
	if err != nil {
		t.Fatal(err)
	}
	cutOff, _ := kpi.ParseCutOff(c.Periods.CutOff)
	source, err := New(*c.Sources[0].File, Options{Env: outbound.Env{Now: time.Now, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, CutOff: cutOff, RowsAreUnits: c.Sources[0].RowsAreUnits()})
	if err != nil {
		t.Fatal(err)
	}
	checks := collectors.Checks{Procedure: func(_, code string) bool { return code == "1.000123" }}
	for _, u := range c.Units {
		checks.Units = append(checks.Units, u.ID)
	}
	mapping, err := collectors.NewMapping(c.Sources[0], checks, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = collectors.Collect(t.Context(), source, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			if d := r.Dossier; d != nil {
				records = append(records, fmt.Sprint(d.ID, " ", d.Procedure, " ", d.Channel, " ", d.Received, " ", d.Due, " ", d.Finished))
			} else {
				o := r.Observation
				records = append(records, fmt.Sprint(o.Unit, " ", o.Measure, " ", o.Day, " ", o.Value))
			}
		}
		for _, r := range b.Rejects {
			rejects = append(rejects, fmt.Sprint(r.Row, " ", r.Fault.Error()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, rejects
}

func TestTheExampleOfWorkbooksReadsItsReport(t *testing.T) {
	got, rejects := readExample(t, "xlsx.yml", func(folder string) {
		if err := os.Mkdir(filepath.Join(folder, "bao_cao"), 0o755); err != nil {
			t.Fatal(err)
		}
		monthly(t, filepath.Join(folder, "bao_cao", "2026-03.xlsx"))
	})
	want := []string{
		"H01-001 1.000123 online 2026-03-02 08:15:00 2026-03-09 00:00:00 2026-03-05 00:00:00",
		"H01-002 1.000123 counter 2026-03-02 00:00:00 2026-03-09 00:00:00 ",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(rejects) > 0 {
		t.Error(diff, rejects)
	}
}

// shown returns the picture of a report in the comment that an example begins with: the lines that hold a separator.
func shown(t *testing.T, name, separator string) string {
	t.Helper()
	example, err := os.ReadFile("../../config/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var picture strings.Builder
	for line := range strings.Lines(string(example)) {
		text, comment := strings.CutPrefix(line, "#   ")
		if !comment {
			if !strings.HasPrefix(line, "#") {
				break
			}
			continue
		}
		if strings.Contains(text, separator) {
			picture.WriteString(text)
		}
	}
	return picture.String()
}

func TestTheExampleOfTotalsReadsItsReport(t *testing.T) {
	got, rejects := readExample(t, "totals.yml", func(folder string) {
		write(t, filepath.Join(folder, "tong_hop.csv"), shown(t, "totals.yml", ";")+"Cục Hoá chất;28/02/2026;nhiều;5;;\n")
	})
	want := []string{
		"cuc_hoa_chat petitions_received 2026-01-31 1204", "cuc_hoa_chat petitions_answered 2026-01-31 1187",
		"cuc_hoa_chat satisfied_share 2026-01-31 0.955", "cuc_hoa_chat certificates_valid 2026-01-31 312",
		"cuc_dien_luc petitions_received 2026-01-31 96", "cuc_dien_luc petitions_answered 2026-01-31 96",
		"cuc_hoa_chat petitions_answered 2026-02-28 5",
	}
	wantRejects := []string{`4 bad_value: totals[0]: "nhiều" is not a number such as 1.234,5 (column "Số thư nhận")`}
	if diff := cmp.Diff(want, got) + cmp.Diff(wantRejects, rejects); diff != "" {
		t.Error(diff)
	}
}

func TestTheExampleOfCSVReadsItsReport(t *testing.T) {
	got, rejects := readExample(t, "csv.yml", func(folder string) {
		if err := os.Mkdir(filepath.Join(folder, "xuat"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "xuat", "ho_so.csv"), shown(t, "csv.yml", ";"))
	})
	want := []string{
		"H01-001 1.000123 online 2026-03-02 08:15:00 2026-03-09 00:00:00 ",
		"H01-001 1.000123 online 2026-03-02 08:15:00 2026-03-09 00:00:00 2026-03-05 00:00:00",
		"H01-002 1.000123 postal 2026-03-02 09:40:00 2026-03-09 00:00:00 ",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(rejects) > 0 {
		t.Error(diff, rejects)
	}
}

// The address of the example is that of nobody: a server here stands for it.
func TestTheExampleOfAnAddressReadsItsReport(t *testing.T) {
	picture := shown(t, "csv-url.yml", ",")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "kpi_reader" || password != "hunter2" || r.URL.Path != "/xuat/ho_so.csv" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, picture)
	}))
	t.Cleanup(server.Close)
	t.Setenv("MOT_CUA_PASSWORD", "hunter2")
	got, rejects := readExampleAt(t, "csv-url.yml", "https://motcua.example.vn", server.URL, func(string) {})
	want := []string{
		"H01-001 1.000123 online 2026-03-02 08:15:00 2026-03-09 00:00:00 2026-03-05 00:00:00",
		"H01-002 1.000123 counter 2026-03-02 09:40:00 2026-03-09 00:00:00 ",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(rejects) > 0 {
		t.Error(diff, rejects)
	}
}
