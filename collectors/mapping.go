package collectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// Checks tell what the rest of the configuration knows. A nil function lets everything pass.
type Checks struct {
	// Units are the ids of the configured units; only a mapping with a unit column needs them.
	Units []string
	// Procedure says whether the unit's catalogue has the code.
	Procedure func(unit, code string) bool
	// Measure says whether the measure is declared.
	Measure func(id string) bool
	// CutOff says which days a month has that a date names.
	CutOff kpi.CutOff
}

// Mapping turns rows into records, as one source's configuration says. It is compiled once and never changes; Bind ties
// it to the columns of one read.
type Mapping struct {
	source   string // the unit of rows without a unit column
	units    map[string]string
	checks   Checks
	location *time.Location
	unit     textField
	compiled rowMap
}

// rowMap is the part of the mapping that the kind of record decides.
type rowMap interface {
	// fields lists the fields, so that their columns can be found.
	fields() []*field
	// clone gives a copy with fields of its own.
	clone() rowMap
	// take makes the records of a row and gives each to r.good, or to r.bad where there is none.
	take(b *Binding, r *rowTaken)
	// named gives what can be read of the record's id, "" where a row has several.
	named(values []Value) string
}

// rowTaken is a row on its way into a batch.
type rowTaken struct {
	binding *Binding
	to      *gathering
	at      Position
	values  []Value
}

// NewMapping compiles the mapping of a source. Wall times are those of location. The error lists all that is wrong, each
// with its key.
func NewMapping(source config.Source, checks Checks, location *time.Location) (*Mapping, error) {
	m := &Mapping{source: source.Unit, checks: checks, location: location, units: map[string]string{}}
	for _, id := range checks.Units {
		m.units[id] = id
	}
	var errUnit, err error
	given := source.Mapped()
	m.unit, errUnit = compileText("unit", given.Unit, false, kpi.UnknownUnit)
	switch source.Record {
	case "", "dossier":
		m.compiled, err = compileDossier(&given)
	case "procedure":
		m.compiled, err = compileProcedure(&given)
	case "observation":
		if len(given.Totals) > 0 {
			m.compiled, err = compileTotals(&given)
		} else {
			m.compiled, err = compileObservation(&given)
		}
	default:
		err = fmt.Errorf("record is %q: allowed are dossier, procedure and observation", source.Record)
	}
	if err := errors.Join(errUnit, err); err != nil {
		return nil, fmt.Errorf("source %s/%s: %w", source.Unit, source.ID, err)
	}
	return m, nil
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

// Binding is a mapping tied to the columns of one read. It is used by one goroutine.
type Binding struct {
	*Mapping
	row     rowMap
	unitAt  textField
	columns []string
	origin  string
	today   kpi.Day
	store   store
	taken   rowTaken // the present row; here, so that rows cost no memory
	nested  nested
	skips   []*field // those by whose values a row can be none
}

// Bind finds the mapping's columns. A missing column is a *MissingColumnError: it fails the read as a whole, because
// without it every row would be rejected or, worse, taken for empty.
func (m *Mapping) Bind(columns []string, today kpi.Day) (*Binding, error) {
	b := &Binding{Mapping: m, row: m.compiled.clone(), unitAt: m.unit, today: today, store: newStore()}
	if err := b.rebind("", columns); err != nil {
		return nil, err
	}
	return b, nil
}

// rebind ties the binding to another header; what it remembers of codes stays.
func (b *Binding) rebind(origin string, columns []string) error {
	b.origin = origin
	b.columns = slices.Clone(columns)
	b.nested, b.skips = nested{}, nil
	var missing []MissingColumn
	for _, f := range append(b.row.fields(), &b.unitAt.field) {
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

// take maps one row into the batch.
func (b *Binding) take(to *gathering, at Position, values []Value) {
	to.batch.Rows++
	b.nested.begin()
	if b.passedOver(values) != nil {
		to.skip(at.Number)
		return
	}
	b.taken = rowTaken{b, to, at, values}
	if at.Fault != nil {
		b.taken.bad(b.row.named(values), at.Fault)
		return
	}
	b.row.take(b, &b.taken)
}

// passedOver gives the field whose value says that the row is no record, or none yet; nil where it is one.
func (b *Binding) passedOver(values []Value) *field {
	for _, f := range b.skips {
		if f.isOne(f.skips, values) {
			return f
		}
	}
	return nil
}

// good takes a record that the row became.
func (r *rowTaken) good(record kpi.Record, id string) {
	if fault := r.binding.nested.noted(); fault != nil {
		r.bad(id, fault)
		return
	}
	record.Row, record.Changed = r.at.Number, r.at.Changed
	r.to.add(record, id)
}

// bad takes the fault of a record; id is what could be read of its id.
func (r *rowTaken) bad(id string, fault *kpi.Fault) {
	if noted := r.binding.nested.noted(); noted != nil {
		fault = noted
	}
	r.to.reject(kpi.Reject{Row: r.at.Number, ID: strings.Clone(cut(id, kpi.MaxCode)), Fault: r.binding.placed(fault),
		Raw: rawRow(r.binding.columns, r.values), Changed: r.at.Changed})
}

// malformed takes a row that is none.
func (b *Binding) malformed(to *gathering, number int64, text string, err error) {
	to.batch.Rows++
	var fault *kpi.Fault
	if !errors.As(err, &fault) {
		fault = &kpi.Fault{Reason: kpi.MalformedRow, Detail: err.Error()}
	}
	to.reject(kpi.Reject{Row: number, Fault: b.placed(fault), Raw: rawText(text)})
}

// placed adds the place to a fault where the source has several.
func (b *Binding) placed(fault *kpi.Fault) kpi.Fault {
	placed := *fault
	if b.origin != "" {
		placed.Detail += " (in " + b.origin + ")"
	}
	return placed
}

// unitOf gives the unit of a row.
func (b *Binding) unitOf(values []Value) (string, *kpi.Fault) {
	return b.unitIn(&b.unitAt, values)
}

// unitIn gives the unit that a field names; the source's own where there is no field.
func (b *Binding) unitIn(f *textField, values []Value) (string, *kpi.Fault) {
	if len(f.columns) == 0 && !f.fixed {
		return b.source, nil
	}
	text, fault := f.read(values)
	if fault != nil {
		return "", fault
	}
	if text == "" {
		return "", f.missing()
	}
	unit, known := b.units[text]
	if !known {
		return "", f.about(&kpi.Fault{Reason: kpi.UnknownUnit, Detail: fmt.Sprintf("%s is not a configured unit", quote(text))})
	}
	return unit, nil
}
