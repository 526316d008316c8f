package kpi

import (
	"cmp"
	"slices"
)

// Part is one procedure's part in what a figure lacks.
type Part struct {
	Procedure string
	// Lacking counts the dossiers that keep the figure from being perfect: of a share those of the denominator that are not
	// in the numerator (direction down: those in the numerator), of a count those counted. Of is the figure's denominator.
	Lacking, Of float64
}

// Parts says which procedures of a unit, with all units below it, a figure's lack is made of, the most first, and how much
// it is in all. There are none for a figure that is not made of dossiers, nor for handling times, nor where more is better
// in a count.
func (b *Books) Parts(def Definition, unit string, p Period) (parts []Part, all float64) {
	if def.Kind != KindShare && (def.Kind != KindCount || def.Direction != DirectionDown) || !def.OfDossiers() {
		return nil, 0
	}
	for _, code := range b.Daybook.Procedures(unit) {
		view := b.Daybook.Procedure(unit, code)
		numerator, _ := b.sum(def.Numerator, view, unit, p, nil)
		part := Part{Procedure: code, Lacking: numerator}
		if def.Kind == KindShare {
			part.Of, _ = b.sum(def.Denominator, view, unit, p, nil)
			if def.Direction != DirectionDown {
				part.Lacking = part.Of - numerator
			}
		}
		if part.Lacking > 0 {
			parts = append(parts, part)
			all += part.Lacking
		}
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(b.Lacking, a.Lacking) })
	return parts, all
}

// OfDossiers says whether a KPI is made of dossiers, so that those behind it can be listed.
func (d Definition) OfDossiers() bool {
	return d.ofHandlingTime() || !slices.ContainsFunc(slices.Concat(d.Numerator, d.Denominator), func(t Term) bool {
		return t.Count == CountProcedures || t.Count == CountObservation
	})
}

// OfProcedures says whether a KPI counts procedures.
func (d Definition) OfProcedures() bool {
	return slices.ContainsFunc(d.Numerator, func(t Term) bool { return t.Count == CountProcedures })
}
