package pages

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// kpiView explains a figure.
type kpiView struct {
	Name, Description string
	UnitLink, Unit    string
	Procedure         link // to its board; empty where the figure is of all procedures
	UnitHead          unitHead
	Choice            periodChoice
	Figure            figureView
	Numerator         string // its value
	Denominator       string
	NumeratorOf       string // what it counts
	DenominatorOf     string
	Facts             []fact
	Since             *since
	History           boardRow
	Board             string
	Sources           []sourceLine
	Parts             []partRow
	Units             []unitFigure
	Dossiers          *dossierList
	ID                string
}

type partRow struct{ Name, Code, Link, Lacking, Share string }

type unitFigure struct {
	unitHead
	Figure figureView
}

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

func (p *Pages) kpi(v *visit) (*content, error) {
	id := v.request.PathValue("kpi")
	def, known := v.model.Catalogue.Find(id)
	if !known {
		return nil, v.missing("missing.kpi", id)
	}
	unit, err := v.model.Unit(cmp.Or(v.request.URL.Query().Get("unit"), v.model.Tree.Root()))
	if err != nil {
		return nil, v.missing("missing.unit", v.request.URL.Query().Get("unit"))
	}
	c := &content{template: "kpi"}
	view := &kpiView{ID: id}
	code := v.request.URL.Query().Get("procedure")
	var period kpi.Period
	v.read(func(d *desk) {
		if code != "" && (!def.OfDossiers() || !slices.Contains(d.procedureCodes(unit.ID), code)) {
			err = v.missing("missing.procedure", code)
			return
		}
		var cut kpi.CutOff
		var mistake string
		period, cut, mistake = d.choose(d.month())
		d.goals.CutOff = cut // of the period: it decides the target's year and when the period ends
		c.status, c.title = wrong(mistake), d.kpiName(def)
		view.Choice = d.choice("/kpis/"+id, period, cut, mistake, "unit", unit.ID, "procedure", code)
		s := d.subject(unit, code, []kpi.Definition{def})
		a := d.explain(view, s, period)
		if mistake == "" {
			view.Since, c.cookies = d.sinceLastLook(s, a)
		}
	})
	if err != nil {
		return nil, err
	}
	if def.OfDossiers() {
		if view.Dossiers, err = p.behind(v, def, unit.ID, code, period); err != nil {
			return nil, err
		}
	}
	c.data, c.private = view, view.Dossiers != nil && view.Dossiers.Allowed
	return c, nil
}

// explained gives the figure that a page explains, against its target.
func (d *desk) explained(s subject, p kpi.Period) kpi.Assessment {
	def := s.defs[0]
	switch {
	case !def.Applies(p):
		return noFigure(def, s.unit.ID, p)
	case s.code != "":
		return d.judge(s, p)[0]
	}
	return d.books.Assess(def, d.books.Figure(def, s.unit.ID, p), d.goals)
}

// explain fills the page and gives the figure that it explains: of the one KPI of the subject.
func (d *desk) explain(view *kpiView, s subject, p kpi.Period) kpi.Assessment {
	def, u := s.defs[0], s.unit
	view.UnitHead = d.head(u)
	view.Unit, view.UnitLink = view.UnitHead.Name, view.UnitHead.Link
	view.Name, view.Description = d.kpiName(def), d.name(def.Description, "")
	a := d.explained(s, p)
	view.Figure = d.view(a, view.UnitHead.report)
	d.madeOfParts(view, s, a)
	view.Facts = d.kpiFacts(s, a)
	view.History.Name = view.Name
	d.picture(&view.History, d.remember(s, p, false), 0)
	cut := d.cutParameter(d.goals.CutOff)
	view.Board = d.toBoard(u.ID, "procedure", s.code, "period", p.Label, "cut", cut)
	for _, source := range d.sources {
		if d.model.Serves(source.Name, u.ID) {
			view.Sources = append(view.Sources, d.sourceLine(source))
		}
	}
	if s.code != "" {
		view.Procedure = link{Text: d.procedureName(u.ID, s.code), URL: view.Board}
		return a
	}
	view.Figure.Forecast = d.forecast(a)
	parts, all := d.books.Parts(def, u.ID, p)
	for _, part := range parts[:min(len(parts), 10)] {
		view.Parts = append(view.Parts, partRow{d.procedureName(u.ID, part.Procedure), part.Procedure,
			d.to("/kpis/"+def.ID, "unit", u.ID, "procedure", part.Procedure, "period", p.Label, "cut", cut),
			d.Number(part.Lacking, 0), d.Percent(part.Lacking/all, 0)})
	}
	for _, child := range d.model.Tree.Children(u.ID) {
		head := d.head(child)
		of := d.explained(d.subject(child, "", s.defs), p)
		view.Units = append(view.Units, unitFigure{head, d.view(of, head.report)})
	}
	slices.SortStableFunc(view.Units, func(a, b unitFigure) int { return cmp.Compare(gravity[b.Figure.Class], gravity[a.Figure.Class]) })
	return a
}

// madeOfParts fills in numerator and denominator: what was not reported is not 0.
func (d *desk) madeOfParts(view *kpiView, s subject, a kpi.Assessment) {
	def := s.defs[0]
	numerator, denominator := d.books.Reported(def, s.view, s.unit.ID, a.Period)
	none := func(text string, known bool) string {
		if !known || !def.Applies(a.Period) {
			return d.Say("none")
		}
		return text
	}
	if def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile {
		view.Numerator, view.NumeratorOf = none(d.Count("workdays", roundTo(a.Numerator, 1)), numerator), d.Say("term.handling")
		view.Denominator, view.DenominatorOf = none(d.Number(a.Denominator, 0), denominator), d.Say("term.handled")
		return
	}
	view.Numerator, view.NumeratorOf = none(d.Number(a.Numerator, 2), numerator), d.terms(def.Numerator)
	if def.Kind == kpi.KindShare {
		view.Denominator, view.DenominatorOf = none(d.Number(a.Denominator, 2), denominator), d.terms(def.Denominator)
	}
}

// kpiFacts are what else is known of a figure.
func (d *desk) kpiFacts(s subject, a kpi.Assessment) []fact {
	def := s.defs[0]
	var facts []fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, fact{d.Say(key), value})
		}
	}
	add("kpi.basis", cmp.Or(def.LegalBasis, d.Say("kpi.nobasis")))
	if a.Judged {
		add("target", d.target(def, a.Target.Value))
		if a.Target.Margin > 0 {
			add("kpi.margin", d.margin(def, a.Target.Margin))
		}
		add("kpi.targetbasis", a.Target.LegalBasis)
		if o := d.books.Outlook(a, d.goals); o.HasRequired && s.code == "" { // the recent days are the unit's
			add("kpi.required", d.required(def, o.Required))
		}
	} else if yearly, set := kpi.TargetFor(d.goals.Targets, def.ID, s.unit.ID, kpi.TargetYear(a.Period.To, d.goals.CutOff)); set && s.code == "" && !d.books.TargetApplies(def, a.Period.Kind) {
		add("target", d.Say("kpi.yearly", d.target(def, yearly.Value)))
		add("kpi.targetbasis", yearly.LegalBasis)
	}
	if def.Kind != kpi.KindCount {
		add("kpi.nodata", d.Say("nodata."+cmp.Or(def.NoData, kpi.NoDataNone)))
	}
	if from, err := kpi.ParseDay(def.From); err == nil {
		add("kpi.from", d.day(from))
	}
	if to, err := kpi.ParseDay(def.To); err == nil {
		add("kpi.to", d.day(to))
	}
	return facts
}

// margin writes a difference from a target.
func (l locale) margin(def kpi.Definition, v float64) string {
	if def.Kind == kpi.KindShare {
		return l.Count("points", roundTo(100*v, 2))
	}
	return l.value(def, v)
}

// required says what the rest of the period needs.
func (l locale) required(def kpi.Definition, r float64) string {
	switch {
	case r == 0:
		return l.Say("required.secured")
	case r > 1 && (def.Kind == kpi.KindShare || def.Direction == kpi.DirectionDown):
		return l.Say("required.impossible")
	case def.Kind == kpi.KindCount && def.Direction != kpi.DirectionDown:
		return l.Say("required.pace", l.Number(r, 2))
	case def.Direction == kpi.DirectionDown:
		return l.Say("required.avoid", l.Percent(r, 1))
	}
	return l.Say("required.share", l.Percent(r, 1))
}

// terms writes what is added up.
func (d *desk) terms(terms []kpi.Term) string {
	var texts []string
	for _, t := range terms {
		text := d.Say("term." + t.Count)
		if t.Count == kpi.CountObservation {
			text = t.Measure
			for _, m := range d.model.Config.Measures {
				if m.ID == t.Measure {
					text = d.name(m.Name, m.ID)
				}
			}
		}
		var filters []string
		for _, list := range [][]string{t.Channel, t.Timeliness, t.Outcome, t.Level} {
			var names []string
			for _, value := range list {
				names = append(names, d.Say("filter."+value))
			}
			if len(names) > 0 {
				filters = append(filters, strings.Join(names, ", "))
			}
		}
		if len(filters) > 0 {
			text += " (" + strings.Join(filters, "; ") + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " + ")
}

// errEnough ends the search for dossiers.
var errEnough = errors.New("enough")

// The parts of a figure whose dossiers a page lists.
const (
	partLacking     = "lacking" // in the denominator and not in the numerator
	partNumerator   = "numerator"
	partDenominator = "denominator"
)

// behind lists the dossiers behind a figure, for those who may see them: the first ones that are found.
func (p *Pages) behind(v *visit, def kpi.Definition, unit, code string, period kpi.Period) (*dossierList, error) {
	list := &dossierList{Allowed: v.mayReadRows()}
	if !list.Allowed {
		return list, nil
	}
	parts := []string{partNumerator}
	if def.Kind == kpi.KindShare {
		parts = []string{partLacking, partNumerator, partDenominator}
	}
	part := v.request.URL.Query().Get("part")
	if !slices.Contains(parts, part) {
		part = parts[0]
	}
	for _, name := range parts {
		list.Parts = append(list.Parts, link{v.Say("part." + name), v.to("/kpis/"+def.ID, "unit", unit, "procedure", code, "period", period.Label, "cut", v.request.URL.Query().Get("cut"), "part", name) + "#dossiers", name == part})
	}
	includes, err := selection(def, part, period)
	if err != nil {
		return nil, err
	}
	inForce := v.model
	err = p.Ledger.Dossiers(v.request.Context(), func(source string, d *kpi.Dossier) error {
		if !inForce.Tree.Within(d.Unit, unit) || code != "" && d.Procedure != code || !includes(inForce.Rules[source], d) {
			return nil
		}
		if len(list.Rows) == shownDossiers {
			list.More = true
			return errEnough
		}
		list.Rows = append(list.Rows, v.dossierRow(source, d))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	list.Count = v.Count("dossiers", float64(len(list.Rows)))
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

func (v *visit) dossierRow(source string, d *kpi.Dossier) dossierRow {
	row := dossierRow{ID: d.ID, Unit: d.Unit, Source: source, Procedure: d.Procedure, Channel: v.Say("filter." + d.Channel.String()),
		Received: v.day(d.Received.Day()), Due: v.day(d.Due.Day()), Finished: v.day(d.Finished.Day()), Outcome: v.Say("outcome.open")}
	if d.Outcome != kpi.Open {
		row.Outcome = v.Say("filter." + d.Outcome.String())
	}
	if u, err := v.model.Unit(d.Unit); err == nil {
		row.Unit = v.unitName(u)
	}
	return row
}
