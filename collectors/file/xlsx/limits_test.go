package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const oneRow = `<row r="1"><c t="str"><v>a</v></c></row><row r="2"><c><v>1</v></c></row>`

func TestFilesThatAreNoReadableWorkbook(t *testing.T) {
	good := made(t, grid([]any{"a"}, []any{1}))
	encrypted := func() []byte {
		f := excelize.NewFile()
		defer f.Close()
		var out bytes.Buffer
		if err := f.Write(&out, excelize.Options{Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}()
	flipped := zipped(t, strings.Replace(oneRow, "</row>", "</row>"+strings.Repeat("<row/>", 5000), 1), nil)
	if i := bytes.Index(flipped, []byte("xl/worksheets/sheet1.xml")); i > 0 {
		flipped[i+60] ^= 0x55
	}
	sheet := func(text string) []byte { return zipped(t, text, nil) }
	for _, test := range []struct {
		name     string
		workbook []byte
		want     string
	}{
		{"empty", nil, "the file is empty; its writer may not be done with it"},
		{"encrypted", encrypted, "the workbook is encrypted with a password; save it without one, and protect its folder instead"},
		{"old format", append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 100_000)...), "the file is in the old format .xls, whatever its name; open it in Excel and save it as .xlsx"},
		{"CSV", []byte("Mã hồ sơ,TTHC\nH1,1.001\n"), "the file is text, such as CSV, under the name of a workbook; write format: csv, or save it as .xlsx"},
		{"CSV in UTF-16", []byte("\xFF\xFEM\x00,\x00"), "the file is text, such as CSV"},
		{"a web page", []byte("\n<html><table>"), "the file is a web page or XML under the name of a workbook"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00"), "the file is no Excel workbook; save the report as .xlsx"},
		{"cut off", good[:len(good)/2], "the workbook is cut off or damaged; copy it again, or open it in Excel and save it: zip: not a valid zip file"},
		{"a flipped byte", flipped, "the workbook is cut off or damaged"},
		{"another archive", zipped(t, "", map[string]string{"xl/workbook.xml": "", "a.txt": "x"}), "the file is a zip archive but no Excel workbook"},
		{"OpenDocument", zipped(t, "", map[string]string{"xl/workbook.xml": "", "content.xml": "<x/>"}), "the file is an OpenDocument spreadsheet (.ods); save it as .xlsx"},
		{"binary workbook", zipped(t, "", map[string]string{"_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>`}), "the workbook is in the binary format .xlsb"},
		{"no sheet", zipped(t, "", map[string]string{"xl/workbook.xml": "<workbook/>"}), "the workbook has no sheet with cells"},
		{"a sheet that is not there", zipped(t, "", map[string]string{"xl/worksheets/sheet1.xml": ""}), "the workbook is cut off or damaged; copy it again, or open it in Excel and save it: a part is missing: xl/worksheets/sheet1.xml"},
		{"empty sheet", sheet(""), `sheet "Tháng 3": the sheet has no rows: row 1 has to hold the column names; correct sheet`},
		{"empty header", sheet(`<row r="2"><c r="A2"><v>1</v></c></row>`), `sheet "Tháng 3": row 1 is empty, and has to hold the column names; correct header_row or sheet`},
		{"XML that ends in the middle", zipped(t, "", map[string]string{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + oneRow}), "damaged; copy it again, or open it in Excel and save it: the sheet ends in the middle of its rows"},
		{"XML that is none", sheet(oneRow + "<row r='3><c>"), "the workbook is cut off or damaged"},
		{"rows that go back", sheet(`<row r="1"><c t="str"><v>a</v></c></row><row r="3"/><row r="2"/>`), `damaged; copy it again, or open it in Excel and save it: row "2" stands behind row 3`},
		{"a text that is not there", sheet(`<row r="1"><c t="str"><v>a</v></c></row><row r="7"><c t="s"><v>4</v></c></row>`), `row 7: the workbook is cut off or damaged; copy it again, or open it in Excel and save it: a cell names text "4", and there are 0`},
		{"a cell that is none", sheet(`<row r="1"><c r="AAAA1"/></row>`), `there is no cell "AAAA1"`},
		{"a text without end", sheet(`<row r="1"><c t="str"><v>` + strings.Repeat("a", 3<<20) + `</v></c></row>`), "a text or tag is longer than 1048576 bytes"},
		{"many texts in one cell", sheet(`<row r="1"><c t="inlineStr"><is>` + strings.Repeat("<t>"+strings.Repeat("a", 1000)+"</t>", 2000) + `</is></c></row>`), "a text or tag is longer than 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := shown(t.Context(), test.workbook, usual)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestWorkbooksThatAreTooLarge(t *testing.T) {
	bomb := zipped(t, oneRow+strings.Repeat("<row/>", 1<<20), nil)
	if len(bomb) > 1<<16 {
		t.Fatal("the bomb is no bomb")
	}
	options := usual
	options.MaxUnzipped = 1 << 20
	const want = "the workbook unpacks to more than is allowed: max_unzipped_bytes is 1048576; if it is a real report, raise it or split the report"
	if _, err := shown(t.Context(), bomb, options); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	liar := bytes.Clone(bomb) // its directory says that the sheet is small
	for at := 0; ; at += 4 {
		i := bytes.Index(liar[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		at += i
		if size := liar[at+24 : at+28]; binary.LittleEndian.Uint32(size) > 1<<20 {
			binary.LittleEndian.PutUint32(size, 1000)
		}
	}
	if _, err := shown(t.Context(), liar, options); !errors.Is(err, errDamaged) && !errors.Is(err, errLimit) {
		t.Errorf("got  %v", err)
	}
	var crowded bytes.Buffer
	w := zip.NewWriter(&crowded)
	for i := range 100_000 {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := shown(t.Context(), crowded.Bytes(), usual); err == nil || err.Error() != "the workbook unpacks to more than is allowed: its directory alone has more than 4194304 bytes, which no report needs" {
		t.Errorf("got  %v", err)
	}
	texts := zipped(t, oneRow, map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si/>", 100_000) + "</sst>"})
	if _, err := shown(t.Context(), texts, options); err == nil || !strings.Contains(err.Error(), "its texts take more than 1048576 bytes; split the report") {
		t.Errorf("got  %v", err)
	}
}

func TestRowLimits(t *testing.T) {
	workbook := made(t, grid([]any{"a", "b"}, []any{1, strings.Repeat("x", 200)}, []any{2}, nil, []any{3}))
	options := usual
	options.MaxRowBytes = 100
	got, err := shown(t.Context(), workbook, options)
	if text := fmt.Sprint(got, err); text != "[a | b 2! the row is longer than max_row_bytes, 100 3: int 2 | null  5: int 3 | null ] <nil>" {
		t.Error(text)
	}
	options = usual
	options.MaxRows = 2
	_, err = shown(t.Context(), workbook, options)
	if want := "the sheet has more than max_rows, 2, rows behind its header; if it is a real report, raise it or split the report"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestAMillionEmptyRowsTakeNoMemory(t *testing.T) {
	workbook := zipped(t, `<row r="1"><c t="str"><v>a</v></c></row>`+strings.Repeat("<row/>", 1<<20-2)+`<row><c><v>5</v></c></row>`, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := shown(t.Context(), workbook, usual)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(got) != 2 || got[1] != "1048576: int 5" || err != nil {
		t.Error(got, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 5<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

func TestAReadThatIsBrokenOffSaysSo(t *testing.T) {
	workbook := zipped(t, oneRow+strings.Repeat("<row/>", 1<<18), nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	sheet, err := Open(ctx, bytes.NewReader(workbook), int64(len(workbook)), usual)
	if err != nil {
		t.Fatal(err)
	}
	cancel(why)
	for err == nil {
		_, _, err = sheet.Next()
	}
	if !errors.Is(err, why) || errors.Is(err, errDamaged) {
		t.Error(err)
	}
}

// Whatever the bytes, the answer is rows or an error.
func FuzzOpen(f *testing.F) {
	f.Add(zipped(f, oneRow, nil))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, workbook []byte) {
		options := usual
		options.MaxUnzipped = 1 << 20
		_, err := shown(t.Context(), workbook, options)
		contained(t, err)
	})
}

// Fuzzing a whole zip hardly ever gets past its checksums; this one goes straight to the parts.
func FuzzParts(f *testing.F) {
	f.Add(oneRow, "<sst><si><t>a</t></si></sst>", "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd/mm'/></numFmts><cellXfs><xf numFmtId='164'/></cellXfs></styleSheet>")
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData><mergeCells><mergeCell ref="A1:C2"/></mergeCells><sheetData>`, "<sst><si><r><t>a</t></r></si></sst>", "")
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		workbook := zipped(t, sheet, map[string]string{"xl/sharedStrings.xml": texts, "xl/styles.xml": styles})
		for _, headerRows := range []int{2, 0} {
			options := usual
			options.HeaderRows = headerRows
			_, err := shown(t.Context(), workbook, options)
			contained(t, err)
		}
	})
}

// FuzzNumberFormats holds for the library that reads number formats, too.
func FuzzNumberFormats(f *testing.F) {
	f.Add("dd/mm/yyyy;@")
	f.Add(`[$-42A]"ngày" d "tháng" m`)
	f.Fuzz(func(_ *testing.T, format string) { showsDate(format) })
}

func contained(t *testing.T, err error) {
	if err != nil && strings.Contains(err.Error(), "stops its reading") {
		t.Error(err)
	}
}
