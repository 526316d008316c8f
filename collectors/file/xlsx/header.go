package xlsx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"kpiagent/collectors/heading"
	"kpiagent/internal/canonical"
)

// area is a rectangle of merged cells; rows as Excel numbers them, columns from 0.
type area struct{ top, bottom, left, right int }

// mergedAreas lists the merged areas that touch the header. They stand behind the rows, so the whole part is read: a
// damaged one is found before any of its rows is taken.
func (c *container) mergedAreas(part string, first, last int) ([]area, error) {
	from, err := c.unpack(part)
	if err != nil {
		return nil, err
	}
	left := c.left // the rows are read once more, and count once
	defer func() { c.left = left }()
	buffered := bufio.NewReaderSize(from, 64<<10)
	if err := skipRows(buffered); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, damaged(err)
	}
	var areas []area
	err = newScanner(buffered).each(func(tag xml.StartElement) error {
		if tag.Name.Local != "mergeCell" {
			return nil
		}
		found, ok := parseArea(attribute(tag, "ref"))
		if ok && found.top <= last && found.bottom >= first && len(areas) < mostColumns {
			areas = append(areas, found)
		}
		return nil
	})
	return areas, err
}

var rowsEnd = []byte("sheetData>")

// skipRows reads on to the end tag of the rows; io.EOF where there is none.
func skipRows(from *bufio.Reader) error {
	for {
		piece, err := from.ReadSlice('>')
		if bytes.HasSuffix(piece, rowsEnd) && bytes.Contains(piece, []byte("</")) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func parseArea(ref string) (area, bool) {
	from, to, several := strings.Cut(ref, ":")
	if !several {
		return area{}, false
	}
	left, top, ok := parseCell(from)
	right, bottom, also := parseCell(to)
	return area{top, bottom, left, right}, ok && also && left <= right && top <= bottom
}

// parseCell reads a name such as AB12: the column from 0 and the row from 1.
func parseCell(name string) (column, row int, ok bool) {
	i := 0
	for ; i < len(name) && i < 4; i++ {
		letter := name[i] &^ 0x20
		if letter < 'A' || letter > 'Z' {
			break
		}
		column = column*26 + int(letter-'A') + 1
	}
	if i == 0 || column > mostColumns || i == len(name) || len(name) > i+7 {
		return 0, 0, false
	}
	for _, digit := range name[i:] {
		if digit < '0' || digit > '9' {
			return 0, 0, false
		}
		row = row*10 + int(digit-'0')
	}
	return column - 1, row, row >= 1 && row <= mostRows
}

// header reads the header's rows and makes one name of each column: the texts above each other, joined by " / ".
func (s *Sheet) header(areas []area) ([]string, error) {
	first, last := s.options.HeaderRow, s.options.HeaderRow+s.options.HeaderRows-1
	grid := make([][]heading.Cell, s.options.HeaderRows)
	for {
		err := s.fill()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if s.row < int64(first) {
			s.note()
			continue
		}
		if s.row > int64(last) {
			s.pending = true
			break
		}
		line := make([]heading.Cell, s.used)
		for i := range line {
			line[i].Text = canonical.Text(s.cells[i].String())
		}
		grid[s.row-int64(first)] = line
		if s.row == int64(last) {
			break
		}
	}
	spread(grid, areas, first)
	names := heading.Names(grid)
	if len(names) == 0 && s.row == 0 {
		return nil, fmt.Errorf("%w: row %d has to hold the column names; correct sheet", errNoRows, first)
	}
	if len(names) == 0 && s.row < int64(first) {
		return nil, fmt.Errorf("the sheet ends before row %d, which has to hold the column names; correct header_row or sheet", first)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("row %d is empty, and has to hold the column names; correct header_row or sheet", first)
	}
	return names, nil
}

// longestAbove bounds what is remembered of the rows above the header.
const longestAbove = 16 << 10

// note remembers the texts of a row above the header.
func (s *Sheet) note() {
	for i := range s.cells[:s.used] {
		if text := canonical.Text(s.cells[i].String()); text != "" && s.above.Len()+len(text) < longestAbove {
			s.above.WriteString(text + " ")
		}
	}
	if s.above.Len() > 0 {
		s.above.WriteByte('\n')
	}
}

// spread writes the text of a merged area into all its cells.
func spread(grid [][]heading.Cell, areas []area, first int) {
	for n, a := range areas {
		if a.top < first || len(grid[a.top-first]) <= a.left {
			continue
		}
		text := grid[a.top-first][a.left].Text
		for row := a.top; text != "" && row <= a.bottom && row-first < len(grid); row++ {
			line := &grid[row-first]
			if missing := a.right + 1 - len(*line); missing > 0 {
				*line = append(*line, make([]heading.Cell, missing)...)
			}
			for column := a.left; column <= a.right; column++ {
				(*line)[column] = heading.Cell{Text: text, Area: n + 1}
			}
		}
	}
}
