package html

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"kpiagent/collectors"
	"kpiagent/collectors/heading"
)

// table is one table of the page: its rows as they are laid out, with cells in all places that they cover.
type table struct {
	page   *page
	node   *html.Node
	origin string // for messages, where there are several
	left   *int   // cells that the page may still have

	lines []line
	areas int
}

// line is one row of the table.
type line struct {
	node   *html.Node
	number int // from 1
	inHead bool
	broken bool // a cell is missing
	cells  []cell
}

// cell is what stands in one place of a row.
type cell struct {
	text   string
	area   int // from 1, of a cell that covers several places; 0 for none
	header bool
}

// read streams the rows.
func (t *table) read(ctx context.Context, sink collectors.Sink) error {
	if err := t.layOut(); err != nil {
		return err
	}
	first, last, err := t.headerRows()
	if err != nil {
		return err
	}
	names, width, err := t.names(first, last)
	if err != nil {
		return err
	}
	if err := sink.Columns(t.origin, append(slices.Clone(names), t.page.addedNames()...)); err != nil {
		return err
	}
	r := rows{table: t, names: names, width: width, sink: sink}
	for _, l := range t.lines[last:] {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.take(l); err != nil {
			return err
		}
	}
	return nil
}

// where names the table in a message.
func (t *table) where() string {
	if t.origin == "" {
		return "the table"
	}
	return t.origin
}

// layOut puts each cell into all the places that it covers. What spans rows ends with its part of the table.
func (t *table) layOut() error {
	for part := t.node.FirstChild; part != nil; part = part.NextSibling {
		switch part.DataAtom {
		case atom.Thead, atom.Tbody, atom.Tfoot:
			if err := t.layOutPart(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// hanging is a cell that reaches down into further rows.
type hanging struct {
	cell
	rows int // that it still covers; -1 to the end of the part
}

func (t *table) layOutPart(part *html.Node) error {
	var down []hanging // by column
	for row := part.FirstChild; row != nil; row = row.NextSibling {
		if row.DataAtom != atom.Tr {
			continue
		}
		l := line{node: row, number: len(t.lines) + 1, inHead: part.DataAtom == atom.Thead}
		placed := 0
		for child := row.FirstChild; child != nil; child = child.NextSibling {
			if child.DataAtom != atom.Td && child.DataAtom != atom.Th {
				continue
			}
			l.cells = hang(l.cells, down)
			columns, rows := span(child, "colspan", 1000), span(child, "rowspan", 65534)
			c := cell{text: t.page.text(child), header: child.DataAtom == atom.Th}
			if columns > 1 || rows != 1 {
				t.areas++
				c.area = t.areas
			}
			placed += columns
			if *t.left -= columns; *t.left < 0 {
				return tooManyCells(t.page.source.config.MaxCells)
			}
			for range columns {
				for len(down) <= len(l.cells) {
					down = append(down, hanging{})
				}
				down[len(l.cells)] = hanging{c, rows - 1}
				l.cells = append(l.cells, c)
			}
		}
		l.cells = hang(l.cells, down)
		for len(down) > 0 && down[len(down)-1].rows == 0 {
			down = down[:len(down)-1]
		}
		for len(l.cells) < len(down) {
			l.broken = true // a cell is missing before one that reaches down
			l.cells = hang(append(l.cells, cell{}), down)
		}
		if *t.left -= len(l.cells) - placed; *t.left < 0 {
			return tooManyCells(t.page.source.config.MaxCells)
		}
		t.lines = append(t.lines, l)
	}
	return nil
}

// hang fills the next places of a row with the cells that reach down into them.
func hang(cells []cell, down []hanging) []cell {
	for len(cells) < len(down) && down[len(cells)].rows != 0 {
		h := &down[len(cells)]
		if h.rows > 0 {
			h.rows--
		}
		cells = append(cells, h.cell)
	}
	return cells
}

// span reads how many places a cell covers, at most so many. rowspan="0" means all rows that follow, for which it returns 0.
func span(n *html.Node, key string, most int) int {
	for _, a := range n.Attr {
		if a.Key != key {
			continue
		}
		count, err := strconv.Atoi(strings.TrimSpace(a.Val))
		switch {
		case err != nil || count < 0 || count == 0 && key == "colspan":
			return 1
		default:
			return min(count, most)
		}
	}
	return 1
}

// headerRows returns which lines make up the header: from first up to, not with, last.
func (t *table) headerRows() (first, last int, err error) {
	given := t.page.source.config
	first = max(given.HeaderRow, 1) - 1
	if first >= len(t.lines) {
		return 0, 0, fmt.Errorf("%s has %d rows, and row %d has to hold the column names; correct header_row or table", t.where(), len(t.lines), first+1)
	}
	last = first + given.HeaderRows
	if given.HeaderRows == 0 {
		for last < len(t.lines) && t.lines[last].inHead {
			last++
		}
		for last == first || last < len(t.lines) && !t.lines[first].inHead && t.onlyHeaders(last) {
			last++
		}
	}
	if last > len(t.lines) {
		return 0, 0, fmt.Errorf("%s has %d rows, and rows %d to %d have to hold the column names; correct header_row, header_rows or table", t.where(), len(t.lines), first+1, last)
	}
	return first, last, nil
}

// onlyHeaders reports whether the line at an index has th cells only, as those above it have.
func (t *table) onlyHeaders(at int) bool {
	for _, l := range t.lines[at-1 : at+1] {
		if len(l.cells) == 0 || slices.ContainsFunc(l.cells, func(c cell) bool { return !c.header }) {
			return false
		}
	}
	return true
}

// names returns the names of the columns, and how many cells a row has.
func (t *table) names(first, last int) (names []string, width int, err error) {
	where := fmt.Sprintf("row %d", first+1)
	if last > first+1 {
		where = fmt.Sprintf("rows %d to %d", first+1, last)
	}
	if t.origin != "" {
		where += " of " + t.origin
	}
	grid := make([][]heading.Cell, 0, last-first)
	for _, l := range t.lines[first:last] {
		cells := make([]heading.Cell, len(l.cells))
		for i, c := range l.cells {
			cells[i] = heading.Cell{Text: c.text, Area: c.area}
		}
		width = max(width, len(cells))
		grid = append(grid, cells)
	}
	if names = heading.Names(grid); len(names) == 0 {
		return nil, 0, fmt.Errorf("%s has no column names in %s; correct header_row or table", t.where(), where)
	}
	all := append(slices.Clone(names), t.page.addedNames()...)
	return names, width, heading.Distinct(all, where)
}
