package collectors

import (
	"fmt"
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// Binding is a mapping tied to the columns of one read. It is used by one goroutine.
type Binding struct {
	*Mapping
	compiled
	columns   []string
	origin    string
	today     kpi.Day
	arena     arena
	nested    nested
	spellings spellings
	shaper    *rowShaper
	skips     []*field   // those by whose values a row can be none
	hours     [24]int64  // in which dossiers were received, where an hour is known
	row       presentRow // the present one; here, so that rows cost no memory
}

// presentRow is the row on its way into a batch.
type presentRow struct {
	at     Position
	values []Value
	to     *openBatch
}

// MissingColumnError says that a read lacks columns that the mapping names.
type MissingColumnError struct {
	Missing []MissingColumn
	Present []string
}

// MissingColumn is one of them.
type MissingColumn struct {
	Field, Column string
	Nearest       string // a column that is there and is written nearly like it; "" for none
}

func (e *MissingColumnError) Error() string {
	var text strings.Builder
	for i, m := range e.Missing {
		if i > 0 {
			text.WriteString("; ")
		}
		fmt.Fprintf(&text, "there is no column %q for %s", m.Column, m.Field)
		if m.Nearest != "" {
			fmt.Fprintf(&text, " (did you mean %q?)", m.Nearest)
		}
	}
	fmt.Fprintf(&text, "; there are: %s; correct the mapping or ask who changed the system", strings.Join(e.Present, ", "))
	return text.String()
}

// MissingColumns is the error of columns that are not among those present.
func MissingColumns(present []string, missing ...MissingColumn) error {
	for i := range missing {
		missing[i].Nearest = Nearest(missing[i].Column, present)
	}
	return &MissingColumnError{Missing: missing, Present: present}
}

// Bind finds the mapping's columns. A missing column is a *MissingColumnError: it fails the read as a whole, because
// without it every row would be rejected or, worse, taken for empty.
func (m *Mapping) Bind(columns []string, today kpi.Day) (*Binding, error) {
	compiled, err := m.compile()
	if err != nil {
		return nil, err
	}
	shaper, err := newRowShaper(m.source.Shaping())
	if err != nil {
		return nil, err
	}
	b := &Binding{Mapping: m, compiled: compiled, shaper: shaper, today: today, arena: newArena()}
	if err := b.rebind("", columns); err != nil {
		return nil, err
	}
	return b, nil
}

// rebind ties the binding to another header; what it remembers of codes stays. origin is the header's place where the source
// has several.
func (b *Binding) rebind(origin string, columns []string) error {
	b.origin = origin
	b.columns = slices.Clone(columns)
	b.nested, b.skips = nested{}, nil
	var missing []MissingColumn
	if b.shaper != nil {
		var err error
		if columns, missing, err = b.shaper.bind(b.columns); err != nil {
			return err
		}
		b.columns = columns
	}
	for _, f := range b.fields {
		f.nested = &b.nested
		for _, lacking := range f.find(columns) {
			if m := (MissingColumn{Field: "mapping." + f.name, Column: lacking}); !slices.Contains(missing, m) {
				missing = append(missing, m)
			}
		}
		if len(f.skips) > 0 {
			b.skips = append(b.skips, f)
		}
	}
	if len(missing) > 0 {
		return MissingColumns(b.columns, missing...)
	}
	return nil
}

// bound ties a binding to the next header of a read: the first one makes it.
func (m *Mapping) bound(b *Binding, origin string, columns []string, today kpi.Day) (*Binding, error) {
	if b != nil {
		return b, b.rebind(origin, columns)
	}
	b, err := m.Bind(columns, today)
	if err == nil {
		b.origin = origin
	}
	return b, err
}
