package file

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// workbook returns the bytes of a report whose rows follow the usual header; dates are those of Excel.
func workbook(t testing.TB, rows ...[]any) string {
	t.Helper()
	return workbookOf(t, strings.Split(strings.TrimSpace(header), ","), rows)
}

func workbookOf(t testing.TB, names []string, rows [][]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	format := "dd/mm/yyyy"
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	stream, errStream := f.NewStreamWriter("Sheet1")
	if err = errors.Join(err, errStream); err != nil {
		t.Fatal(err)
	}
	first := make([]any, len(names))
	for i, name := range names {
		first[i] = name
	}
	for i, row := range append([][]any{first}, rows...) {
		cells := make([]any, len(row))
		for j, value := range row {
			cells[j] = value
			if date, ok := value.(time.Time); ok {
				cells[j] = excelize.Cell{StyleID: style, Value: date}
			}
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := errors.Join(stream.Flush(), f.Write(&out)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// replaceSheet returns the workbook with other rows in its sheet, as programs write them that are not excelize.
func replaceSheet(t *testing.T, workbook, rows string) string {
	t.Helper()
	from, err := zip.NewReader(strings.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, part := range from.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			err = errors.Join(err, to.Copy(part))
			continue
		}
		sheet, errCreate := to.Create(part.Name)
		if err = errors.Join(err, errCreate); err == nil {
			_, err = io.WriteString(sheet, "<worksheet><sheetData>"+rows+"</sheetData></worksheet>")
		}
	}
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func day(date int) time.Time { return time.Date(2026, 3, date, 0, 0, 0, 0, time.UTC) }

func TestAWorkbookIsReadAsAReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "Báo cáo tháng 3.xlsx")
	write(t, path, workbook(t,
		[]any{"H1", "1.001", "Trực tuyến", day(2), day(9), day(5)},
		[]any{2, 1.001, "Trực tiếp", "02/03/2026", nil, nil},
		nil,
		[]any{"H3", "1.001", "Trực tuyến", day(9), day(2), nil},
		[]any{"H4", "1.001", "Trực tuyến", 46083, nil, nil},
		[]any{"H5", "1.001", "Fax", day(2), nil, nil},
	))
	given := config.File{Path: path, Format: "xlsx"}
	g, err := collect(t, given, collectors.Request{})
	rejects := []string{
		"5: due_before_received: due: 2026-03-02 00:00:00 is before the receipt, 2026-03-09 00:00:00",
		`6: bad_date: received: "46083" has none of the layouts dd/MM/yyyy`,
		`7: unknown_channel: channel: "Fax" is not mapped; mapped are "Trực tuyến", "Trực tiếp"`,
	}
	if diff := cmp.Diff([]string{"H1", "2"}, g.IDs) + cmp.Diff(rejects, g.Rejects); diff != "" || err != nil || !g.Result.Complete {
		t.Error(diff, err, g.Result)
	}
	if again, err := collect(t, given, collectors.Request{State: g.Result.State}); err != nil || !again.Result.Unchanged {
		t.Error(again, err)
	}
}

// errorCells is a sheet in which formulas show errors.
const errorCells = `<row r="1"><c t="str"><v>Mã hồ sơ</v></c><c t="str"><v>TTHC</v></c><c t="str"><v>Kênh</v></c><c t="str"><v>Nhận</v></c><c t="str"><v>Hẹn</v></c><c t="str"><v>Xong</v></c><c t="str"><v>Ghi chú</v></c></row>` +
	`<row r="2"><c t="str"><v>H1</v></c><c t="str"><v>1.001</v></c><c t="str"><v>Trực tuyến</v></c><c t="str"><v>02/03/2026</v></c><c/><c/><c t="e"><v>#REF!</v></c></row>` +
	`<row r="3"><c t="e"><v>#N/A</v></c><c t="str"><v>1.001</v></c><c t="str"><v>Trực tuyến</v></c><c t="str"><v>02/03/2026</v></c></row>` +
	`<row r="4"><c t="str"><v>H3</v></c><c t="str"><v>1.001</v></c><c t="e"><v>#N/A</v></c><c t="str"><v>02/03/2026</v></c></row>` +
	`<row r="5"><c t="str"><v>H4</v></c><c t="str"><v>1.001</v></c><c t="str"><v>Trực tuyến</v></c><c t="str"><v>02/03/2026</v></c><c><f>D5+5</f></c></row>`

func TestAnErrorCellCostsItsRowOnlyWhereItIsMapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	write(t, path, replaceSheet(t, workbook(t), errorCells))
	g, err := collect(t, config.File{Path: path, Format: "xlsx"}, collectors.Request{})
	rejects := []string{
		"3: bad_value: id: shows the error #N/A; mend it in the report, or name it under empty where it stands for nothing",
		`4: unknown_channel: channel: "#N/A" is not mapped; mapped are "Trực tuyến", "Trực tiếp"`,
		`5: bad_date: due: "#NO_RESULT" is not a date`,
	}
	if diff := cmp.Diff([]string{"H1"}, g.IDs) + cmp.Diff(rejects, g.Rejects); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestAGlobOfWorkbooksPassesOverOpenOnes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.xlsx"), workbook(t, []any{"H1", "1.001", "Trực tuyến", day(2)}))
	write(t, filepath.Join(dir, "b.xlsx"), workbook(t, []any{"H2", "1.001", "Trực tuyến", day(2)}))
	write(t, filepath.Join(dir, "~$b.xlsx"), "\x05office")
	g, err := collect(t, config.File{Path: filepath.Join(dir, "*.xlsx"), Format: "xlsx"}, collectors.Request{})
	if diff := cmp.Diff([]string{"H1", "H2"}, g.IDs); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestWorkbooksThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	good := workbook(t, []any{"H1", "1.001", "Trực tuyến", day(2)})
	for _, test := range []struct {
		name, content string
		given         config.File
		want          string
	}{
		{"a CSV under another name", report(1), config.File{}, "file PATH: the file is text, such as CSV, under the name of a workbook; write format: csv, or save it as .xlsx"},
		{"a workbook read as CSV", good, config.File{Format: "csv"}, "file PATH: the file is a zip archive, as Excel workbooks are; write format: xlsx, or save it as CSV"},
		{"a zip bomb", replaceSheet(t, good, strings.Repeat("<row/>", 1<<20)), config.File{MaxUnzipped: 1 << 20}, "file PATH: the workbook unpacks to more than is allowed: max_unzipped_bytes is 1048576; if it is a real report, raise it or split the report"},
		{"cut off", good[:len(good)-100], config.File{}, "file PATH: the workbook is cut off or damaged; copy it again, or open it in Excel and save it"},
		{"a web page", "<!DOCTYPE html><table>", config.File{}, "file PATH: the file is a web page or XML under the name of a workbook; open it in Excel and save it as .xlsx"},
		{"the old format", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00", config.File{}, "file PATH: the file is in the old format .xls, whatever its name; open it in Excel and save it as .xlsx"},
		{"another sheet", good, config.File{Sheet: "Tháng 3"}, `file PATH: there is no sheet "Tháng 3"; there are: "Sheet1"; correct sheet`},
		{"a name twice", replaceSheet(t, good, `<row r="2"><c t="str"><v>a</v></c><c t="str"><v>a</v></c></row>`), config.File{HeaderRow: 2}, `file PATH: the header in row 2 names the column "a" twice; each name may stand once: have one of them renamed`},
		{"a renamed column", replaceSheet(t, good, strings.Replace(errorCells, "Kênh", "Kenh", 1)), config.File{}, `there is no column "Kênh" for mapping.channel (did you mean "Kenh"?); there are: Mã hồ sơ, TTHC, Kenh, Nhận, Hẹn, Xong, Ghi chú`},
		{"change column", good, config.File{Change: "Cập nhật"}, `file PATH: there is no column "Cập nhật" for change_column`},
	} {
		t.Run(test.name, func(t *testing.T) {
			write(t, path, test.content)
			given := test.given
			given.Path = path
			if given.Format == "" {
				given.Format = "xlsx"
			}
			_, err := collect(t, given, collectors.Request{})
			if want := strings.ReplaceAll(test.want, "PATH", path); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestAWorkbookThatChangesWhileItIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	write(t, path, workbook(t, []any{"H1", "1.001", "Trực tuyến", day(2)}))
	source, err := New(config.File{Path: path, Format: "xlsx"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, touch := range map[string]func() error{
		"overwritten in place": func() error { return os.WriteFile(path, []byte("PK\x03\x04, and not yet more"), 0o644) },
		"replaced": func() error {
			return errors.Join(os.WriteFile(path+".new", []byte(report(1)), 0o644), os.Rename(path+".new", path))
		},
	} {
		_, err = collectors.Read(t.Context(), source, collectors.Request{Now: noon}, touching{touch: touch})
		if want := "file " + path + " changed while it was read; the next run reads it again"; err == nil || err.Error() != want {
			t.Error(name, err)
		}
		write(t, path, workbook(t, []any{"H1", "1.001", "Trực tuyến", day(2)}))
	}
}

func TestAWorkbooksChangeColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	rows := strings.NewReplacer("Ghi chú", "Sửa", `<c t="e"><v>#REF!</v></c>`, `<c><v>7</v></c>`).Replace(errorCells)
	write(t, path, replaceSheet(t, workbook(t), rows))
	g, err := collect(t, config.File{Path: path, Format: "xlsx", Change: "Sửa", ChangeLayout: "number"}, collectors.Request{})
	if diff := cmp.Diff([]int64{7}, g.Changed); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestAWorkbookWithMacrosIsReadAndTheyAreNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsm")
	f := excelize.NewFile()
	defer f.Close()
	// A container of OLE, as VBA projects are; what is in it matters to nobody here.
	err := f.AddVBAProject(append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 1000)...))
	names, row := strings.Split(strings.TrimSpace(header), ","), []any{"H1", "1.001", "Trực tuyến", "02/03/2026"}
	if err = errors.Join(err, f.SetSheetRow("Sheet1", "A1", &names), f.SetSheetRow("Sheet1", "A2", &row), f.SaveAs(path)); err != nil {
		t.Fatal(err)
	}
	g, err := collect(t, config.File{Path: path, Format: "xlsx"}, collectors.Request{})
	if diff := cmp.Diff([]string{"H1"}, g.IDs); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestNumbersThatAWorkbookHasAsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	write(t, path, workbookOf(t, []string{"Ngày", "Số", "Tỷ lệ", "Tiền"}, [][]any{
		{day(2), "1.234", "95,5 %", "1.234.567,89"},
		{day(3), 1234, 0.955, 1234567.89}, // as numbers; a cell may show them as it likes
		{day(4), "1,234", "95.5 %", "12 345"},
	}))
	opened, err := New(config.File{Path: path, Format: "xlsx"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := collectors.NewMapping(config.Source{Unit: "bo", ID: "tong_hop", Record: "observation", Mapping: config.Mapping{
		Day:    &config.Field{Column: "Ngày"},
		Totals: []config.Total{{Column: "Số", Measure: "a"}, {Column: "Tỷ lệ", Measure: "b", Number: "vi", Percent: "fraction"}, {Column: "Tiền", Measure: "c", Number: "vi"}},
	}}, collectors.Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, _, err = collectors.Collect(t.Context(), opened, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			got = append(got, fmt.Sprint(r.Row, " ", r.Observation.Measure, " ", r.Observation.Value))
		}
		for _, r := range b.Rejects {
			got = append(got, fmt.Sprint(r.Row, " ", r.ID, " ", r.Fault.Reason))
		}
		return nil
	})
	want := []string{"2 b 0.955", "2 c 1.23456789e+06", "3 a 1234", "3 b 0.955", "3 c 1.23456789e+06", "4 c 12345", "2 a bad_value", "4 a bad_value", "4 b bad_value"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// The aim is 100,000 rows of 12 columns under 10 s and 300 MB; peak-MB is what the heap took at most, as sampled.
func BenchmarkWorkbook(b *testing.B) {
	rows := make([][]any, 100_000)
	for i := range rows {
		rows[i] = []any{fmt.Sprintf("H%06d", i), "1.001", "Trực tuyến", day(2), day(9), nil, "Nguyễn Văn " + fmt.Sprint(i), i, 1.5 * float64(i), "phường Bến Nghé", true, "ghi chú"}
	}
	names := append(strings.Split(strings.TrimSpace(header), ","), "Người nộp", "Số", "Lệ phí", "Địa chỉ", "Đã nộp", "Ghi chú")
	path := filepath.Join(b.TempDir(), "a.xlsx")
	if err := os.WriteFile(path, []byte(workbookOf(b, names, rows)), 0o644); err != nil {
		b.Fatal(err)
	}
	rows = nil
	runtime.GC()
	source, err := New(config.File{Path: path, Format: "xlsx"}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	mapping := desk(b)
	for b.Loop() {
		peak := uint64(0)
		_, summary, err := collectors.Collect(b.Context(), source, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(*kpi.Batch) error {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
			return nil
		})
		if err != nil || summary.Records != 100_000 {
			b.Fatal(summary, err)
		}
		b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
