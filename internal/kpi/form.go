package kpi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FormLine is one line of form II.06a, for a unit, a field or a procedure.
type FormLine struct {
	Unit      string `json:"unit"`
	Procedure string `json:"procedure,omitempty"`
	Field     string `json:"field,omitempty"`
	Name      string `json:"name"`
	Period    string `json:"period"`
	Books     int64  `json:"books"` // as Books.Serial
	Tally
}

// The ways to divide the form.
const (
	FormByUnit      = "unit"
	FormByField     = "field"
	FormByProcedure = "procedure"
)

// Form fills form II.06a for a unit, with all units below it, and a period; by is one of the three ways to divide it. By
// unit there is a line for the unit and one for each right below it; by field or procedure the lines add up to the unit.
func (b *Books) Form(by, unit string, p Period) (lines []FormLine, err error) {
	switch by {
	case FormByUnit:
		lines = b.formByUnit(unit, p)
	case FormByField:
		lines = b.formByField(unit, p)
	case FormByProcedure:
		lines = b.formByProcedure(unit, p)
	default:
		ways := []string{FormByUnit, FormByField, FormByProcedure}
		return nil, fmt.Errorf("the form cannot be divided by %q: allowed are %s", by, strings.Join(ways, ", "))
	}
	for i := range lines {
		lines[i].Books = b.Serial
	}
	return lines, nil
}

func (b *Books) formByUnit(unit string, p Period) (lines []FormLine) {
	for _, u := range b.Daybook.Units() {
		if u.ID == unit || u.Parent == unit {
			lines = append(lines, FormLine{Unit: u.ID, Name: u.Name[DefaultLanguage], Period: p.Label, Tally: b.Daybook.Unit(u.ID).Tally(p)})
		}
	}
	return lines
}

func (b *Books) formByProcedure(unit string, p Period) (lines []FormLine) {
	for _, code := range b.Daybook.Procedures(unit) {
		entry, _ := b.Register.Describe(unit, code)
		lines = append(lines, FormLine{Unit: unit, Procedure: code, Field: entry.Field, Name: entry.Name, Period: p.Label,
			Tally: b.Daybook.Procedure(unit, code).Tally(p)})
	}
	return lines
}

// formByField adds up the procedures of each field. A dossier belongs to the field that its own unit's catalogue names.
func (b *Books) formByField(unit string, p Period) (lines []FormLine) {
	fields := map[string]Tally{}
	for _, u := range b.Daybook.Units() {
		if !b.Daybook.tree.Within(u.ID, unit) {
			continue
		}
		for code, view := range b.Daybook.OwnProcedures(u.ID) {
			entry, _ := b.Register.Describe(u.ID, code)
			fields[entry.Field] = fields[entry.Field].Add(view.Tally(p))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		lines = append(lines, FormLine{Unit: unit, Field: field, Name: field, Period: p.Label, Tally: fields[field]})
	}
	return lines
}
