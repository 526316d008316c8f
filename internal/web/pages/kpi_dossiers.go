package pages

import (
	"context"
	"errors"
	"slices"

	"kpiagent/internal/kpi"
)

// dossierList are the dossiers behind a figure.
type dossierList struct {
	Allowed bool
	Parts   []link
	Count   string
	Rows    []dossierRow
	More    bool
}

type dossierRow struct{ ID, Unit, Source, Procedure, Channel, Received, Due, Finished, Outcome string }

// shownDossiers is how many dossiers a page lists; the command dossiers lists them all.
const shownDossiers = 200

// errEnough ends the search for dossiers.
var errEnough = errors.New("enough")

// The parts of a figure whose dossiers a page lists.
const (
	partLacking     = "lacking" // in the denominator and not in the numerator
	partNumerator   = "numerator"
	partDenominator = "denominator"
)

// behind lists the dossiers behind a figure, for those who may see them: the first ones that are found.
func (p *Pages) behind(r *request, def kpi.Definition, unit, code string, period kpi.Period) (*dossierList, error) {
	list := &dossierList{Allowed: r.mayReadRows()}
	if !list.Allowed {
		return list, nil
	}
	parts := []string{partNumerator}
	if def.Kind == kpi.KindShare {
		parts = []string{partLacking, partNumerator, partDenominator}
	}
	part := r.http.URL.Query().Get("part")
	if !slices.Contains(parts, part) {
		part = parts[0]
	}
	for _, name := range parts {
		address := r.to("/kpis/"+def.ID, "unit", unit, "procedure", code, "period", period.Label,
			"cut", r.http.URL.Query().Get("cut"), "part", name)
		list.Parts = append(list.Parts, link{r.Say("part." + name), address + "#dossiers", name == part})
	}
	includes, err := selection(def, part, period)
	if err != nil {
		return nil, err
	}
	inForce := r.model
	err = p.Ledger.Dossiers(r.http.Context(), func(source string, d *kpi.Dossier) error {
		if !inForce.Tree.Within(d.Unit, unit) || code != "" && d.Procedure != code || !includes(inForce.Rules[source], d) {
			return nil
		}
		if len(list.Rows) == shownDossiers {
			list.More = true
			return errEnough
		}
		list.Rows = append(list.Rows, r.dossierRow(source, d))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	list.Count = r.Count("dossiers", float64(len(list.Rows)))
	return list, nil
}

func selection(def kpi.Definition, part string, p kpi.Period) (func(kpi.Rules, *kpi.Dossier) bool, error) {
	of, err := kpi.SelectKPI(def, part != partNumerator, p)
	if err != nil {
		return nil, err
	}
	if part != partLacking {
		return of.Includes, nil
	}
	in, err := kpi.SelectKPI(def, false, p)
	return func(r kpi.Rules, d *kpi.Dossier) bool { return of.Includes(r, d) && !in.Includes(r, d) }, err
}

func (r *request) dossierRow(source string, d *kpi.Dossier) dossierRow {
	row := dossierRow{ID: d.ID, Unit: d.Unit, Source: source, Procedure: d.Procedure, Channel: r.Say("filter." + d.Channel.String()),
		Received: r.day(d.Received.Day()), Due: r.day(d.Due.Day()), Finished: r.day(d.Finished.Day()), Outcome: r.Say("outcome.open")}
	if d.Outcome != kpi.Open {
		row.Outcome = r.Say("filter." + d.Outcome.String())
	}
	if u, err := r.model.Unit(d.Unit); err == nil {
		row.Unit = r.unitName(u)
	}
	return row
}
