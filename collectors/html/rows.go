package html

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"kpiagent/collectors"
)

// rows passes the lines below the header on.
type rows struct {
	table *table
	names []string
	width int // cells of a row
	sink  collectors.Sink

	group  string // the text of the last line that is one cell
	values []collectors.Value
}

// take passes one line on, unless it is none of the rows that are wanted.
func (r *rows) take(l line) error {
	p := r.table.page
	if p.ignored[l.node] || !p.source.rows.Match(l.node) || r.empty(l) {
		return nil
	}
	if r.across(l) {
		r.group = l.cells[0].text
		return nil
	}
	if r.isHeader(l) {
		return nil
	}
	if len(l.cells) != r.width || l.broken {
		err := fmt.Errorf("the row has %d cells, the header has %d columns; cells that reach over several count for each", len(l.cells), r.width)
		if l.broken {
			err = errors.New("the row lacks a cell before one that reaches down from above")
		}
		return r.sink.Malformed(int64(l.number), texts(l), err)
	}
	r.values = r.values[:0]
	for _, c := range l.cells[:len(r.names)] {
		r.values = append(r.values, collectors.Value{Kind: collectors.Text, Text: c.text})
	}
	if p.source.config.GroupColumn != "" {
		r.values = append(r.values, collectors.Value{Kind: collectors.Text, Text: r.group})
	}
	r.values = append(r.values, p.added...)
	return r.sink.Row(collectors.Position{Number: int64(l.number)}, r.values)
}

func (r *rows) empty(l line) bool {
	return !slices.ContainsFunc(l.cells, func(c cell) bool { return c.text != "" })
}

// across reports whether a line is one cell across the whole table: the heading of a group, or a note.
func (r *rows) across(l line) bool {
	if r.width < 2 || len(l.cells) < r.width || l.cells[0].area == 0 {
		return false
	}
	return !slices.ContainsFunc(l.cells, func(c cell) bool { return c.area != l.cells[0].area })
}

// isHeader reports whether a line only repeats the header, as long tables do.
func (r *rows) isHeader(l line) bool {
	for i, name := range r.names {
		if i >= len(l.cells) || l.cells[i].text != name {
			return false
		}
	}
	return true
}

// texts returns a line as it is kept where it cannot be read.
func texts(l line) string {
	list := make([]string, len(l.cells))
	for i, c := range l.cells {
		list[i] = c.text
	}
	return strings.Join(list, " | ")
}
