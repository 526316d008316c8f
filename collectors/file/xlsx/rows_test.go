package xlsx

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func TestCellsBecomeTypedValues(t *testing.T) {
	workbook := made(t, func(f *excelize.File) error {
		style := func(format string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		set := func(cell string, value any, format string) {
			err := f.SetCellValue("Sheet1", cell, value)
			if err == nil && format != "" {
				err = f.SetCellStyle("Sheet1", cell, cell, style(format))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		set("A1", "a", "")
		set("B1", "b", "")
		set("C1", "c", "")
		set("A2", 12, "")
		set("B2", 1.001, "0.000")
		set("C2", true, "")
		set("A3", "1.234.567,50", "")
		set("B3", " 0123 ", "")
		set("C3", false, "")
		set("A4", 46083, "dd/mm/yyyy")
		set("B4", 46083.591666666667, `[$-42A]"ngày" dd "tháng" mm "năm" yyyy hh:mm`)
		set("C4", time.Date(2026, 3, 2, 14, 12, 0, 0, time.UTC), "")
		set("A5", 46083, `#,##0 "đồng"`)
		set("B5", 1.5, "[h]:mm")
		set("C5", 0.5, "hh:mm")
		set("A6", -7, "[Red]0")
		set("B6", 59, "yyyy-mm-dd")
		set("C6", 60, "yyyy-mm-dd")
		set("A7", 61, "d/m")
		set("B7", 12000000000, "")
		set("C7", 0.1, "0%")
		return nil
	})
	want := []string{"a | b | c",
		"2: int 12 | float 1.001 | bool true",
		"3: text 1.234.567,50 | text  0123  | bool false",
		"4: time 2026-03-02 00:00:00 | time 2026-03-02 14:12:00 | time 2026-03-02 14:12:00",
		"5: int 46083 | float 1.5 | float 0.5",
		"6: int -7 | time 1900-02-28 00:00:00 | int 60",
		"7: time 1900-03-01 00:00:00 | int 12000000000 | float 0.1",
	}
	got, err := shown(t.Context(), workbook, usual)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestTheDateSystemOf1904(t *testing.T) {
	workbook := made(t, func(f *excelize.File) error {
		yes := true
		format := "yyyy-mm-dd hh:mm"
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		return errors.Join(err, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}), f.SetCellValue("Sheet1", "A1", "Nhận"),
			f.SetCellValue("Sheet1", "A2", 44621.25), f.SetCellStyle("Sheet1", "A2", "A2", style))
	})
	got, err := shown(t.Context(), workbook, usual)
	if diff := cmp.Diff([]string{"Nhận", "2: time 2026-03-02 06:00:00"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// What other programs write, and excelize does not.
func TestCellsAsExcelWritesThem(t *testing.T) {
	const header = `<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>`
	for _, test := range []struct{ name, row, want string }{
		{"a formula's stored value", `<row r="2"><c r="A2"><f>B2*2</f><v>4.5</v></c><c r="B2" t="str"><f>"x"&amp;"y"</f><v>xy</v></c></row>`, "2: float 4.5 | text xy"},
		{"a formula with an empty result", `<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><v>1</v></c></row>`, "2: null  | int 1"},
		{"a formula that nobody computed", `<row r="2"><c r="A2"><f>B2*2</f></c></row>`, "2: broken #NO_RESULT | null "},
		{"errors", `<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`, "2: broken #N/A | broken #DIV/0!"},
		{"a date in ISO form", `<row r="2"><c r="A2" t="d"><v>2026-03-02T08:15:00</v></c><c r="B2" t="d"><v>2026-03-02T08:15:00Z</v></c></row>`, "2: time 2026-03-02 08:15:00 | time 2026-03-02 08:15:00Z"},
		{"17 digits of a number", `<row r="2"><c r="A2"><v>1.0009999999999999</v></c><c r="B2"><v>1E3</v></c></row>`, "2: float 1.001 | int 1000"},
		{"no names of rows and cells", `<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row>`, "2: int 1 | int 2 / 3: null  | int 3"},
		{"runs, readings and escapes", `<row r="2"><c r="A2" t="inlineStr"><is><r><t>Hồ </t></r><r><t>sơ</t></r><rPh><t>x</t></rPh></is></c><c r="B2" t="str"><v>a_x000D_b_x005F_x00zz_</v></c></row>`, "2: text Hồ sơ | text a\rb_x00zz_"},
		{"shared texts", `<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>`, "2: text Trực tuyến | text Số 1"},
		{"empty rows and cells beyond the header", `<row r="2"/><row r="5"><c r="A5" s="1"/><c r="B5" t="inlineStr"><is><t> </t></is></c></row><row r="9"><c r="B9"><v>1</v></c><c r="D9"><v>5</v></c></row><row r="12"><c r="D12"><v>5</v></c></row>`, "9: null  | int 1"},
		{"words for numbers", `<row r="2"><c r="A2"><v>NaN</v></c><c r="B2"><v>0x10</v></c></row>`, "2: text NaN | text 0x10"},
		{"a name space before the names", `</x:sheetData><x:row xmlns:x="y"/><sheetData>`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := shown(t.Context(), zipped(t, header+test.row, map[string]string{
				"xl/sharedStrings.xml": `<sst><si><t>Số 1</t></si><si><r><t>Trực </t></r><r><rPr><b/></rPr><t xml:space="preserve">tuyến</t></r></si></sst>`,
				"xl/styles.xml":        `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
			}), usual)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, strings.Join(got[1:], " / ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNumberFormatsThatShowDates(t *testing.T) {
	for format, want := range map[string]bool{
		"dd/mm/yyyy": true, "yyyy\\-mm\\-dd;@": true, "[$-409]d\\-mmm\\-yy": true, `"ngày "dd" tháng "mm" năm "yyyy`: true, "h:mm AM/PM": true, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": true,
		"General": false, "0.00": false, `#,##0\ "đ"`: false, "[h]:mm:ss": false, `_-* #,##0\ _₫_-;\-* #,##0\ _₫_-;_-* "-"??\ _₫_-;_-@_-`: false, "0.00E+00": false, "@": false, `0 "ngày"`: false, "[Red]0;[Blue]-0": false, "": false,
	} {
		if got := showsDate(format); got != want {
			t.Errorf("%q: got %v", format, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	three := usual
	three.HeaderRow, three.HeaderRows = 3, 2
	row := []any{"H1", 1, 2, 3, 4}
	for _, test := range []struct {
		name    string
		options Options
		fill    func(f *excelize.File) error
		want    string
	}{
		{"names are trimmed", usual, grid([]any{" Mã\nhồ sơ\u00a0", "\ufeffNgày \r\n nhận", nil, "Ghi  chú", " "}, row), "Mã hồ sơ | Ngày nhận |  | Ghi chú"},
		{"numbers and dates as names", usual, grid([]any{1, 2.5, "x"}, row), "1 | 2.5 | x"},
		{"two rows, merged", three, func(f *excelize.File) error {
			return errors.Join(grid([]any{"BÁO CÁO THÁNG 3"}, nil, []any{"Mã hồ sơ", "Tiếp nhận", nil, "Đã giải quyết"}, []any{nil, "Trực tuyến", "Trực tiếp", "Trước hạn", "Quá hạn"}, row)(f),
				f.MergeCell("Sheet1", "A1", "E1"), f.MergeCell("Sheet1", "A3", "A4"), f.MergeCell("Sheet1", "B3", "C3"), f.MergeCell("Sheet1", "D3", "E3"))
		}, "Mã hồ sơ | Tiếp nhận / Trực tuyến | Tiếp nhận / Trực tiếp | Đã giải quyết / Trước hạn | Đã giải quyết / Quá hạn"},
		{"two rows, not merged", three, grid(nil, nil, []any{"A", "B"}, []any{"", "c", "d"}, row), "A | B / c | d"},
		{"one name over two columns", usual, func(f *excelize.File) error {
			return errors.Join(grid([]any{"Họ tên", nil, "Ngày"}, row)(f), f.MergeCell("Sheet1", "A1", "B1"))
		}, "Họ tên |  | Ngày"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := shown(t.Context(), made(t, test.fill), test.options)
			if err != nil || len(got) != 2 {
				t.Fatal(got, err)
			}
			if diff := cmp.Diff(test.want, got[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSheetsAreFound(t *testing.T) {
	workbook := made(t, func(f *excelize.File) error {
		for _, name := range []string{"Báo cáo", "BÁO  CÁO", "2026", "Ẩn", "Tháng 3"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
			if err := f.SetSheetRow(name, "A1", &[]any{"cột của " + name}); err != nil {
				return err
			}
		}
		return errors.Join(f.SetSheetVisible("Ẩn", false), f.SetCellValue("Sheet1", "A1", "cột của Sheet1"))
	})
	const all = `"Sheet1", "Báo cáo", "BÁO  CÁO", "2026", "Ẩn" (hidden), "Tháng 3"`
	for wanted, want := range map[string]string{
		"": "cột của Sheet1", "1": "cột của Sheet1", "5": "cột của Tháng 3", "2026": "cột của 2026", "Ẩn": "cột của Ẩn", "Báo cáo": "cột của Báo cáo", " tháng\u00a03": "cột của Tháng 3",
		"báo cáo": `sheet "báo cáo" could be any of "Báo cáo", "BÁO  CÁO"; write the name in sheet exactly as one of them`,
		"6":       `there is no sheet "6"; there are: ` + all + `; correct sheet`,
		"Tháng 4": `there is no sheet "Tháng 4"; there are: ` + all + `; correct sheet`,
	} {
		options := usual
		options.Sheet = wanted
		got, err := shown(t.Context(), workbook, options)
		if text := fmt.Sprint(strings.Join(got, ""), err); text != want+"<nil>" && text != want {
			t.Errorf("%q: got %s\nwant %s", wanted, text, want)
		}
	}
}

func TestMacrosAreNotEvenRead(t *testing.T) {
	workbook := zipped(t, `<row r="1"><c t="str"><v>a</v></c></row><row r="2"><c><v>1</v></c></row>`, map[string]string{"xl/vbaProject.bin": strings.Repeat("macro", 100_000)})
	options := usual
	options.MaxUnzipped = 100_000 // the macros alone are larger
	if got, err := shown(t.Context(), workbook, options); len(got) != 2 || err != nil {
		t.Error(got, err)
	}
}

func TestASheetAsItIs(t *testing.T) {
	options := usual
	options.HeaderRows = 0
	got, err := shown(t.Context(), made(t, grid([]any{"Biểu"}, nil, []any{nil, 1, 2, 3}, []any{"x"})), options)
	want := []string{"", "1: text Biểu", "3: null  | int 1 | int 2 | int 3", "4: text x"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
