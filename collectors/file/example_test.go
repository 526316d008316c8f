package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
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

func TestTheExampleReadsItsReport(t *testing.T) {
	example, err := os.ReadFile("../../config/examples/xlsx.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	given := filepath.Join(dir, "kpiagent.yml")
	if err := errors.Join(os.WriteFile(given, example, 0o644), os.Mkdir(filepath.Join(dir, "bao_cao"), 0o755)); err != nil {
		t.Fatal(err)
	}
	monthly(t, filepath.Join(dir, "bao_cao", "2026-03.xlsx"))
	c, err := config.Load(t.Context(), config.Options{File: given})
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(*c.Sources[0].File, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := collectors.NewMapping(c.Sources[0], collectors.Checks{Procedure: func(_, code string) bool { return code == "1.000123" }}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, _, err = collectors.Collect(t.Context(), source, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			d := r.Dossier
			got = append(got, fmt.Sprint(d.ID, " ", d.Procedure, " ", d.Channel, " ", d.Received, " ", d.Due, " ", d.Finished))
		}
		for _, r := range b.Rejects {
			got = append(got, fmt.Sprint(r.Row, " ", r.Fault.Error()))
		}
		return nil
	})
	want := []string{
		"H01-001 1.000123 online 2026-03-02 08:15:00 2026-03-09 00:00:00 2026-03-05 00:00:00",
		"H01-002 1.000123 counter 2026-03-02 00:00:00 2026-03-09 00:00:00 ",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
