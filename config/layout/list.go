package layout

import (
	"fmt"
	"slices"
	"strings"

	"kpiagent/internal/canonical"
)

// defaults are tried where the configuration names none: forms that cannot be mistaken.
var defaults = []string{"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd", ISO, "yyyy-MM-dd'T'HH:mm:ss"}

// List is the layouts of one column, tried in order.
type List struct {
	layouts []Layout
	names   []string
}

// NewList compiles the layouts of dates; without any it is yyyy-MM-dd, with or without HH:mm:ss, and ISO. period is month or
// year for dates that may name one as a whole, and "" for days.
func NewList(names []string, period string) (List, error) {
	parse, fallback := Parse, defaults
	if period != "" {
		parse, fallback = ParsePeriod, append([]string{"yyyy-MM", "M/yyyy"}, defaults...)
	}
	if period == "year" {
		fallback = append([]string{"yyyy"}, fallback...)
	}
	if len(names) == 0 {
		names = fallback
	}
	l := List{names: slices.Clone(names)}
	for _, name := range names {
		one, err := parse(canonical.Text(name))
		if err != nil {
			return List{}, fmt.Errorf("%q is not a date layout: %w", name, err)
		}
		l.layouts = append(l.layouts, one)
	}
	return l, nil
}

// First returns the first layout, in which dates are written.
func (l List) First() Layout { return l.layouts[0] }

// String returns the names of the layouts for a message.
func (l List) String() string { return strings.Join(l.names, ", ") }

// Read reads a text that has no spaces around it by the first layout that fits. Absurd where one has the form of the text but
// no such day.
func (l List) Read(text string) (Moment, Fit) {
	best := Unfit
	for i := range l.layouts {
		moment, fit := l.layouts[i].read(text)
		if fit == Fits {
			return moment, Fits
		}
		best = max(best, fit)
	}
	return Moment{}, best
}
