package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var usual = Options{HeaderRow: 1, HeaderRows: 1, MaxUnzipped: 64 << 20, MaxRows: 1 << 20, MaxRowBytes: 1 << 20}

// made returns the bytes of a workbook that excelize writes.
func made(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// grid fills the first sheet from A1 on.
func grid(rows ...[]any) func(f *excelize.File) error {
	return func(f *excelize.File) error {
		for i, row := range rows {
			if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
				return err
			}
		}
		return nil
	}
}

// zipped writes a workbook by hand: one sheet, and whatever parts are given besides or instead.
func zipped(t testing.TB, sheet string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="Tháng 3" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="http://x/styles" Target="/xl/styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
	for name, text := range parts {
		all[name] = text
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range all {
		if text == "" {
			continue
		}
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// shown reads a workbook as "row: kind text | …", header first.
func shown(ctx context.Context, workbook []byte, options Options) (lines []string, err error) {
	sheet, err := Open(ctx, bytes.NewReader(workbook), int64(len(workbook)), options)
	if err != nil {
		return nil, err
	}
	lines = append(lines, strings.Join(sheet.Names(), " | "))
	for {
		row, values, err := sheet.Next()
		var broken *RowError
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case errors.As(err, &broken):
			lines = append(lines, fmt.Sprintf("%d! %v", row, err))
			continue
		case err != nil:
			return lines, err
		}
		line := fmt.Sprintf("%d:", row)
		for i := range values {
			line += fmt.Sprintf(" %s %s |", [...]string{"null", "text", "int", "float", "bool", "time", "broken"}[values[i].Kind], values[i].String())
		}
		lines = append(lines, strings.TrimSuffix(line, " |"))
	}
}
