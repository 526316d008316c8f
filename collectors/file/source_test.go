package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

var (
	vietnam = time.FixedZone("+07", 7*3600)
	noon    = time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)
)

// desk is the mapping of the reports.
func desk(t testing.TB) *collectors.Mapping {
	t.Helper()
	column := func(name string, layouts ...string) *config.Field {
		return &config.Field{Column: name, Layouts: layouts}
	}
	mapping, err := collectors.NewMapping(config.Source{Unit: "so-tnmt", ID: "bao-cao", Mapping: config.Mapping{
		ID: column("Mã hồ sơ"), Procedure: column("TTHC"),
		Channel:  &config.Field{Column: "Kênh", Values: []config.ValueMap{{From: "Trực tuyến", To: "online"}, {From: "Trực tiếp", To: "counter"}}},
		Received: column("Nhận", "dd/MM/yyyy"), Due: column("Hẹn", "dd/MM/yyyy"), Finished: column("Xong", "dd/MM/yyyy"),
		Outcome: &config.Field{Constant: "settled"},
	}}, collectors.Checks{Procedure: func(_, code string) bool { return code == "1.001" }}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return mapping
}

const header = "Mã hồ sơ,TTHC,Kênh,Nhận,Hẹn,Xong\n"

// report is a file with that many good rows.
func report(rows int) string {
	var text strings.Builder
	text.WriteString(header)
	for i := 1; i <= rows; i++ {
		fmt.Fprintf(&text, "H%d,1.001,Trực tuyến,02/03/2026,09/03/2026,\n", i)
	}
	return text.String()
}

// got is what a read brought.
type got struct {
	IDs     []string
	Rejects []string // "line: fault"
	Raw     []string
	Changed []int64
	Result  collectors.Result
}

func collect(t *testing.T, given config.File, request collectors.Request) (got, error) {
	t.Helper()
	source, err := New(given, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if request.Now.IsZero() {
		request.Now = noon
	}
	var g got
	g.Result, _, err = collectors.Collect(t.Context(), source, desk(t), request, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			g.IDs = append(g.IDs, r.Dossier.ID)
			g.Changed = append(g.Changed, r.Changed)
		}
		for _, r := range b.Rejects {
			g.Rejects = append(g.Rejects, fmt.Sprintf("%d: %s", r.Row, r.Fault.Error()))
			g.Raw = append(g.Raw, r.Raw)
		}
		return nil
	})
	return g, err
}

// write makes a file that has rested long enough for its time to be trusted.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func TestBadRowsAreRejectedAndReadingGoesOn(t *testing.T) {
	const stray = `a quote stands inside a cell: a cell with a quote is written in quotes, and the quote doubled`
	line := func(id, rest string) string { return id + ",1.001," + rest + "\n" }
	good := func(id string) string { return line(id, "Trực tuyến,02/03/2026,,") }
	for _, test := range []struct {
		name, content string
		maxRow        int
		ids           string
		rejects       []string
	}{
		{"a stray quote costs its row alone", header + good("H1") + good("H2\" x") + good("H3"), 0, "H1 H3", []string{"3: malformed_row: " + stray}},
		{"an open quote, no other behind it", header + good("H1") + "\"H2,1.001,x,y,z,\n" + good("H3") + good("H4"), 0, "H1 H3 H4",
			[]string{"3: malformed_row: the quote that opens cell 1 is never closed"}},
		{"an open quote, closed by that of another row", header + good("H1") + "\"H2,1.001,x,y,z,\n" + good("H3") + good(`"H4"`) + good("H5"), 0, "H1 H3 H4 H5",
			[]string{"3: malformed_row: " + stray}},
		{"an open quote, and a later one that fits", header + good("H1") + "H2,\"1.001,x\n" + good("H3") + "H4\",y\n" + good("H5"), 0, "H1 H3 H5",
			[]string{"3: malformed_row: the row has 3 cells, the header has 6", "5: malformed_row: " + stray}},
		{"an open quote costs no more than a row may hold", header + good("H1") + "\"H2,1.001,x,y,z,\n" + strings.Repeat(good("H3"), 10), 120, "H1" + strings.Repeat(" H3", 10),
			[]string{"3: malformed_row: the quote that opens cell 1 is not closed within max_row_bytes, 120"}},
		{"a cell of several lines", header + good("\"H1\"") + line("H2", "\"Trực\ntuyến\",02/03/2026,,") + good("H3") + line("H4", "\"Trực\nkhác\",02/03/2026,,"), 0, "H1 H2 H3",
			[]string{`6: unknown_channel: channel: "Trực khác" is not mapped; mapped are "Trực tuyến", "Trực tiếp"`}},
		{"a code guarded against spreadsheets", header + `="H1",="1.001",Trực tuyến,02/03/2026,,` + "\n" + `'002,1.001,Trực tuyến,02/03/2026,,` + "\n", 0, "H1 002", nil},
		{"too few and too many cells", header + "H1,1.001\n" + good("H2") + line("H3", "Trực tuyến,02/03/2026,,,x"), 0, "H2",
			[]string{"2: malformed_row: the row has 2 cells, the header has 6", "4: malformed_row: the row has 7 cells, the header has 6"}},
		{"a very long row", header + good("H1") + good("H2"+strings.Repeat("x", 200_000)) + good("H3"), 1000, "H1 H3",
			[]string{"3: malformed_row: the row is longer than max_row_bytes, 1000"}},
		{"bytes that are no UTF-8", header + good("H1") + good("H\xe1\xbb") + good("H3"), 0, "H1 H3",
			[]string{"3: malformed_row: byte 0xE1 at position 2 of the row is not UTF-8; set encoding to what the file is written in: windows-1258, tcvn3 or vni"}},
		{"zero bytes", header + good("H1") + good("H2\x00") + good("H3") + strings.Repeat("\x00", 100), 0, "H1 H3", []string{
			"3: malformed_row: a zero byte stands at position 3 of the row, as in a file whose writing was broken off; have the report exported again",
			"5: malformed_row: the row has 1 cells, the header has 6"}},
		{"a file cut off in its last row", header + good("H1") + "H2,1.001,Trực", 0, "H1", []string{"3: malformed_row: the row has 3 cells, the header has 6"}},
		{"empty lines and rows without content", header + "\n" + good("H1") + "\r\n  \n,,,,,\n" + good("H2") + "\n", 0, "H1 H2", nil},
		{"no line feed at the end", header + strings.TrimSuffix(good("H1"), "\n"), 0, "H1", nil},
		{"dates that do not exist", header + line("H1", "Trực tuyến,30/02/2025,,"), 0, "", []string{`2: bad_date: received: "30/02/2025" does not exist`}},
		{"due before received", header + line("H1", "Trực tuyến,02/03/2026,01/03/2026,"), 0, "",
			[]string{"2: due_before_received: due: 2026-03-01 00:00:00 is before the receipt, 2026-03-02 00:00:00"}},
		{"end before receipt", header + line("H1", "Trực tuyến,02/03/2026,,01/03/2026"), 0, "",
			[]string{"2: end_before_received: finished: 2026-03-01 00:00:00 is before the receipt, 2026-03-02 00:00:00"}},
		{"future end", header + line("H1", "Trực tuyến,02/03/2026,,11/03/2026"), 0, "",
			[]string{"2: end_in_future: finished: 2026-03-11 00:00:00 is after today, 2026-03-10"}},
		{"unknown codes", header + "H1,1.002,Trực tuyến,02/03/2026,,\nH2,1.001,Bưu chính,02/03/2026,,\n", 0, "",
			[]string{`2: unknown_procedure: procedure: the catalogue of unit so-tnmt has no "1.002"`,
				`3: unknown_channel: channel: "Bưu chính" is not mapped; mapped are "Trực tuyến", "Trực tiếp"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			write(t, path, test.content)
			g, err := collect(t, config.File{Path: path, MaxRow: test.maxRow}, collectors.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.ids, strings.Join(g.IDs, " ")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.rejects, g.Rejects); diff != "" {
				t.Error(diff)
			}
			if !g.Result.Complete {
				t.Error("not complete")
			}
		})
	}
}

func TestAMalformedRowIsKeptWithItsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, header+"H\"1,Cấp phép\n")
	g, err := collect(t, config.File{Path: path}, collectors.Request{})
	if diff := cmp.Diff([]string{`H"1,Cấp phép`}, g.Raw); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestEncodings(t *testing.T) {
	text := strings.ReplaceAll(report(3), "\n", "\r\n")
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy) string {
		encoded, err := unicode.UTF16(order, mark).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for _, test := range []struct{ name, encoding, content string }{
		{"UTF-8", "auto", text},
		{"UTF-8 with a mark", "auto", "\xEF\xBB\xBF" + text},
		{"UTF-8 with a mark, named", "utf-8", "\xEF\xBB\xBF" + text},
		{"UTF-16 LE", "auto", utf16(unicode.LittleEndian, unicode.UseBOM)},
		{"UTF-16 BE", "auto", utf16(unicode.BigEndian, unicode.UseBOM)},
		{"UTF-16 named, with a mark", "utf-16", utf16(unicode.BigEndian, unicode.UseBOM)},
		{"UTF-16 LE without a mark", "utf-16", utf16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{"UTF-16 BE without a mark", "utf-16", utf16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"no-break spaces around the names", "auto", strings.Replace(text, "TTHC", "\u00a0TTHC \u200b", 1)},
		{"Windows-1258", "windows-1258", windows1258(t, text)},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			write(t, path, test.content)
			g, err := collect(t, config.File{Path: path, Encoding: test.encoding}, collectors.Request{})
			if diff := cmp.Diff([]string{"H1", "H2", "H3"}, g.IDs); diff != "" || err != nil || g.Rejects != nil {
				t.Error(diff, err, g.Rejects)
			}
		})
	}
}

// windows1258 writes Vietnamese as Windows-1258 does: vowel and tone mark apart, where there is no letter for both.
func windows1258(t *testing.T, text string) string {
	t.Helper()
	text = strings.NewReplacer("ồ", "ô\u0300", "ự", "ư\u0323", "ế", "ê\u0301", "ậ", "â\u0323", "ẹ", "e\u0323", "ã", "a\u0303").Replace(text)
	encoded, err := charmap.Windows1258.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestACharacterThatTheEncodingLacks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, windows1258(t, report(1))+"H\x8a,1.001,x,y,z,\n")
	g, err := collect(t, config.File{Path: path, Encoding: "windows-1258"}, collectors.Request{})
	want := []string{"3: malformed_row: the row holds a character that windows-1258 does not have; correct encoding"}
	if diff := cmp.Diff(want, g.Rejects); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	for _, test := range []struct {
		name, content string
		given         config.File
		want          string
	}{
		{"duplicate header", "a,b,a\n", config.File{Path: path}, "file PATH: the header in line 1 names the column \"a\" twice; each name may stand once: have one of them renamed"},
		{"missing column", "Mã hồ sơ,TTHC,Kenh,Nhận,Hẹn,Xong\n", config.File{Path: path},
			`file PATH: there is no column "Kênh" for mapping.channel (did you mean "Kenh"?); there are: Mã hồ sơ, TTHC, Kenh, Nhận, Hẹn, Xong; correct the mapping or ask who changed the system`},
		{"other separator", strings.ReplaceAll(header, ",", ";"), config.File{Path: path}, `is one cell with 5 semicolons in it: write separator: ";"`},
		{"empty", "", config.File{Path: path}, "file PATH: the file is empty: line 1 has to hold the column names"},
		{"only a mark", "\xEF\xBB\xBF", config.File{Path: path}, "file PATH: the file is empty: line 1 has to hold the column names"},
		{"too short", "Báo cáo\n", config.File{Path: path, HeaderRow: 3}, "file PATH: the file ends before line 3, which has to hold the column names; correct header_row"},
		{"broken header", "\"Mã hồ sơ\n", config.File{Path: path}, "file PATH: the header cannot be read: the quote that opens cell 1 is never closed"},
		{"change column", header, config.File{Path: path, Change: "Cập nhật"}, `file PATH: there is no column "Cập nhật" for change_column; there are: Mã hồ sơ, TTHC, Kênh, Nhận, Hẹn, Xong; correct the mapping or ask who changed the system`},
		{"UTF-16 without a mark", "M\x00\xe3\x00,\x00", config.File{Path: path}, "file PATH: the file begins with zero bytes, as UTF-16 without a mark does; set encoding to utf-16"},
		{"another mark", "\xFF\xFEM\x00", config.File{Path: path, Encoding: "windows-1258"}, "file PATH: the file begins with the mark of utf-16, but encoding is windows-1258; set it to auto"},
		{"a web page", "\n<!DOCTYPE html><table>", config.File{Path: path}, "file PATH: the file is a web page or XML under the name of a CSV file; open it in Excel and save it as CSV"},
		{"an old workbook", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00", config.File{Path: path}, "file PATH: the file is a workbook in the old format .xls, or one with a password; open it in Excel and save it as CSV or .xlsx"},
		{"a PDF", "%PDF-1.7\n", config.File{Path: path}, "file PATH: the file is a PDF; ask for the report as CSV or as a workbook"},
		{"a zero byte in the header", "Mã hồ sơ,\x00TTHC\n", config.File{Path: path}, "file PATH: the header cannot be read: a zero byte stands at position"},
		{"a folder", "", config.File{Path: dir}, "DIR is a folder: name a file in it, or a glob such as DIR/*.csv"},
		{"no file", "", config.File{Path: filepath.Join(dir, "b.csv")}, "there is no file DIR/b.csv; put the report there or correct path: file does not exist"},
		{"no match", "", config.File{Path: filepath.Join(dir, "*.txt")}, "no file matches DIR/*.txt; put the report there or correct path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			write(t, path, test.content)
			_, err := collect(t, test.given, collectors.Request{})
			want := strings.NewReplacer("PATH", path, "DIR", dir).Replace(test.want)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestHeaderRowAndSeparators(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	for separator, mark := range map[string]string{";": ";", `\t`: "\t", "¦": "¦"} {
		write(t, path, "Báo cáo \"tháng 3\"\n\n"+strings.ReplaceAll(report(2)+"\"H3\",1.001,\"Trực tuyến\",02/03/2026,,\n", ",", mark))
		g, err := collect(t, config.File{Path: path, Separator: separator, HeaderRow: 3}, collectors.Request{})
		if diff := cmp.Diff([]string{"H1", "H2", "H3"}, g.IDs); diff != "" || err != nil {
			t.Error(separator, diff, err)
		}
	}
}
