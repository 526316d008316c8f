package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"kpiagent/collectors"
	"kpiagent/collectors/file/ii06a"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// What a form may have at most: it is held in memory, and a real one has a hundred rows.
const (
	mostFormLines = 20_000
	mostFormCells = 256
	mostFormBytes = 16 << 20
)

// formTable returns the rows of a form: its sum, or with rows that are units each of them, and the rows that cannot be taken.
type formTable struct {
	report *ii06a.Report
	header []string
	units  bool
	at     int
	values []collectors.Value
}

func (s *Source) openForm(ctx context.Context, from *os.File) (table, error) {
	lines, err := s.lines(ctx, from)
	if err != nil {
		return nil, err
	}
	options := ii06a.Options{CutOff: s.options.CutOff, Units: s.options.RowsAreUnits}
	if s.config.PeriodEnd != "" {
		if options.End, err = kpi.ParseDay(s.config.PeriodEnd); err != nil {
			return nil, fmt.Errorf("file.period_end: %w", err)
		}
	}
	report, err := ii06a.Read(lines, options)
	if err != nil {
		return nil, err
	}
	t := &formTable{report: report, units: s.options.RowsAreUnits, header: []string{config.FormLabel, config.FormEnd}}
	for _, column := range config.FormColumns() {
		t.header = append(t.header, column.Column)
	}
	t.values = make([]collectors.Value, len(t.header))
	return t, nil
}

func (t *formTable) names() []string { return t.header }
func (t *formTable) text() string    { return t.report.Rows[t.at-1].Text }

func (t *formTable) next() (int64, []collectors.Value, error) {
	for t.at < len(t.report.Rows) {
		row := &t.report.Rows[t.at]
		t.at++
		switch {
		case row.Fault != nil:
			return row.Number, nil, &rowError{row.Text, row.Fault}
		case row.Group || row.Total == t.units: // it has only proved the others, or was proved by them
			continue
		}
		year, month, day := t.report.End.Civil()
		t.values[0] = collectors.Value{Kind: collectors.Text, Text: row.Label}
		t.values[1] = collectors.Value{Kind: collectors.Text, Text: fmt.Sprintf("%04d-%02d-%02d", year, month, day)}
		for i, figure := range row.Figures {
			t.values[2+i] = collectors.Value{Kind: collectors.Int, Int: figure}
		}
		return row.Number, t.values, nil
	}
	return 0, nil, io.EOF
}

// lines reads the whole of a report that is a form.
func (s *Source) lines(ctx context.Context, from *os.File) ([]ii06a.Line, error) {
	next, err := s.plainRows(ctx, from)
	if err != nil {
		return nil, err
	}
	var lines []ii06a.Line
	size := 0
	for {
		number, cells, err := next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			var broken *rowError
			if errors.As(err, &broken) {
				err = fmt.Errorf("row %d cannot be read, and a form is read as a whole: %w", number, broken.err)
			}
			return nil, err
		}
		if len(lines) == mostFormLines {
			return nil, fmt.Errorf("the report has more than %d rows, as no form has; take form out and write a mapping", mostFormLines)
		}
		for i := range cells {
			size += len(cells[i].Text)
		}
		if size > mostFormBytes {
			return nil, fmt.Errorf("the report has more than %d bytes of text, as no form has; take form out and write a mapping", mostFormBytes)
		}
		lines = append(lines, ii06a.Line{Number: number, Cells: slices.Clone(cells[:min(len(cells), mostFormCells)])})
	}
}

// plainRows returns the rows of a file as they are, without a header.
func (s *Source) plainRows(ctx context.Context, from *os.File) (func() (int64, []collectors.Value, error), error) {
	if s.config.Format == "xlsx" {
		book, err := s.openWorkbook(ctx, from, 0)
		if err != nil {
			return nil, err
		}
		sheet, err := book.Sheet()
		if err != nil {
			return nil, err
		}
		return workbookTable{sheet}.next, nil
	}
	rows, err := s.openRows(ctx, from)
	if err != nil {
		return nil, err
	}
	return func() (int64, []collectors.Value, error) {
		line, cells, err := rows.next()
		values := make([]collectors.Value, len(cells))
		for i, cell := range cells {
			values[i] = collectors.Value{Kind: collectors.Text, Text: cell}
		}
		return line, values, err
	}, nil
}
