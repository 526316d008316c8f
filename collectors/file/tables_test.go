package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
)

// sheets writes a workbook with the named sheets, each with the header of the desk and a row for each id.
func sheets(t *testing.T, path string, names []string, ids ...string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	err := f.SetSheetName("Sheet1", names[0])
	for i, name := range names {
		if i > 0 {
			_, wrong := f.NewSheet(name)
			err = errors.Join(err, wrong)
		}
		if ids[i] == "" {
			continue
		}
		head := []any{"Mã hồ sơ", "TTHC", "Kênh", "Nhận", "Hẹn", "Xong"}
		err = errors.Join(err, f.SetSheetRow(name, "A1", &[]any{"DANH SÁCH " + name}), f.SetSheetRow(name, "A2", &head))
		for at, id := range strings.Fields(ids[i]) {
			row := []any{id, "1.001", "Trực tuyến", "02/02/2026", "09/03/2026", ""}
			cell, wrong := excelize.CoordinatesToCellName(1, 3+at)
			err = errors.Join(err, wrong, f.SetSheetRow(name, cell, &row))
		}
	}
	if err := errors.Join(err, f.SaveAs(path), os.Chtimes(path, time.Time{}, noon.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
}

func TestSheetsOfAGlobAreReadOneAfterTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	sheets(t, path, []string{"Tháng 2", "Tháng 3", "Tháng 4", "Hướng dẫn"}, "H1 H2", "H1 H3", "", "")
	given := config.File{Path: path, Format: "xlsx", HeaderRow: 2, Sheet: "tháng *", Change: "tờ", ChangeLayout: "number",
		Texts: []config.FileText{{Column: "tờ", From: "sheet", Pattern: `\d+`}}}
	g, err := collect(t, given, collectors.Request{})
	if diff := cmp.Diff([]string{"H1", "H2", "H1", "H3"}, g.IDs) + cmp.Diff([]int64{2, 2, 3, 3}, g.Changed); diff != "" || err != nil || !g.Result.Complete {
		t.Error(diff, err)
	}
	for sheet, want := range map[string]string{
		"Quý *":       `no sheet fits "Quý *"; there are: "Tháng 2", "Tháng 3", "Tháng 4", "Hướng dẫn"; correct sheet`,
		"*[4n]":       `the sheet has no rows: none of the sheets "Tháng 4", "Hướng dẫn" has any; correct sheet`,
		"Hướng dẫn":   `the sheet has no rows`,
		"[Tháng 2]*x": `no sheet fits`,
	} {
		given.Sheet = sheet
		if _, err := collect(t, given, collectors.Request{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sheet, err)
		}
	}
}

func TestTheFilesNameAndTitlesAreColumns(t *testing.T) {
	dir := t.TempDir()
	list := func(month, id, done string) string {
		return "DANH SÁCH;;;;;\n\"THÁNG " + month + " NĂM 2026\";;;;;\nMã hồ sơ;TTHC;Kênh;Nhận;Hẹn;Xong\n" + id + ";1.001;Trực tuyến;02/02/2026;09/03/2026;" + done + "\n"
	}
	write(t, filepath.Join(dir, "T2.csv"), list("02", "H1", ""))
	write(t, filepath.Join(dir, "T3.csv"), list("03", "H1", "05/03/2026"))
	given := config.File{Path: filepath.Join(dir, "*.csv"), Separator: ";", HeaderRow: 3, Change: "kỳ"}
	for _, test := range []struct {
		layout string
		text   config.FileText
		want   []int64
		fails  string
	}{
		{"number", config.FileText{From: "file_name", Pattern: `T(\d+)`}, []int64{2, 3}, ""},
		{"'THÁNG' MM 'NĂM' yyyy", config.FileText{From: "titles", Pattern: `THÁNG.*NĂM \d+`}, []int64{1769904000000000, 1772323200000000}, ""},
		{"number", config.FileText{From: "titles", Pattern: `quý \d`}, nil, `the pattern quý \d for the column "kỳ" is not found in titles, which is "DANH SÁCH THÁNG 02 NĂM 2026"`},
	} {
		test.text.Column = "kỳ"
		given.ChangeLayout, given.Texts = test.layout, []config.FileText{test.text}
		g, err := collect(t, given, collectors.Request{})
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Error(err)
			}
			continue
		}
		if diff := cmp.Diff(test.want, g.Changed); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}
