package demo

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Rows of a workbook, as Excel numbers them: a title, then a header of two rows whose upper cells are merged.
const (
	titleRow  = 1
	upperRow  = 3
	firstRow  = 5
	bookSheet = "Danh sách"
)

func (w dialect) isDate(column int) bool {
	return column == w.at.received || column == w.at.due || column == w.at.finished
}

func (w dialect) encodeWorkbook(rows iter.Seq[[]string]) (_ []byte, err error) {
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", bookSheet); err != nil {
		return nil, err
	}
	format := "dd/mm/yyyy hh:mm"
	dates, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return nil, err
	}
	out, err := book.NewStreamWriter(bookSheet)
	if err != nil {
		return nil, err
	}
	cells, number := make([]any, len(w.header)), firstRow-1
	for row := range rows {
		if number++; number == firstRow {
			err = w.writeHeader(out, row)
		} else {
			err = out.SetRow("A"+strconv.Itoa(number-1), w.typed(cells, row, dates))
		}
		if err != nil {
			return nil, err
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = book.Write(&file)
	return file.Bytes(), err
}

// typed puts a row into cells as a workbook has them, dates in their style, and gives those that the row has.
func (w dialect) typed(cells []any, row []string, dates int) []any {
	for i, text := range row {
		cells[i] = text
		if text == "" {
			cells[i] = nil
		} else if w.isDate(i) {
			if at, err := time.Parse(w.date, text); err == nil {
				cells[i] = excelize.Cell{StyleID: dates, Value: at}
			}
		}
	}
	return cells[:len(row)]
}

// writeHeader writes the title and the two rows of the header; equal upper names side by side are merged.
func (w dialect) writeHeader(out *excelize.StreamWriter, header []string) error {
	upper, lower := make([]any, len(header)), make([]any, len(header))
	for i, name := range header {
		upper[i], lower[i], _ = strings.Cut(name, " / ")
	}
	for _, line := range []struct {
		row   int
		cells []any
	}{{titleRow, []any{w.workbook + " (dữ liệu giả lập)"}}, {upperRow, upper}, {upperRow + 1, lower}} {
		if err := out.SetRow("A"+strconv.Itoa(line.row), line.cells); err != nil {
			return err
		}
	}
	for first := 0; first < len(upper); {
		last := first
		for last+1 < len(upper) && upper[last+1] == upper[first] {
			last++
		}
		if last > first {
			from, errFrom := excelize.CoordinatesToCellName(first+1, upperRow)
			to, errTo := excelize.CoordinatesToCellName(last+1, upperRow)
			if errFrom != nil || errTo != nil {
				return fmt.Errorf("the header of the workbook: %v, %v", errFrom, errTo)
			}
			if err := out.MergeCell(from, to); err != nil {
				return err
			}
		}
		first = last + 1
	}
	return nil
}

func (w dialect) decodeWorkbook(file []byte) ([][]string, error) {
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	defer book.Close()
	rows, err := book.GetRows(bookSheet, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, err
	}
	if len(rows) < firstRow-1 {
		return nil, nil
	}
	found := [][]string{w.header}
	for _, row := range rows[firstRow-1:] {
		for len(row) < len(w.header) { // empty cells at the end are left out
			row = append(row, "")
		}
		for j, text := range row {
			if serial, err := strconv.ParseFloat(text, 64); w.isDate(j) && err == nil {
				at, err := excelize.ExcelDateToTime(serial, false)
				if err != nil {
					return nil, err
				}
				row[j] = at.Round(time.Second).Format(w.date)
			}
		}
		found = append(found, row)
	}
	return found, nil
}
