package pages

import (
	"cmp"
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

func (p *Pages) kpi(r *request) (*content, error) {
	id := r.http.PathValue("kpi")
	def, known := r.model.Catalogue.Find(id)
	if !known {
		return nil, r.missing("missing.kpi", id)
	}
	unit, err := r.model.Unit(cmp.Or(r.http.URL.Query().Get("unit"), r.model.Tree.Root()))
	if err != nil {
		return nil, r.missing("missing.unit", r.http.URL.Query().Get("unit"))
	}
	c := &content{template: "kpi"}
	view := &kpiView{ID: id}
	code := r.http.URL.Query().Get("procedure")
	var period kpi.Period
	r.read(func(b *builder) {
		if code != "" && (!def.OfDossiers() || !slices.Contains(b.procedureCodes(unit.ID), code)) {
			err = r.missing("missing.procedure", code)
			return
		}
		var cut kpi.CutOff
		var mistake string
		period, cut, mistake = b.choose(b.month())
		b.goals.CutOff = cut // of the period: it decides the target's year and when the period ends
		c.status, c.title = wrong(mistake), b.kpiName(def)
		view.Choice = b.choice("/kpis/"+id, period, cut, mistake, "unit", unit.ID, "procedure", code)
		s := b.subject(unit, code, []kpi.Definition{def})
		a := b.explain(view, s, period)
		if mistake == "" {
			view.Since, c.cookies = b.sinceLastVisit(s, a)
		}
	})
	if err != nil {
		return nil, err
	}
	if def.OfDossiers() {
		if view.Dossiers, err = p.behind(r, def, unit.ID, code, period); err != nil {
			return nil, err
		}
	}
	c.data, c.private = view, view.Dossiers != nil && view.Dossiers.Allowed
	return c, nil
}

// explained returns the figure that a page explains, against its target.
func (b *builder) explained(s subject, p kpi.Period) kpi.Assessment {
	def := s.defs[0]
	switch {
	case !def.Applies(p):
		return noFigure(def, s.unit.ID, p)
	case s.code != "":
		return b.judge(s, p)[0]
	}
	return b.books.Assess(def, b.books.Figure(def, s.unit.ID, p), b.goals)
}

// explain fills the page and returns the figure that it explains: of the one KPI of the subject.
func (b *builder) explain(view *kpiView, s subject, p kpi.Period) kpi.Assessment {
	def, u := s.defs[0], s.unit
	view.UnitHead = b.head(u)
	view.Unit, view.UnitLink = view.UnitHead.Name, view.UnitHead.Link
	view.Name, view.Description = b.kpiName(def), b.name(def.Description, "")
	a := b.explained(s, p)
	view.Figure = b.view(a, view.UnitHead.report)
	b.madeOfParts(view, s, a)
	view.Facts = b.kpiFacts(s, a)
	view.History.Name = view.Name
	b.picture(&view.History, b.remember(s, p, false), 0)
	cut := b.cutParameter(b.goals.CutOff)
	view.Board = b.toBoard(u.ID, "procedure", s.code, "period", p.Label, "cut", cut)
	for _, source := range b.sources {
		if b.model.Serves(source.Name, u.ID) {
			view.Sources = append(view.Sources, b.sourceLine(source))
		}
	}
	if s.code != "" {
		view.Procedure = link{Text: b.procedureName(u.ID, s.code), URL: view.Board}
		return a
	}
	view.Figure.Forecast = b.forecast(a)
	parts, all := b.books.Parts(def, u.ID, p)
	for _, part := range parts[:min(len(parts), 10)] {
		view.Parts = append(view.Parts, partRow{b.procedureName(u.ID, part.Procedure), part.Procedure,
			b.to("/kpis/"+def.ID, "unit", u.ID, "procedure", part.Procedure, "period", p.Label, "cut", cut),
			b.Number(part.Lacking, 0), b.Percent(part.Lacking/all, 0)})
	}
	for _, child := range b.model.Tree.Children(u.ID) {
		head := b.head(child)
		of := b.explained(b.subject(child, "", s.defs), p)
		view.Units = append(view.Units, unitFigure{head, b.view(of, head.report)})
	}
	slices.SortStableFunc(view.Units, func(x, y unitFigure) int {
		return cmp.Compare(gravity[y.Figure.Class], gravity[x.Figure.Class])
	})
	return a
}

// madeOfParts fills in numerator and denominator: what was not reported is not 0.
func (b *builder) madeOfParts(view *kpiView, s subject, a kpi.Assessment) {
	def := s.defs[0]
	numerator, denominator := b.books.Reported(def, s.view, s.unit.ID, a.Period)
	none := func(text string, known bool) string {
		if !known || !def.Applies(a.Period) {
			return b.Say("none")
		}
		return text
	}
	if def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile {
		view.Numerator, view.NumeratorOf = none(b.Count("workdays", roundTo(a.Numerator, 1)), numerator), b.Say("term.handling")
		view.Denominator, view.DenominatorOf = none(b.Number(a.Denominator, 0), denominator), b.Say("term.handled")
		return
	}
	view.Numerator, view.NumeratorOf = none(b.Number(a.Numerator, 2), numerator), b.terms(def.Numerator)
	if def.Kind == kpi.KindShare {
		view.Denominator, view.DenominatorOf = none(b.Number(a.Denominator, 2), denominator), b.terms(def.Denominator)
	}
}

// kpiFacts are what else is known of a figure.
func (b *builder) kpiFacts(s subject, a kpi.Assessment) []fact {
	def := s.defs[0]
	var facts []fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, fact{b.Say(key), value})
		}
	}
	add("kpi.basis", cmp.Or(def.LegalBasis, b.Say("kpi.nobasis")))
	if a.Judged {
		add("target", b.target(def, a.Target.Value))
		if a.Target.Margin > 0 {
			add("kpi.margin", b.margin(def, a.Target.Margin))
		}
		add("kpi.targetbasis", a.Target.LegalBasis)
		if o := b.books.Outlook(a, b.goals); o.HasRequired && s.code == "" { // the recent days are the unit's
			add("kpi.required", b.required(def, o.Required))
		}
	} else if yearly, set := b.targetOfYear(s, a.Period); set && s.code == "" && !b.books.TargetApplies(def, a.Period.Kind) {
		add("target", b.Say("kpi.yearly", b.target(def, yearly.Value)))
		add("kpi.targetbasis", yearly.LegalBasis)
	}
	if def.Kind != kpi.KindCount {
		add("kpi.nodata", b.Say("nodata."+cmp.Or(def.NoData, kpi.NoDataNone)))
	}
	if from, err := kpi.ParseDay(def.From); err == nil {
		add("kpi.from", b.day(from))
	}
	if to, err := kpi.ParseDay(def.To); err == nil {
		add("kpi.to", b.day(to))
	}
	return facts
}

// targetOfYear returns the target of the year that a period ends in.
func (b *builder) targetOfYear(s subject, p kpi.Period) (kpi.Target, bool) {
	return kpi.TargetFor(b.goals.Targets, s.defs[0].ID, s.unit.ID, kpi.TargetYear(p.To, b.goals.CutOff))
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
func (b *builder) terms(terms []kpi.Term) string {
	var texts []string
	for _, t := range terms {
		text := b.Say("term." + t.Count)
		if t.Count == kpi.CountObservation {
			text = t.Measure
			for _, m := range b.model.Config.Measures {
				if m.ID == t.Measure {
					text = b.name(m.Name, m.ID)
				}
			}
		}
		var filters []string
		for _, list := range [][]string{t.Channel, t.Timeliness, t.Outcome, t.Level} {
			var names []string
			for _, value := range list {
				names = append(names, b.Say("filter."+value))
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
