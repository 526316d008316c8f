package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// form writes report II.06a as offices do: a merged header of three rows, numbers typed as text among the others.
func form(t testing.TB, path, period string, rows ...[]any) {
	t.Helper()
	const name = "Sheet1"
	f := excelize.NewFile()
	defer f.Close()
	var err error
	for cell, row := range map[string][]any{
		"A1": {"Biểu số II.06a/VPCP/KSTT"},
		"A2": {"TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"},
		"A3": {period},
		"A5": {"STT", "Lĩnh vực", "Số lượng hồ sơ tiếp nhận", nil, nil, nil, "Số lượng hồ sơ đã giải quyết", nil, nil, nil, "Số lượng hồ sơ đang giải quyết"},
		"C6": {"Tổng số", "Trong kỳ", nil, "Từ kỳ trước", "Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn", "Tổng số", "Trong hạn", "Quá hạn"},
		"D7": {"Trực tuyến", "Trực tiếp, dịch vụ bưu chính"},
		"A8": {"(1)", "(2)", "(3)=(4)+(5)+(6)", "(4)", "(5)", "(6)", "(7)=(8)+(9)+(10)", "(8)", "(9)", "(10)", "(11)=(12)+(13)", "(12)", "(13)"},
	} {
		err = errors.Join(err, f.SetSheetRow(name, cell, &row))
	}
	for i, row := range rows {
		err = errors.Join(err, f.SetSheetRow(name, fmt.Sprintf("A%d", 9+i), &row))
	}
	for _, area := range [][2]string{{"A1", "M1"}, {"A5", "A7"}, {"B5", "B7"}, {"C5", "F5"}, {"G5", "J5"}, {"K5", "M5"}, {"D6", "E6"}} {
		err = errors.Join(err, f.MergeCell(name, area[0], area[1]))
	}
	if err := errors.Join(err, f.SaveAs(path)); err != nil {
		t.Fatal(err)
	}
}

var (
	chemicals  = []any{1, "Hoá chất", "1.240", "1.150", 80, 10, 1200, 900, 250, 50, 40, 30, 10}
	precursors = []any{2, "Tiền chất", 5, 3, 2, nil, 5, 5, nil, nil, 0, 0, 0}
	sumOfBoth  = []any{"Tổng cộng", nil, 1245, 1153, 82, 10, 1205, 905, 250, 50, 40, 30, 10}
)

// collectForm reads reports of the form, and says what they became.
func collectForm(t *testing.T, source config.Source) (lines []string, err error) {
	t.Helper()
	source.Unit, source.ID, source.Record = "bo", "ii06a", "observation"
	opened, err := New(*source.File, Options{CutOff: kpi.CutND09, RowsAreUnits: source.RowsAreUnits()})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := collectors.NewMapping(source, collectors.Checks{Units: []string{"bo", "cuc_hoa_chat"}}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = collectors.Collect(t.Context(), opened, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			o := r.Observation
			lines = append(lines, fmt.Sprintf("%d %s %s %s %v", r.Row, o.Unit, o.Day, o.Measure, o.Value))
		}
		for _, r := range b.Rejects {
			lines = append(lines, fmt.Sprintf("%d %s", r.Row, r.Fault.Error()))
		}
		return nil
	})
	return lines, err
}

// sumsTo are the observations of the sum.
func sumsTo(row int, unit, day string, figures ...int) (lines []string) {
	for i, name := range []string{"online", "counter_postal", "carried_over", "finished", "finished_early", "finished_on_time", "finished_late", "open", "open_in_time", "open_overdue"} {
		lines = append(lines, fmt.Sprintf("%d %s %s ii06a_%s %d", row, unit, day, name, figures[i]))
	}
	return lines
}

func TestTheFormBecomesObservations(t *testing.T) {
	dir := t.TempDir()
	form(t, filepath.Join(dir, "a.xlsx"), "Tháng 1 năm 2026", chemicals, precursors, sumOfBoth)
	got, err := collectForm(t, config.Source{File: &config.File{Path: filepath.Join(dir, "a.xlsx"), Format: "xlsx", Form: "ii06a"}})
	if diff := cmp.Diff(sumsTo(11, "bo", "2026-01-14", 1153, 82, 10, 1205, 905, 250, 50, 40, 30, 10), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = collectForm(t, config.Source{File: &config.File{Path: filepath.Join(dir, "a.xlsx"), Format: "xlsx", Form: "ii06a", PeriodEnd: "2026-01-31"}})
	if err != nil || len(got) != 10 || !strings.Contains(got[0], "2026-01-31") {
		t.Error("the day that is set", got, err)
	}
}

func TestTheFormAsCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, `Biểu số II.06a/VPCP/KSTT;;;
"Kỳ báo cáo: Từ ngày 15/12/2025
đến ngày 14/01/2026"
STT;Lĩnh vực;Số hồ sơ tiếp nhận;;;;Số hồ sơ đã giải quyết;;;;Số hồ sơ đang giải quyết;;
;;Tổng số;Trong kỳ;;Từ kỳ trước;Tổng số;Trước hạn;Đúng hạn;Quá hạn;Tổng số;Trong hạn;Quá hạn
;;;Trực tuyến;Trực tiếp, bưu chính;;;;;;;;
1;Hoá chất;1.240;1.150;80;10;1.200;900;250;50;40;30;10
;Tổng số;1 240;1 150;80;10;1 200;900;250;50;40;30;10
Người lập biểu;;;;
`)
	got, err := collectForm(t, config.Source{File: &config.File{Path: path, Form: "ii06a", Separator: ";"}})
	if diff := cmp.Diff(sumsTo(8, "bo", "2026-01-14", 1150, 80, 10, 1200, 900, 250, 50, 40, 30, 10), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestRowsOfTheFormThatAreUnits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	form(t, path, "Tháng 1 năm 2026", chemicals, precursors, sumOfBoth)
	source := config.Source{File: &config.File{Path: path, Format: "xlsx", Form: "ii06a"},
		Mapping: config.Mapping{Unit: &config.Field{Column: "Lĩnh vực", Values: []config.ValueMap{{From: "Hoá chất", To: "cuc_hoa_chat"}}}}}
	got, err := collectForm(t, source)
	want := append(sumsTo(9, "cuc_hoa_chat", "2026-01-14", 1150, 80, 10, 1200, 900, 250, 50, 40, 30, 10),
		`10 unknown_unit: unit: "Tiền chất" is not mapped; mapped are "Hoá chất"`)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestARowOfTheFormThatDoesNotAddUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	wrong := append([]any{}, chemicals...)
	wrong[3], wrong[4] = 1149, 80 // 3 is not 4 + 5 + 6
	sum := append([]any{}, sumOfBoth...)
	sum[3], sum[4] = 1152, 83
	form(t, path, "Tháng 1 năm 2026", wrong, []any{2, "Tiền chất", 5, 3, 2, 0, 5, 5, 0, 0, 0, 0, 0}, sum)
	got, err := collectForm(t, config.Source{File: &config.File{Path: path, Format: "xlsx", Form: "ii06a"}})
	want := []string{
		`9 unbalanced: "Hoá chất": (3) = 1240 is not (4) + (5) + (6) = 1149 + 80 + 10 = 1239`,
		`11 unbalanced: "Tổng cộng": (5) = 83 is not the sum of the rows, 82`,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReportsThatAreNotTheForm(t *testing.T) {
	dir := t.TempDir()
	form(t, filepath.Join(dir, "no period.xlsx"), "Cục Hoá chất", chemicals, sumOfBoth)
	form(t, filepath.Join(dir, "ahead.xlsx"), "Tháng 4 năm 2026", chemicals, append([]any{"Tổng cộng", nil}, chemicals[2:]...))
	write(t, filepath.Join(dir, "quote.csv"), "Tháng 1/2026\n\"1;2\n")
	write(t, filepath.Join(dir, "long.csv"), strings.Repeat("a\n", mostFormLines+1))
	write(t, filepath.Join(dir, "wide.csv"), strings.Repeat(strings.Repeat("a", 1<<20)+"\n", 20))
	write(t, filepath.Join(dir, "list.csv"), report(3))
	for name, want := range map[string]string{
		"no period.xlsx": "file PATH: the titles name no period",
		"quote.csv":      "file PATH: row 2 cannot be read, and a form is read as a whole: the quote that opens cell 1 is never closed",
		"long.csv":       "file PATH: the report has more than 20000 rows, as no form has; take form out and write a mapping",
		"wide.csv":       "file PATH: the report has more than 16777216 bytes of text, as no form has; take form out and write a mapping",
		"list.csv":       "file PATH: the table of form II.06a is not there",
	} {
		path := filepath.Join(dir, name)
		_, err := collectForm(t, config.Source{File: &config.File{Path: path, Format: strings.TrimPrefix(filepath.Ext(path), "."), Form: "ii06a"}})
		if want := strings.ReplaceAll(want, "PATH", path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, want)
		}
	}
	got, err := collectForm(t, config.Source{File: &config.File{Path: filepath.Join(dir, "ahead.xlsx"), Format: "xlsx", Form: "ii06a"}})
	if want := []string{"10 bad_date: day: 2026-04-14 is after today, 2026-03-10"}; !cmp.Equal(want, got) || err != nil {
		t.Error(got, err)
	}
}

func TestTheExampleOfTheFormReadsItsReports(t *testing.T) {
	got, rejects := readExample(t, "report-ii06a.yml", func(folder string) {
		if err := os.Mkdir(filepath.Join(folder, "bao_cao"), 0o755); err != nil {
			t.Fatal(err)
		}
		for month := 1; month <= 2; month++ {
			form(t, filepath.Join(folder, "bao_cao", fmt.Sprintf("2026-%02d.xlsx", month)), fmt.Sprintf("Tháng %d năm 2026", month), chemicals, precursors, sumOfBoth)
		}
	})
	if len(got) != 20 || len(rejects) > 0 || got[0] != "cuc_hoa_chat ii06a_online 2026-01-14 1153" || got[10] != "cuc_hoa_chat ii06a_online 2026-02-14 1153" {
		t.Error(got, rejects)
	}
}
