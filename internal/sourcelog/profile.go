package sourcelog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Profile is what the columns of one read held, as a person sees it who leafs through the list. The ledger keeps that of the
// last complete read of each source.
type Profile struct {
	Read     time.Time `json:"read"`            // when the read ended
	Complete bool      `json:"complete"`        // every row that the system holds was read
	Headers  []Header  `json:"headers"`         // one for each header that the read had
	Jumps    []Doubt   `json:"jumps,omitempty"` // of the list as a whole since an earlier read
	// Base is the profile of the last complete read before something jumped, and Jumped when that was seen; nil where nothing has.
	Base   *Profile  `json:"base,omitempty"`
	Jumped time.Time `json:"jumped,omitzero"`
}

// Rows counts the rows of all headers.
func (p *Profile) Rows() (n int64) {
	for i := range p.Headers {
		n += p.Headers[i].Rows
	}
	return n
}

// Column finds a column by its name, first in the header with the number given; nil where there is none.
func (p *Profile) Column(header int, name string) *Column {
	for i := range p.Headers {
		columns := p.Headers[(header+i)%len(p.Headers)].Columns
		for c := range columns {
			if columns[c].Name == name {
				return &columns[c]
			}
		}
	}
	return nil
}

// Header is a list of the read: its rows, and those of its columns that the mapping names.
type Header struct {
	Rows    int64    `json:"rows"`
	Columns []Column `json:"columns"`
}

// Column is what one column held. Texts, Numbers, Times, Others (yes or no, errors) and Empty partition the cells looked at: all of
// the first rows, then one row of so many.
type Column struct {
	Name    string `json:"name"`
	Texts   int64  `json:"texts,omitempty"`
	Numbers int64  `json:"numbers,omitempty"`
	Times   int64  `json:"times,omitempty"`
	Others  int64  `json:"others,omitempty"`
	Empty   int64  `json:"empty,omitempty"`
	// Guarded counts texts that an export has guarded against spreadsheets.
	Guarded int64 `json:"guarded,omitempty"`
	// Hidden counts texts with something that cannot be seen, and What says what the first one has.
	Hidden int64  `json:"hidden,omitempty"`
	What   string `json:"what,omitempty"`
	// Distinct is how many different cells there are; with Many, at least so many.
	Distinct int  `json:"distinct,omitempty"`
	Many     bool `json:"many,omitempty"`
	// First and Last are the range of times, or of days that texts write; zero where there is none.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Least and Most are the range of numbers; without numbers both are 0.
	Least float64 `json:"least,omitempty"`
	Most  float64 `json:"most,omitempty"`
	// Values counts the values of a column whose values are mapped to a few meanings; nil for others, and where they are many.
	Values map[string]int64 `json:"values,omitempty"`
	Doubts []Doubt          `json:"doubts,omitempty"`
	Jumps  []Doubt          `json:"jumps,omitempty"` // since an earlier read
}

// Cells counts the cells that were looked at.
func (c *Column) Cells() int64 { return c.Texts + c.Numbers + c.Times + c.Others + c.Empty }

// String describes the column on one line: "8 texts, 2 empty, 5 different".
func (c *Column) String() string {
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
	count(c.Guarded, "guarded against spreadsheets")
	if c.Hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d with what cannot be seen (%s)", c.Hidden, c.What))
	}
	if c.Distinct > 0 {
		different := strconv.Itoa(c.Distinct)
		if c.Many {
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

func short(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

// Doubt is something odd about a column, or a list, as a whole.
type Doubt struct {
	Kind DoubtKind `json:"kind"`
	// Counts, Words and Examples are what its text names, in this order. Examples are cells: not everybody may see them.
	Counts   []int64  `json:"counts,omitempty"`
	Words    []string `json:"words,omitempty"`
	Examples []string `json:"examples,omitempty"`
}

// DoubtKind says what is odd. Pages have its words under "doubt.KIND".
type DoubtKind string

// What may be odd about a column.
const (
	SwappedDays      DoubtKind = "swapped_days"       // a program that puts the month first has read the dates
	MixedDates       DoubtKind = "mixed_dates"        // typed dates, and texts that look like dates
	DayAndMonthFirst DoubtKind = "day_or_month_first" // both orders stand in the column
	TwoDateForms     DoubtKind = "two_date_forms"     // dates are written in two ways
	ShortenedNumbers DoubtKind = "shortened_numbers"  // 2.02603E+17
	HalfNumbers      DoubtKind = "half_numbers"       // a column of codes of which some are numbers
	ManyDigits       DoubtKind = "many_digits"        // more than a spreadsheet keeps
	OddYear          DoubtKind = "odd_year"           // hardly a date has it, and it is far from the others
)

// What may have jumped since an earlier read.
const (
	RowsJumped   DoubtKind = "rows_jumped"   // far more rows, or far fewer
	EmptyJumped  DoubtKind = "empty_jumped"  // a column that was filled is empty in many rows
	ValueGone    DoubtKind = "value_gone"    // of a column of codes
	ValueNew     DoubtKind = "value_new"     // likewise
	DaysMoved    DoubtKind = "days_moved"    // the days of a column are of another time
	NumbersMoved DoubtKind = "numbers_moved" // the largest is many times as large, or a small part
)

// DoubtKinds lists all kinds.
func DoubtKinds() []DoubtKind {
	return []DoubtKind{SwappedDays, MixedDates, DayAndMonthFirst, TwoDateForms, ShortenedNumbers, HalfNumbers, ManyDigits, OddYear,
		RowsJumped, EmptyJumped, ValueGone, ValueNew, DaysMoved, NumbersMoved}
}

// Format returns the kind's text, with verbs for the counts, words and examples.
func (k DoubtKind) Format() string {
	switch k {
	case SwappedDays:
		return "%s cells are dates, all of the 1st to 12th, and %s are texts such as %s, all of later days: a program that puts the month " +
			"first has read the dates, and day and month may be swapped in them"
	case MixedDates:
		return "typed dates (%s) and texts that look like dates (%s) are mixed"
	case DayAndMonthFirst:
		return "some dates have the day first (%s), some the month (%s)"
	case TwoDateForms:
		return "dates are written in two ways, such as %s and %s"
	case ShortenedNumbers:
		return "%s cells are numbers as a spreadsheet shortens them, such as %s: their last digits are lost"
	case HalfNumbers:
		return "%s cells are numbers and %s are texts such as %s: a spreadsheet that makes numbers of codes cuts zeros off at both ends"
	case ManyDigits:
		return "numbers have more digits than a spreadsheet keeps: behind the 15th they are 0"
	case OddYear:
		return "%s of %s dates are of the year %s, where most are of %s"
	case RowsJumped:
		return "the list had %[1]s rows in the read of %[3]s, now %[2]s"
	case EmptyJumped:
		return "%[1]s %% of its cells were empty in the read of %[3]s, now %[2]s %%"
	case ValueGone:
		return "the value %[3]s stood in %[1]s cells in the read of %[2]s, now in none"
	case ValueNew:
		return "the value %[3]s stands in %[1]s cells now, in the read of %[2]s in none"
	case DaysMoved:
		return "its days went from %[1]s to %[2]s in the read of %[5]s, now from %[3]s to %[4]s"
	case NumbersMoved:
		return "its largest number was %[1]s in the read of %[3]s, now %[2]s"
	}
	return string(k)
}

// String says the doubt in one sentence.
func (d Doubt) String() string {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	word := func(text string) string { return text }
	return fmt.Sprintf(d.Kind.Format(), d.Parts(count, word, strconv.Quote)...)
}

// Parts returns what the text names: counts, words and examples as the functions given write them.
func (d Doubt) Parts(count func(int64) string, word, example func(string) string) (parts []any) {
	for _, n := range d.Counts {
		parts = append(parts, count(n))
	}
	for _, one := range d.Words {
		parts = append(parts, word(one))
	}
	for _, cell := range d.Examples {
		parts = append(parts, example(cell))
	}
	return parts
}
