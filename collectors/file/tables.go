package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/file/xlsx"
	"kpiagent/collectors/heading"
	"kpiagent/internal/canonical"
)

// place is where a table stands.
type place struct {
	origin string // for messages, where there are several files or sheets
	file   string // the file's name, without its folder
	sheet  string // "" in a file without sheets
	titles string // the lines above the header
}

// readTables passes on the rows of one file, of all its sheets that are wanted.
func (s *Source) readTables(ctx context.Context, opened *os.File, at place, sink collectors.Sink) error {
	if s.config.Format != "xlsx" || s.config.Form != "" {
		rows, err := s.open(ctx, opened)
		if err != nil {
			return err
		}
		return s.readTable(rows, at, sink)
	}
	book, err := s.openWorkbook(ctx, opened, s.config.HeaderRows)
	if err != nil {
		return err
	}
	several, base := strings.ContainsAny(s.config.Sheet, "*?["), at.origin
	return book.Sheets(func(sheet *xlsx.Sheet) error {
		if several {
			at.origin = strings.TrimPrefix(fmt.Sprintf("%s, sheet %q", base, sheet.Title()), ", ")
		}
		at.sheet, at.titles = sheet.Title(), sheet.Above()
		if err := heading.Distinct(sheet.Names(), s.headerPlace()); err != nil {
			return err
		}
		return s.readTable(workbookTable{sheet}, at, sink)
	})
}

// readTable passes on the rows of one table.
func (s *Source) readTable(rows table, at place, sink collectors.Sink) error {
	if text, is := rows.(*textTable); is {
		at.titles = text.titles
	}
	texts, err := s.texts(at)
	if err != nil {
		return err
	}
	names := slices.Clone(rows.names())
	for _, text := range s.config.Texts {
		names = append(names, text.Column)
	}
	if err := heading.Distinct(names, "the table, with file.texts"); err != nil {
		return err
	}
	change, err := s.changeColumn(names)
	if err != nil {
		return err
	}
	if err := sink.Columns(at.origin, names); err != nil {
		return err
	}
	return s.rows(rows, texts, change, sink)
}

// texts returns the values of the columns that texts beside the table fill.
func (s *Source) texts(at place) (values []collectors.Value, err error) {
	for i, text := range s.config.Texts {
		value := canonical.Text(map[string]string{"file_name": at.file, "sheet": at.sheet, "titles": at.titles}[text.From])
		if text.Pattern != "" {
			match := s.patterns[i].FindStringSubmatch(value)
			if match == nil {
				return nil, fmt.Errorf("texts: the pattern %s for the column %q is not found in %s, which is %.200q; correct pattern or from",
					text.Pattern, text.Column, text.From, value)
			}
			value = match[min(1, len(match)-1)]
		}
		values = append(values, collectors.Value{Kind: collectors.Text, Text: value})
	}
	return values, nil
}

// changeColumn finds the change column; -1 without one.
func (s *Source) changeColumn(header []string) (int, error) {
	if s.config.Change == "" {
		return -1, nil
	}
	at := slices.Index(header, s.config.Change)
	if at < 0 {
		return -1, collectors.MissingColumns(header, collectors.MissingColumn{Field: "change_column", Column: s.config.Change})
	}
	return at, nil
}

// rows passes on the rows behind the header, with the texts beside the table behind their cells.
func (s *Source) rows(rows table, texts []collectors.Value, change int, sink collectors.Sink) error {
	var whole []collectors.Value
	for {
		line, values, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			err = passMalformed(line, err, sink)
		} else {
			if len(texts) > 0 {
				whole = append(append(whole[:0], values...), texts...)
				values = whole
			}
			err = s.pass(collectors.Position{Number: line}, rows, values, change, sink)
		}
		if err != nil {
			return err
		}
	}
}
