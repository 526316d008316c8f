package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/file/xlsx"
	"kpiagent/collectors/heading"
	"kpiagent/internal/canonical"
)

// table is an open file of any format, behind its header.
type table interface {
	names() []string
	// next returns the next row that holds something, and the line on which it begins. The values are valid until the next
	// call, and as many as the names. The error is io.EOF at the end, a *rowError, or what the file gave.
	next() (line int64, values []collectors.Value, err error)
	// text is the row that next gave last, as text.
	text() string
}

// separated is a table whose cells a sign keeps apart.
type separated interface{ separator() string }

// swallowsRows returns a cell of several lines that holds as many separators as a whole row: quotes may have swallowed rows.
// ok is false where there is none.
func swallowsRows(rows table, values []collectors.Value) (cell string, ok bool) {
	for i := range values {
		if values[i].Kind != collectors.Text || !strings.Contains(values[i].Text, "\n") {
			continue
		}
		of, apart := rows.(separated)
		if apart && len(values) > 1 && strings.Count(values[i].Text, of.separator()) >= len(values)-1 {
			return values[i].Text, true
		}
	}
	return "", false
}

func (s *Source) open(ctx context.Context, from *os.File) (table, error) {
	if s.config.Form != "" {
		return s.openForm(ctx, from)
	}
	return s.openText(ctx, from)
}

// textTable is a CSV file.
type textTable struct {
	rows   *rowReader
	header []string
	titles string // the lines above the header
	values []collectors.Value
}

func (s *Source) openText(ctx context.Context, from io.Reader) (*textTable, error) {
	rows, err := s.openRows(ctx, from)
	if err != nil {
		return nil, err
	}
	t := &textTable{rows: rows}
	if t.header, t.titles, err = s.header(t.rows); err != nil {
		return nil, err
	}
	t.values = make([]collectors.Value, len(t.header))
	return t, nil
}

func (t *textTable) names() []string { return t.header }
func (t *textTable) text() string    { return t.rows.text }

func (t *textTable) separator() string { return string(t.rows.separator) }

func (t *textTable) next() (int64, []collectors.Value, error) {
	line, cells, err := t.rows.next()
	if err != nil {
		return line, nil, err
	}
	for i, cell := range cells {
		t.values[i] = collectors.Value{Kind: collectors.Text, Text: cell}
	}
	return line, t.values, nil
}

// longestTitles bounds what is remembered of the lines above the header.
const longestTitles = 16 << 10

// header reads the column names of a CSV file, and the lines above them.
func (s *Source) header(rows *rowReader) (header []string, titles string, err error) {
	apart := strings.NewReplacer(string(rows.separator), " ", `"`, " ")
	for line := 1; line < s.config.HeaderRow; line++ {
		text, err := rows.skipLine()
		if err != nil {
			return nil, "", s.noHeader(err)
		}
		if len(titles)+len(text) < longestTitles {
			titles += apart.Replace(text) + "\n"
		}
	}
	line, names, err := rows.next()
	if err != nil {
		return nil, "", s.noHeader(err)
	}
	if err := notSeparated(names, line); err != nil {
		return nil, "", err
	}
	header = make([]string, len(names))
	for i, name := range names {
		header[i] = canonical.Text(name)
	}
	rows.width = len(header)
	return header, titles, heading.Distinct(header, fmt.Sprintf("line %d", line))
}

func (s *Source) noHeader(err error) error {
	var broken *rowError
	switch {
	case errors.Is(err, io.EOF) && s.config.HeaderRow == 1:
		return errors.New("the file is empty: line 1 has to hold the column names")
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the file ends before line %d, which has to hold the column names; correct header_row", s.config.HeaderRow)
	case errors.As(err, &broken):
		return fmt.Errorf("the header cannot be read: %w", broken.err)
	}
	return err
}

// workbookTable is a sheet of a workbook.
type workbookTable struct{ *xlsx.Sheet }

func (s *Source) workbookDefaults() {
	if s.config.HeaderRows <= 0 {
		s.config.HeaderRows = 1
	}
	if s.config.MaxRows <= 0 {
		s.config.MaxRows = 1 << 20
	}
	if s.config.MaxUnzipped <= 0 {
		s.config.MaxUnzipped = 512 << 20
	}
}

// headerPlace says in messages where the header of a sheet stands.
func (s *Source) headerPlace() string {
	if s.config.HeaderRows > 1 {
		return fmt.Sprintf("rows %d to %d", s.config.HeaderRow, s.config.HeaderRow+s.config.HeaderRows-1)
	}
	return fmt.Sprintf("row %d", s.config.HeaderRow)
}

// openWorkbook opens a workbook whose sheets have a header of so many rows.
func (s *Source) openWorkbook(ctx context.Context, from *os.File, headerRows int) (*xlsx.Workbook, error) {
	info, err := from.Stat()
	if err != nil {
		return nil, err
	}
	return xlsx.OpenWorkbook(ctx, from, info.Size(), xlsx.Options{
		Sheet: s.config.Sheet, HeaderRow: s.config.HeaderRow, HeaderRows: headerRows,
		MaxUnzipped: s.config.MaxUnzipped, MaxRows: s.config.MaxRows, MaxRowBytes: s.config.MaxRow,
	})
}

func (t workbookTable) names() []string { return t.Names() }
func (t workbookTable) text() string    { return t.Text() }

func (t workbookTable) next() (int64, []collectors.Value, error) {
	row, values, err := t.Next()
	var broken *xlsx.RowError
	if errors.As(err, &broken) {
		err = &rowError{broken.Text, broken.Err}
	}
	return row, values, err
}
