package daily

import (
	"cmp"
	"fmt"
	"strings"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// piece is what one block has: one part of the figures of one calendar month.
type piece struct {
	part  exposition.Part
	month month
}

// The parts are kept and written apart: what there is of procedures is many times as much as what there is of units, and
// asked for less.
var parts = []struct {
	part exposition.Part
	name string
}{{exposition.OfUnits, "units"}, {exposition.OfProcedures, "procedures"}}

// before orders pieces as they are written: units before procedures, and the newest first.
func (p piece) before(other piece) int {
	return cmp.Or(cmp.Compare(p.part, other.part), cmp.Compare(other.month, p.month))
}

func (p piece) String() string {
	for _, known := range parts {
		if known.part == p.part {
			return p.month.String() + "/" + known.name
		}
	}
	return p.month.String()
}

// MarshalText writes 2026-03/units.
func (p piece) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads 2026-03/units.
func (p *piece) UnmarshalText(text []byte) error {
	month, name, _ := strings.Cut(string(text), "/")
	day, err := kpi.ParseDay(month + "-01")
	if err == nil {
		for _, known := range parts {
			if known.name == name {
				*p = piece{known.part, monthOf(day)}
				return nil
			}
		}
	}
	return fmt.Errorf("%q is not a month with one of the parts", text)
}
