package collectors

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// profiles are the profiles of one read: one for each header, since files of one source may have different ones.
type profiles struct {
	list    []*Profile
	present *Profile // nil beyond mostProfiles
}

// mostProfiles bounds how many different headers of one read are told apart.
const mostProfiles = 8

// begin has the rows that follow belong to the header of a binding.
func (p *profiles) begin(b *Binding) {
	p.present = nil
	for _, known := range p.list {
		if slices.EqualFunc(known.Columns, b.columns, func(c ColumnProfile, name string) bool { return c.Name == name }) {
			p.present = known
			return
		}
	}
	if len(p.list) < mostProfiles {
		p.present = newProfile(b.columns, b.reads)
		for i := range p.present.Columns {
			p.present.Columns[i].codes(b.codes(i))
		}
		p.list = append(p.list, p.present)
	}
}

func (p *profiles) add(values []Value, taken bool) {
	if p.present != nil {
		p.present.Add(values, taken)
	}
}

// doubts adds the doubts about a read and its columns, as warnings that belong to no row.
func (o *openBatch) doubts(of *sourcelog.Profile) {
	o.doubt(kpi.JumpedValues, "", of.Jumps)
	for _, header := range of.Headers {
		for _, column := range header.Columns {
			o.doubt(kpi.DoubtfulColumn, column.Name, column.Doubts)
			o.doubt(kpi.JumpedValues, column.Name, column.Jumps)
		}
	}
}

// doubt adds the doubts about a column as one warning; "" is the list as a whole.
func (o *openBatch) doubt(reason kpi.Reason, column string, doubts []sourcelog.Doubt) {
	if len(doubts) == 0 {
		return
	}
	said := make([]string, len(doubts))
	for i, d := range doubts {
		said[i] = d.String()
	}
	o.lastID, o.last = column, 0
	text := strings.Join(said, "; ")
	if column != "" {
		text = fmt.Sprintf("column %s: %s", quote(column), text)
	}
	o.warn(reason, text)
}

// reads reports whether a field of the mapping is in a column.
func (b *Binding) reads(column int) bool {
	return slices.ContainsFunc(b.fields, func(f *field) bool { return f.isIn(column) })
}

// codes reports whether a column has values of which each means one of a few.
func (b *Binding) codes(column int) bool {
	return slices.ContainsFunc(b.fields, func(f *field) bool { return f.coded && f.derive == nil && f.filled == nil && f.isIn(column) })
}

func (f *field) isIn(column int) bool {
	return slices.ContainsFunc(f.at, func(at spot) bool { return at.column == column && at.path == nil })
}

// Profile sums up what the columns of one read hold, as a clerk who leafs through the list would: kinds of cells, empty
// ones, how many different ones, the range, and what is odd about a column as a whole. One goroutine at a time uses it;
// its memory does not grow with the rows.
type Profile struct {
	Rows    int64
	Columns []ColumnProfile
	seed    maphash.Seed
}

// ColumnProfile is the summary of one column.
type ColumnProfile struct {
	sourcelog.Column
	Used bool // the mapping names it

	seen   map[uint64]struct{}
	values map[string]*int64 // of a column of codes, by text; nil for others, and where they are many
	years  map[int]int64
	shapes [shapeCount]shapeUse
	// smallDays counts typed times whose day of the month could be a month; otherDays those whose day could not.
	smallDays, otherDays int64
}

// mostDistinct bounds what is remembered of a column, mostYears its years.
const (
	mostDistinct = 1000
	mostYears    = 64
)

// What is kept of a read: so many columns, and of one whose values are mapped so many values.
const (
	mostColumns = 100
	mostValues  = 40
)

// shapeUse counts the cells of a shape and keeps the first one.
type shapeUse struct {
	cells   int64
	example string
}

// newProfile begins the profile of columns; used reports whether the mapping names one.
func newProfile(names []string, used func(column int) bool) *Profile {
	p := &Profile{Columns: make([]ColumnProfile, len(names)), seed: maphash.MakeSeed()}
	for i, name := range names {
		p.Columns[i] = ColumnProfile{Column: sourcelog.Column{Name: name}, Used: used(i), seen: map[uint64]struct{}{}, years: map[int]int64{}}
	}
	return p
}

// Long lists are looked at in part: all of the first rows, then one row of so many.
const (
	profiledWhole = 20_000
	profiledEvery = 32
)

// Add takes a row into the profile. taken is false for a rejected one: what is wrong with a single date of it is told already.
func (p *Profile) Add(values []Value, taken bool) {
	if p.Rows++; p.Rows > profiledWhole && p.Rows%profiledEvery != 0 {
		return
	}
	for i := range min(len(values), len(p.Columns)) {
		if c := &p.Columns[i]; c.Used {
			c.add(&values[i], p.seed, taken)
		}
	}
}

func (c *ColumnProfile) add(v *Value, seed maphash.Seed, taken bool) {
	switch v.Kind {
	case Null:
		c.Empty++
		return
	case Text:
		if !c.addText(v, seed, taken) {
			c.Empty++
		}
		return
	case Int:
		if c.values != nil {
			var scratch [24]byte
			countValue(c, strconv.AppendInt(scratch[:0], v.Int, 10))
		}
		c.addNumber(float64(min(max(v.Int, 1-spreadsheetDigits), spreadsheetDigits-1)), v.Int) // exact, unlike a spreadsheet's
	case Float:
		c.addNumber(v.Float, int64(math.Float64bits(v.Float)))
	case Time:
		c.Times++
		c.addTime(v.Time, taken)
		if v.Time.Day() <= 12 {
			c.smallDays++
		} else {
			c.otherDays++
		}
		c.distinct(uint64(v.Time.UnixNano()))
	default:
		c.Others++
	}
}

// codes has the values of the column counted, one by one.
func (c *ColumnProfile) codes(yes bool) {
	if yes {
		c.values = map[string]*int64{}
	}
}

// countValue counts a value of a column of codes, until they are too many to be codes.
func countValue[T string | []byte](c *ColumnProfile, value T) {
	if n := c.values[string(value)]; n != nil {
		*n++
		return
	}
	if len(c.values) == mostValues {
		c.values = nil
		return
	}
	n := int64(1)
	c.values[strings.Clone(string(value))] = &n
}

// addText takes a text in; false where it is empty.
func (c *ColumnProfile) addText(v *Value, seed maphash.Seed, taken bool) bool {
	text := strings.TrimSpace(v.Text)
	if text == "" {
		return false
	}
	c.Texts++
	if c.values != nil {
		countValue(c, text)
	}
	if len(c.seen) < mostDistinct {
		c.distinct(maphash.String(seed, text))
	}
	s := shapeOf(text)
	if s == shapeGuarded {
		c.Guarded++
	}
	use := &c.shapes[s]
	if use.cells++; use.cells == 1 {
		use.example = strings.Clone(cut(text, longestQuote))
	}
	switch s {
	case shapeISODate, shapeDayFirst, shapeEither, shapeMonthFirst:
		if day, ok := dayOfText(text, s); ok {
			c.addTime(day, taken)
		}
	case shapeOther:
		if canonical.Text(text) != text {
			if c.Hidden++; c.Hidden == 1 {
				c.What = canonical.Hidden(text)
			}
		}
	}
	return true
}

func (c *ColumnProfile) addNumber(number float64, key int64) {
	if c.Numbers == 0 || number < c.Least {
		c.Least = number
	}
	if c.Numbers == 0 || number > c.Most {
		c.Most = number
	}
	c.Numbers++
	c.distinct(uint64(key))
}

func (c *ColumnProfile) addTime(at time.Time, taken bool) {
	if c.First.IsZero() || at.Before(c.First) {
		c.First = at
	}
	if at.After(c.Last) {
		c.Last = at
	}
	if year := at.Year(); taken && (len(c.years) < mostYears || c.years[year] > 0) {
		c.years[year]++
	}
}

func (c *ColumnProfile) distinct(key uint64) {
	if len(c.seen) < mostDistinct {
		c.seen[key] = struct{}{}
		c.Distinct, c.Many = len(c.seen), len(c.seen) == mostDistinct
	}
}

// kept returns the profiles of a read with their doubts; now tells years that are far ahead.
func kept(profiles []*Profile, now time.Time) *sourcelog.Profile {
	all, columns := new(sourcelog.Profile), 0
	for _, one := range profiles {
		header := sourcelog.Header{Rows: one.Rows}
		for i := range one.Columns {
			c := &one.Columns[i]
			if !c.Used || columns == mostColumns {
				continue
			}
			columns++
			column := c.Column
			column.Name = cut(column.Name, kpi.MaxCode)
			column.Doubts = c.Doubts(now)
			for value, n := range c.values {
				if column.Values == nil {
					column.Values = make(map[string]int64, len(c.values))
				}
				column.Values[cut(canonical.Text(value), longestQuote)] += *n
			}
			header.Columns = append(header.Columns, column)
		}
		all.Headers = append(all.Headers, header)
	}
	return all
}
