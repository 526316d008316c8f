package collectors

import (
	"errors"
	"fmt"
	"math"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// Checks tell what the rest of the configuration knows. A nil function lets everything pass.
type Checks struct {
	// Units are the ids of the configured units; only a mapping with a unit column needs them.
	Units []string
	// Procedure reports whether the unit's catalogue has the code.
	Procedure func(unit, code string) bool
	// Measure reports whether the measure is declared.
	Measure func(id string) bool
	// CutOff says which days a month has that a date names.
	CutOff kpi.CutOff
}

// Mapping turns rows into records, as one source's configuration says. It never changes; Bind ties it to the columns of one
// read.
type Mapping struct {
	source config.Source
	given  config.Mapping // with what the kind knows of its rows
	units  map[string]string
	checks Checks
	zones  zones
}

// NewMapping takes the mapping of a source from a checked configuration: only what Load cannot find wrong is an error here.
// Wall times are those of location; those of data that name no zone are of the mapping's own, where it has one.
func NewMapping(source config.Source, checks Checks, location *time.Location) (*Mapping, error) {
	m := &Mapping{source: source, given: source.Mapped(), checks: checks, zones: zones{location, location}, units: map[string]string{}}
	if name := m.given.TimeZone; name != "" {
		var err error
		if m.zones.data, err = time.LoadLocation(name); err != nil {
			return nil, fmt.Errorf("source %s/%s: mapping.time_zone: %w", source.Unit, source.ID, err)
		}
	}
	for _, id := range checks.Units {
		m.units[id] = id
	}
	if _, err := m.compile(); err != nil {
		return nil, fmt.Errorf("source %s/%s: %w", source.Unit, source.ID, err)
	}
	return m, nil
}

// recordMap is the part of a compiled mapping that the kind of record decides.
type recordMap interface {
	// records makes the records of the present row of b and adds each with b.good, or with b.bad where it is none.
	records(b *Binding)
	// id returns what can be read of the record's id, "" where a row has several.
	id(values []Value) string
}

// compiled is a mapping whose fields can be tied to a header. Each read has its own: fields remember where their columns are.
type compiled struct {
	record recordMap
	unit   *textField
	fields []*field // all of them, in the order in which messages name them
	coded  []codedField
}

// compile makes the fields of the mapping.
func (m *Mapping) compile() (compiled, error) {
	c := &compiler{given: m.given}
	var record recordMap
	switch {
	case m.source.Record == "procedure":
		record = compileProcedure(c)
	case m.source.Record == "observation" && len(m.given.Totals) > 0:
		record = compileTotals(c)
	case m.source.Record == "observation":
		record = compileObservation(c)
	default:
		record = compileDossier(c)
	}
	unit := c.text("unit", kpi.UnknownUnit)
	return compiled{record, unit, c.fields, c.coded}, errors.Join(c.wrong...)
}

// compiler makes the fields of one mapping and keeps all of them, and all that is wrong with them.
type compiler struct {
	given  config.Mapping
	fields []*field
	coded  []codedField
	wrong  []error
}

func (c *compiler) keep(f *field, err error) {
	c.fields = append(c.fields, f)
	if err != nil {
		c.wrong = append(c.wrong, err)
	}
}

// text makes the field of a code or a name; reason is that of a value which the value map does not list.
func (c *compiler) text(key string, reason kpi.Reason) *textField {
	given, needed := c.given.Field(key)
	return c.textOf(key, given, needed, reason)
}

func (c *compiler) textOf(key string, given *config.Field, needed bool, reason kpi.Reason) *textField {
	t := newText(key, given, needed, reason)
	c.keep(&t.field, nil)
	c.coded = append(c.coded, t)
	return t
}

// number makes the field of a number between from and to.
func (c *compiler) number(key string, from, to float64) *numberField {
	given, needed := c.given.Field(key)
	return c.numberOf(key, given, needed, from, to)
}

func (c *compiler) numberOf(key string, given *config.Field, needed bool, from, to float64) *numberField {
	n := newNumber(key, given, needed, from, to)
	c.keep(&n.field, nil)
	return n
}

// boolean makes the field of a yes or no.
func (c *compiler) boolean(key string) *boolField {
	given, _ := c.given.Field(key)
	b, err := newBool(key, given)
	c.keep(&b.field, err)
	c.coded = append(c.coded, b)
	return b
}

// date makes the field of a date.
func (c *compiler) date(key string) *dateField {
	given, needed := c.given.Field(key)
	return c.dateOf(key, given, needed)
}

func (c *compiler) dateOf(key string, given *config.Field, needed bool) *dateField {
	d, err := newDate(key, given, needed)
	c.keep(&d.field, err)
	for _, one := range d.cases {
		c.keep(&one.field, nil)
	}
	return d
}

// choiceOf makes the field of one of a few meanings: names are what parse knows.
func choiceOf[T comparable](c *compiler, key string, reason kpi.Reason, names []string, parse func(string) (T, bool)) *choiceField[T] {
	given, needed := c.given.Field(key)
	f := newChoice(key, given, needed, reason, names, parse)
	c.keep(&f.field, nil)
	c.coded = append(c.coded, f)
	return f
}

// anyNumber are the bounds of a number that may be any.
const anyNumber = math.MaxFloat64
