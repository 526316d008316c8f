package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"kpiagent/collectors"
)

// Next returns the next row behind the header that holds something, with its number as Excel shows it. The values are valid
// until the next call; there are as many as names, or without a header as many as the row has. The error is io.EOF at the end, a *RowError, or says what is wrong with the workbook.
func (s *Sheet) Next() (row int64, values []collectors.Value, err error) {
	defer contain(&err)
	for {
		if !s.pending {
			if err := s.fill(); err != nil {
				return s.row, nil, err
			}
		}
		s.pending = false
		if s.blank() {
			continue
		}
		if s.taken++; s.taken > s.options.MaxRows {
			return s.row, nil, fmt.Errorf("the sheet has more than max_rows, %d, rows behind its header; if it is a real report, raise it or split the report", s.options.MaxRows)
		}
		s.spare()
		if s.size > s.options.MaxRowBytes {
			return s.row, nil, &RowError{s.Text(), fmt.Errorf("the row is longer than max_row_bytes, %d", s.options.MaxRowBytes)}
		}
		return s.row, s.cells[:s.wide()], nil
	}
}

// Text returns the row that Next gave last as text, its cells separated by tabs.
func (s *Sheet) Text() string {
	var text strings.Builder
	for i := range s.cells[:min(s.wide(), len(s.cells))] {
		if i > 0 {
			text.WriteByte('\t')
		}
		if text.Len() > s.options.MaxRowBytes {
			break
		}
		text.WriteString(s.cells[i].String())
	}
	return text.String()
}

// wide counts the cells of the present row.
func (s *Sheet) wide() int {
	if s.options.HeaderRows == 0 {
		return s.used
	}
	return s.width
}

// spare makes room for all columns that have a name.
func (s *Sheet) spare() {
	if missing := s.width - len(s.cells); missing > 0 {
		s.cells = append(s.cells, make([]collectors.Value, missing)...)
	}
}

func (s *Sheet) blank() bool {
	for i := range s.cells[:s.used] {
		if cell := &s.cells[i]; cell.Kind != collectors.Null && (cell.Kind != collectors.Text || strings.TrimSpace(cell.Text) != "") {
			return false
		}
	}
	return true
}

// fill reads the next row into cells, whatever it holds.
func (s *Sheet) fill() error {
	clear(s.cells[:s.used])
	s.used, s.size = 0, 0
	for {
		token, err := s.scan.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the sheet ends in the middle of its rows", errDamaged)
		}
		if err != nil {
			return err
		}
		switch tag := token.(type) {
		case xml.StartElement:
			if tag.Name.Local == "sheetData" {
				s.inside = true
			}
			if s.inside && tag.Name.Local == "row" {
				return s.readRow(attribute(tag, "r"))
			}
		case xml.EndElement:
			if tag.Name.Local == "sheetData" || tag.Name.Local == "worksheet" {
				return io.EOF
			}
		}
	}
}

func (s *Sheet) readRow(number string) error {
	s.row++
	if number != "" {
		given, err := strconv.ParseInt(number, 10, 64)
		if err != nil || given < s.row || given > mostRows {
			return fmt.Errorf("%w: row %q stands behind row %d", errDamaged, number, s.row-1)
		}
		s.row = given
	}
	column := -1
	for {
		token, err := s.scan.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the sheet ends in the middle of row %d", errDamaged, s.row)
		}
		if err != nil {
			return err
		}
		switch tag := token.(type) {
		case xml.EndElement:
			if tag.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if tag.Name.Local != "c" {
				continue
			}
			if column, err = s.readCell(tag, column+1); err != nil {
				return fmt.Errorf("row %d: %w", s.row, err)
			}
		}
	}
}

// rawCell is a cell as the part has it.
type rawCell struct {
	kind    string
	style   int
	formula bool
	stored  bool // there is a value
}

// readCell reads the cell whose tag began; next is its column where it does not say.
func (s *Sheet) readCell(tag xml.StartElement, next int) (column int, err error) {
	c := rawCell{kind: attribute(tag, "t")}
	column = next
	if name := attribute(tag, "r"); name != "" {
		named, _, ok := parseCell(name)
		if !ok {
			return 0, fmt.Errorf("%w: there is no cell %q", errDamaged, name)
		}
		column = named
	}
	if column >= mostColumns {
		return 0, fmt.Errorf("%w: there are more than %d columns", errDamaged, mostColumns)
	}
	if style := attribute(tag, "s"); style != "" {
		if c.style, err = strconv.Atoi(style); err != nil {
			return 0, fmt.Errorf("%w: there is no style %q", errDamaged, style)
		}
	}
	if err := s.content(&c); err != nil {
		return 0, err
	}
	if s.width > 0 && column >= s.width {
		return column, nil
	}
	value, err := s.value(c)
	if err != nil || value.Kind == collectors.Null {
		return column, err
	}
	if missing := column + 1 - len(s.cells); missing > 0 {
		s.cells = append(s.cells, make([]collectors.Value, missing)...)
	}
	s.cells[column] = value
	s.used = max(s.used, column+1)
	s.size += len(value.Text)
	return column, nil
}

// content reads what stands in a cell into scratch.
func (s *Sheet) content(c *rawCell) error {
	text := gathered{bytes: s.scratch[:0]}
	inValue := false
	defer func() { s.scratch = text.bytes }()
	for {
		token, err := s.scan.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the sheet ends in the middle of a cell", errDamaged)
		}
		if err != nil {
			return err
		}
		switch tag := token.(type) {
		case xml.StartElement:
			switch tag.Name.Local {
			case "v":
				inValue, c.stored = true, true
				continue
			case "is":
				c.stored = true
			case "f":
				c.formula = true
			}
		case xml.EndElement:
			switch tag.Name.Local {
			case "c":
				return nil
			case "v":
				inValue = false
			}
		case xml.CharData:
			if inValue {
				text.bytes = append(text.bytes, tag...)
				continue
			}
		}
		text.take(token)
		if len(text.bytes) > longestToken {
			return fmt.Errorf("%w: %w", errDamaged, errToken)
		}
	}
}

// NoResult is what a formula shows that was written by a program which did not compute it.
const NoResult = "#NO_RESULT"

// value returns the typed content of scratch.
func (s *Sheet) value(c rawCell) (collectors.Value, error) {
	if !c.stored {
		if c.formula {
			return collectors.Value{Kind: collectors.Broken, Text: NoResult}, nil
		}
		return collectors.Value{}, nil
	}
	switch c.kind {
	case "s":
		text := strings.TrimSpace(string(s.scratch))
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(s.texts) {
			return collectors.Value{}, fmt.Errorf("%w: a cell names text %q, and there are %d", errDamaged, text, len(s.texts))
		}
		return textValue(s.texts[i]), nil
	case "str", "inlineStr":
		return textValue(unescape(string(s.scratch))), nil
	case "e":
		return collectors.Value{Kind: collectors.Broken, Text: string(s.scratch)}, nil
	}
	text := strings.TrimSpace(string(s.scratch))
	switch {
	case text == "":
		return collectors.Value{}, nil
	case c.kind == "b":
		value := collectors.Value{Kind: collectors.Bool}
		if isTrue(text) {
			value.Int = 1
		}
		return value, nil
	case c.kind == "d":
		if date, zoned, ok := isoDate(text); ok {
			return collectors.Value{Kind: collectors.Time, Time: date, Zoned: zoned}, nil
		}
		return textValue(text), nil
	}
	return s.number(text, c.style), nil
}

func textValue(text string) collectors.Value {
	if text == "" {
		return collectors.Value{}
	}
	return collectors.Value{Kind: collectors.Text, Text: text}
}

// exact bounds the whole numbers that a cell can hold without loss: Excel keeps 15 digits.
const exact = 1e15

// number returns a date where the cell's style shows one, else a whole or a broken number.
func (s *Sheet) number(text string, style int) collectors.Value {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpP_nN") { // hexadecimal, infinite and the like are no numbers of a cell
		return textValue(text)
	}
	if style >= 0 && style < len(s.styles) && s.styles[style] {
		if date, ok := s.from.date(number); ok {
			return collectors.Value{Kind: collectors.Time, Time: date}
		}
	}
	if number == math.Trunc(number) && math.Abs(number) < exact {
		return collectors.Value{Kind: collectors.Int, Int: int64(number)}
	}
	return collectors.Value{Kind: collectors.Float, Float: number}
}
