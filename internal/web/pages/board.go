package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// boardView is the page for leaders: the KPIs of a unit, or of one procedure of it, each with its history.
type boardView struct {
	Unit      unitHead
	Procedure string // its name; empty on the board of a unit
	Code      string
	Parents   []link
	Quiet     string
	Tally     []standingCount
	Choice    periodChoice
	Steps     []link // by month, by week
	Year      string
	Before    string // the year before it
	Judged    []boardRow
	Others    []boardRow
	Units     []childRow
	Listed    []listedProcedure
	More      string // how many procedures are not listed
}

// boardRow is one KPI on the board.
type boardRow struct {
	card
	Past   *picture // months or weeks
	Course *picture // the year
	NoPast string   // why there is no picture
	Tables []numbers
}

// numbers is a table of what a picture shows; the first cell of a row says when.
type numbers struct {
	Caption string
	Columns []string
	Rows    [][]string
}

// listedProcedure is a procedure with the address of its board.
type listedProcedure struct {
	procedureRow
	Link string
}

// subject is what a board is about: KPIs of a unit with all below it, or of one procedure there.
type subject struct {
	unit kpi.Unit
	code string // of the procedure; empty: all
	view kpi.View
	defs []kpi.Definition
	span []kpi.Period // for each of them the days for which the books know it; an empty one where they know nothing
	// until is the last day on which all sources of the unit could be read: a month or week that began after it would tell of
	// the silence, and not of the unit.
	until kpi.Day
}

func (p *Pages) board(v *visit) (*content, error) {
	query := v.request.URL.Query()
	u, err := v.model.Unit(cmp.Or(query.Get("unit"), v.model.Tree.Root()))
	if err != nil {
		return nil, v.missing("missing.unit", query.Get("unit"))
	}
	c := &content{template: "board", class: "board"}
	v.read(func(d *desk) {
		code := query.Get("procedure")
		if code != "" && !slices.Contains(d.procedureCodes(u.ID), code) {
			err = v.missing("missing.procedure", code)
			return
		}
		period, cut, mistake := d.choose(d.month())
		d.goals.CutOff = cut
		view := d.board(u, code, period, cut, mistake)
		c.data, c.status = view, wrong(mistake)
		c.title = d.Say("board.title", cmp.Or(view.Procedure, view.Unit.Name))
	})
	return c, err
}

func (d *desk) board(u kpi.Unit, code string, p kpi.Period, cut kpi.CutOff, mistake string) *boardView {
	query := d.request.URL.Query()
	s := d.subject(u, code, d.model.Catalogue)
	step, period := "", ""
	if query.Get("by") == byWeek {
		step = byWeek
	}
	if query.Has("period") || query.Has("from") {
		period = p.Label
	}
	to := func(unit string, parameters ...string) string {
		return d.toBoard(unit, append([]string{"period", period, "cut", d.cutParameter(cut), "by", step}, parameters...)...)
	}
	b := &boardView{Unit: d.head(u), Code: code, Choice: d.choice("/board", p, cut, mistake, "unit", u.ID, "procedure", code, "by", step)}
	b.Steps = []link{
		{d.Say("board.bymonth"), to(u.ID, "procedure", code, "by", ""), step == ""},
		{d.Say("board.byweek"), to(u.ID, "procedure", code, "by", byWeek), step == byWeek},
	}
	if b.Unit.Stale {
		b.Quiet = d.silenceSentence(b.Unit)
	}
	year := kpi.PeriodOf(kpi.PeriodYear, p.To, cut)
	b.Year, b.Before = d.period(year), d.period(year.Previous(cut))
	d.fillBoard(b, p, d.remember(s, p, step == byWeek))
	var classes []string
	for _, row := range b.Judged {
		classes = append(classes, row.Class)
	}
	b.Tally = d.standings(classes)
	b.Parents = d.above(u, to)
	if code != "" {
		b.Procedure = d.procedureName(u.ID, code)
		b.Parents = append(b.Parents, link{Text: b.Unit.Name, URL: to(u.ID)})
		return b
	}
	for _, child := range d.model.Tree.Children(u.ID) {
		b.Units = append(b.Units, childRow{d.head(child), d.standings(d.classes(child.ID))})
		b.Units[len(b.Units)-1].Link = to(child.ID)
	}
	d.listProcedures(b, p, to)
	return b
}

func (l locale) toBoard(unit string, parameters ...string) string {
	return l.to("/board", append([]string{"unit", unit}, parameters...)...)
}

// subject says what is counted, and from when on it is known.
func (d *desk) subject(u kpi.Unit, code string, defs []kpi.Definition) subject {
	s := subject{unit: u, code: code, view: d.books.Daybook.Unit(u.ID), defs: defs, until: d.today}
	if asOf, fresh := d.model.Freshness(u.ID, d.last, d.now); !fresh && !asOf.IsZero() && len(d.leaves(u.ID)) == 0 {
		s.until = d.model.Today(asOf)
	}
	if code != "" {
		s.view = d.books.Daybook.Procedure(u.ID, code)
	}
	for _, def := range defs {
		known := kpi.Period{From: d.today + 1, To: d.today}
		if first, ok := d.books.FirstDay(def, s.view, u.ID); ok {
			known.From = first
		}
		if def.OfProcedures() {
			known.From = d.today // their list says how they are now, and not how they were
		}
		if from, err := kpi.ParseDay(def.From); err == nil {
			known.From = max(known.From, from)
		}
		if to, err := kpi.ParseDay(def.To); err == nil {
			known.To = min(known.To, to)
		}
		s.span = append(s.span, known)
	}
	return s
}

// present says whether the books know only how a KPI is today.
func (s subject) present(i int) bool { return s.defs[i].OfProcedures() }

// figures gives the KPIs for a period that does not reach beyond today. One that the books know nothing of has no figure.
func (d *desk) figures(s subject, p kpi.Period) []kpi.Figure {
	var list []kpi.Figure
	if s.code == "" {
		list = d.books.Figures(s.defs, s.unit.ID, p)
	} else {
		list = d.books.FiguresOf(s.defs, s.view, p)
	}
	for i := range list {
		list[i].Unit = s.unit.ID
		list[i].OK = list[i].OK && s.span[i].From <= p.To && p.To <= s.span[i].To
	}
	return list
}

// judge holds the figures of a period against the targets. Those of a procedure are held against the unit's, but counts are
// not: the target is for all procedures together.
func (d *desk) judge(s subject, p kpi.Period) []kpi.Assessment {
	figures := d.figures(s, p)
	list := make([]kpi.Assessment, len(figures))
	for i, f := range figures {
		def := s.defs[i]
		if list[i] = (kpi.Assessment{Figure: f, Definition: def}); s.code == "" || def.Kind != kpi.KindCount {
			list[i] = d.books.Assess(def, f, d.goals)
		}
	}
	return list
}

// fillBoard makes the rows: those with a target, the worst first, and the others.
func (d *desk) fillBoard(b *boardView, p kpi.Period, h *history) {
	s := h.of
	now := d.judge(s, p)
	for i, def := range s.defs {
		if s.code != "" && !def.OfDossiers() {
			continue
		}
		m, y := now[i], h.year(i)
		judged := m.Judged || y.Judged
		if !judged && !m.OK && !y.OK && !h.any(i) {
			continue
		}
		row := boardRow{card: d.cardOf(def, m, y, b.Unit.report)}
		row.Link = d.to("/kpis/"+def.ID, "unit", s.unit.ID, "procedure", s.code, "period", p.Label, "cut", d.cutParameter(d.goals.CutOff))
		if s.code == "" && judged {
			row.Year.Forecast = d.forecast(y)
		}
		if d.books.IsStock(def) && y.Period.To == p.To {
			row.Year = row.Month // both are how it stands on that day
		}
		if p.Kind == kpi.PeriodYear {
			row.Year.Forecast, row.Month.Forecast = "", row.Year.Forecast
		}
		d.picture(&row, h, i)
		if judged {
			b.Judged = append(b.Judged, row)
		} else {
			b.Others = append(b.Others, row)
		}
	}
	slices.SortStableFunc(b.Judged, func(x, y boardRow) int { return cmp.Compare(gravity[y.Class], gravity[x.Class]) })
}

// listedProcedures is how many procedures a board lists.
const listedProcedures = 20

// listProcedures lists the procedures of a unit, those with the most overdue dossiers first.
func (d *desk) listProcedures(b *boardView, p kpi.Period, to func(unit string, parameters ...string) string) {
	rows := d.procedures(b.Unit.ID, p)
	if n := len(rows) - listedProcedures; n > 0 {
		b.More = d.Count("board.more", float64(n))
		rows = rows[:listedProcedures]
	}
	for _, r := range rows {
		b.Listed = append(b.Listed, listedProcedure{r, to(b.Unit.ID, "procedure", r.Code)})
	}
}
