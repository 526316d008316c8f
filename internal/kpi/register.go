package kpi

import (
	"cmp"
	"slices"
	"strconv"
)

// Register is the catalogue of procedures of all units, immutable once made.
type Register struct {
	tree   *Tree
	inUnit map[string][]Procedure // of the unit and those below it, by code
	known  map[string]map[string]Procedure
}

// NewRegister makes the register. Where two entries have the same unit and code, the later one counts.
func NewRegister(units []Unit, procedures []Procedure) *Register {
	r := &Register{tree: NewTree(units), inUnit: map[string][]Procedure{}, known: map[string]map[string]Procedure{}}
	for _, p := range procedures {
		if r.known[p.Unit] == nil {
			r.known[p.Unit] = map[string]Procedure{}
		}
		r.known[p.Unit][p.Code] = p
	}
	for unit, byCode := range r.known {
		for _, above := range r.tree.Lineage(unit) {
			for _, p := range byCode {
				r.inUnit[above] = append(r.inUnit[above], p)
			}
		}
	}
	for _, list := range r.inUnit {
		slices.SortFunc(list, func(a, b Procedure) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Unit, b.Unit)) })
	}
	return r
}

// Find returns the procedure under which a unit's dossiers of that code stand: the unit's own, or one declared above it.
func (r *Register) Find(unit, code string) (Procedure, bool) {
	for _, u := range r.tree.Lineage(unit) {
		if p, known := r.known[u][code]; known {
			return p, true
		}
	}
	return Procedure{}, false
}

// Describe returns the entry under which people know a code in a unit: the one that its dossiers stand under, else the first
// of those of the units below.
func (r *Register) Describe(unit, code string) (Procedure, bool) {
	if p, known := r.Find(unit, code); known {
		return p, true
	}
	list := r.inUnit[unit]
	i, found := slices.BinarySearchFunc(list, code, func(p Procedure, code string) int { return cmp.Compare(p.Code, code) })
	if !found {
		return Procedure{Code: code}, false
	}
	return list[i], true
}

// Known reports whether a unit may have dossiers of that code.
func (r *Register) Known(unit, code string) bool {
	_, known := r.Find(unit, code)
	return known
}

// Procedures lists the procedures of a unit and those below it, by code.
func (r *Register) Procedures(unit string) []Procedure { return r.inUnit[unit] }

// InForce reports whether the procedure is in force on a day.
func (p Procedure) InForce(day Day) bool {
	return (p.From == 0 || p.From <= day) && (p.To == 0 || day <= p.To)
}

// HasLevel reports whether the procedure stands at a service level: "1" to "4" of the old decree, "full" or "partial" of the
// new one. They are two separate fields and are never converted into each other.
func (p Procedure) HasLevel(level string) bool {
	return p.Online != "" && p.Online == level || p.Level > 0 && strconv.Itoa(int(p.Level)) == level
}

// ServiceLevels lists the levels in the order of the two decrees.
func ServiceLevels() []string { return []string{"1", "2", "3", "4", "full", "partial"} }

// count counts the unit's procedures in force on a day, at one of the levels; no levels means all. ok is false where no
// procedure was registered up to that day, or none with a level of the decree that is asked for: not known is not zero.
func (r *Register) count(unit string, day Day, levels []string) (n int64, ok bool) {
	for _, p := range r.inUnit[unit] {
		if p.From > day {
			continue
		}
		ok = ok || len(levels) == 0 || slices.ContainsFunc(levels, p.hasLevelOfSameDecree)
		if p.InForce(day) && (len(levels) == 0 || slices.ContainsFunc(levels, p.HasLevel)) {
			n++
		}
	}
	return n, ok
}

// hasLevelOfSameDecree reports whether the procedure has any level under the decree that knows this one.
func (p Procedure) hasLevelOfSameDecree(level string) bool {
	if level == "full" || level == "partial" {
		return p.Online != ""
	}
	return p.Level > 0
}
