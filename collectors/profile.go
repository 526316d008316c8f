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
		p.list = append(p.list, p.present)
	}
}

func (p *profiles) add(values []Value, taken bool) {
	if p.present != nil {
		p.present.Add(values, taken)
	}
}

// warn adds the doubts about the columns to a batch, as warnings that belong to no row.
func (p *profiles) warn(to *openBatch, now time.Time) {
	for _, one := range p.list {
		for i := range one.Columns {
			column := &one.Columns[i]
			for _, doubt := range column.Doubts(now) {
				to.lastID, to.last = cut(column.Name, kpi.MaxCode), 0
				to.warn(kpi.DoubtfulColumn, fmt.Sprintf("column %s: %s", quote(column.Name), doubt))
			}
		}
	}
}

// reads reports whether a field of the mapping is in a column.
func (b *Binding) reads(column int) bool {
	return slices.ContainsFunc(b.fields, func(f *field) bool {
		return slices.ContainsFunc(f.at, func(at spot) bool { return at.column == column && at.path == nil })
	})
}

// Profile sums up what the columns of one read hold, as a clerk who leafs through the list would: kinds of cells, empty
// ones, how many different ones, the range, and what is odd about a column as a whole. One goroutine at a time uses it;
// its memory does not grow with the rows.
type Profile struct {
	Rows    int64
	Columns []ColumnProfile
	seed    maphash.Seed
}

// ColumnProfile is the summary of one column. Numbers are those of cells.
type ColumnProfile struct {
	Name  string
	Used  bool // the mapping names it
	Empty int64
	// Texts, Numbers, Times and Others (yes or no, errors) partition the cells that are not empty.
	Texts, Numbers, Times, Others int64
	// Distinct is how many different cells there are; at most mostDistinct are told apart.
	Distinct int
	// First and Last are the range of times, or of days that texts write; zero where there is none.
	First, Last time.Time
	// Least and Most are the range of numbers; without numbers both are 0.
	Least, Most float64

	seen   map[uint64]struct{}
	years  map[int]int64
	shapes [shapeCount]shapeUse
	// smallDays counts typed times whose day of the month could be a month; otherDays those whose day could not.
	smallDays, otherDays int64
	// hidden counts texts with something that cannot be seen, and says what the first one has.
	hidden int64
	what   string
}

// mostDistinct bounds what is remembered of a column, mostYears its years.
const (
	mostDistinct = 1000
	mostYears    = 64
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
		p.Columns[i] = ColumnProfile{Name: name, Used: used(i), seen: map[uint64]struct{}{}, years: map[int]int64{}}
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

// addText takes a text in; false where it is empty.
func (c *ColumnProfile) addText(v *Value, seed maphash.Seed, taken bool) bool {
	text := strings.TrimSpace(v.Text)
	if text == "" {
		return false
	}
	c.Texts++
	if len(c.seen) < mostDistinct {
		c.distinct(maphash.String(seed, text))
	}
	s := shapeOf(text)
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
			if c.hidden++; c.hidden == 1 {
				c.what = canonical.Hidden(text)
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
		c.Distinct = len(c.seen)
	}
}

// String describes the column on one line: "8 texts, 2 empty, 5 different".
func (c *ColumnProfile) String() string {
	var parts []string
	count := func(n int64, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	count(c.Texts, "texts")
	count(c.Numbers, "numbers")
	count(c.Times, "dates")
	count(c.Others, "others")
	count(c.Empty, "empty")
	count(c.shapes[shapeGuarded].cells, "guarded against spreadsheets")
	if c.hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d with what cannot be seen (%s)", c.hidden, c.what))
	}
	if c.Distinct > 0 {
		different := strconv.Itoa(c.Distinct)
		if c.Distinct >= mostDistinct {
			different = "at least " + different
		}
		parts = append(parts, different+" different")
	}
	if c.Numbers > 0 {
		parts = append(parts, fmt.Sprintf("%s to %s", short(c.Least), short(c.Most)))
	}
	if !c.First.IsZero() {
		parts = append(parts, fmt.Sprintf("%s to %s", c.First.Format(time.DateOnly), c.Last.Format(time.DateOnly)))
	}
	return strings.Join(parts, ", ")
}
