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

// card is one KPI of a unit with a period and its year.
type card struct {
	ID, Name, Link string
	Class          string // the worse of the two
	Target         string
	Month, Year    figureView
}

// cardOf shows a KPI in two periods, the second of which is a year.
func (b *builder) cardOf(def kpi.Definition, m, y kpi.Assessment, of report) card {
	c := card{ID: def.ID, Name: b.kpiName(def), Link: b.to("/kpis/"+def.ID, "unit", m.Unit),
		Month: b.view(m, of), Year: b.view(y, of)}
	if !m.Judged && y.Judged {
		c.Month.Word = b.Say("status.yearly")
	}
	c.Class, c.Target = worse(c.Month.Class, c.Year.Class), cmp.Or(c.Year.Target, c.Month.Target)
	return c
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

func (p *Pages) board(r *request) (*content, error) {
	query := r.http.URL.Query()
	u, err := r.model.Unit(cmp.Or(query.Get("unit"), r.model.Tree.Root()))
	if err != nil {
		return nil, r.missing("missing.unit", query.Get("unit"))
	}
	c := &content{template: "board", class: "board"}
	r.read(func(b *builder) {
		code := query.Get("procedure")
		if code != "" && !slices.Contains(b.procedureCodes(u.ID), code) {
			err = r.missing("missing.procedure", code)
			return
		}
		period, cut, mistake := b.choose(b.month())
		b.goals.CutOff = cut
		view := b.board(u, code, period, cut, mistake)
		c.data, c.status = view, wrong(mistake)
		c.title = b.Say("board.title", cmp.Or(view.Procedure, view.Unit.Name))
	})
	return c, err
}

func (b *builder) board(u kpi.Unit, code string, p kpi.Period, cut kpi.CutOff, mistake string) *boardView {
	query := b.http.URL.Query()
	s := b.subject(u, code, b.model.Catalogue)
	step, period := "", ""
	if query.Get("by") == byWeek {
		step = byWeek
	}
	if query.Has("period") || query.Has("from") {
		period = p.Label
	}
	to := func(unit string, parameters ...string) string {
		return b.toBoard(unit, append([]string{"period", period, "cut", b.cutParameter(cut), "by", step}, parameters...)...)
	}
	view := &boardView{Unit: b.head(u), Code: code,
		Choice: b.choice("/board", p, cut, mistake, "unit", u.ID, "procedure", code, "by", step)}
	view.Steps = []link{
		{b.Say("board.bymonth"), to(u.ID, "procedure", code, "by", ""), step == ""},
		{b.Say("board.byweek"), to(u.ID, "procedure", code, "by", byWeek), step == byWeek},
	}
	if view.Unit.Stale {
		view.Quiet = b.quietSentence(view.Unit)
	}
	year := kpi.PeriodOf(kpi.PeriodYear, p.To, cut)
	view.Year, view.Before = b.period(year), b.period(year.Previous(cut))
	b.fillBoard(view, p, b.remember(s, p, step == byWeek))
	var classes []string
	for _, row := range view.Judged {
		classes = append(classes, row.Class)
	}
	view.Tally = b.standings(classes)
	view.Parents = b.above(u, to)
	if code != "" {
		view.Procedure = b.procedureName(u.ID, code)
		view.Parents = append(view.Parents, link{Text: view.Unit.Name, URL: to(u.ID)})
		return view
	}
	for _, child := range b.model.Tree.Children(u.ID) {
		view.Units = append(view.Units, childRow{b.head(child), b.standings(b.classes(child.ID, p))})
		view.Units[len(view.Units)-1].Link = to(child.ID)
	}
	b.listProcedures(view, p, to)
	return view
}

func (l locale) toBoard(unit string, parameters ...string) string {
	return l.to("/board", append([]string{"unit", unit}, parameters...)...)
}

// subject says what is counted, and from when on it is known.
func (b *builder) subject(u kpi.Unit, code string, defs []kpi.Definition) subject {
	s := subject{unit: u, code: code, view: b.books.Daybook.Unit(u.ID), defs: defs, until: b.today}
	if asOf, fresh := b.model.Freshness(u.ID, b.last, b.now); !fresh && !asOf.IsZero() && len(b.leaves(u.ID)) == 0 {
		s.until = b.model.Today(asOf)
	}
	if code != "" {
		s.view = b.books.Daybook.Procedure(u.ID, code)
	}
	for _, def := range defs {
		known := kpi.Period{From: b.today + 1, To: b.today}
		if first, ok := b.books.FirstDay(def, s.view, u.ID); ok {
			known.From = first
		}
		if def.OfProcedures() {
			known.From = b.today // their list says how they are now, and not how they were
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

// present reports whether the books know only how a KPI is today.
func (s subject) present(i int) bool { return s.defs[i].OfProcedures() }

// figures returns the KPIs for a period that does not reach beyond today. One that the books know nothing of has no figure.
func (b *builder) figures(s subject, p kpi.Period) []kpi.Figure {
	var list []kpi.Figure
	if s.code == "" {
		list = b.books.Figures(s.defs, s.unit.ID, p)
	} else {
		list = b.books.FiguresOf(s.defs, s.view, p)
	}
	for i := range list {
		list[i].Unit = s.unit.ID
		list[i].OK = list[i].OK && s.span[i].From <= p.To && p.To <= s.span[i].To
	}
	return list
}

// judge holds the figures of a period against the targets. Those of a procedure are held against the unit's, but counts are
// not: the target is for all procedures together.
func (b *builder) judge(s subject, p kpi.Period) []kpi.Assessment {
	figures := b.figures(s, p)
	list := make([]kpi.Assessment, len(figures))
	for i, f := range figures {
		def := s.defs[i]
		if list[i] = (kpi.Assessment{Figure: f, Definition: def}); s.code == "" || def.Kind != kpi.KindCount {
			list[i] = b.books.Assess(def, f, b.goals)
		}
	}
	return list
}

// fillBoard makes the rows: those with a target, the worst first, and the others.
func (b *builder) fillBoard(view *boardView, p kpi.Period, h *history) {
	s := h.of
	now := b.judge(s, p)
	for i, def := range s.defs {
		if s.code != "" && !def.OfDossiers() {
			continue
		}
		m, y := now[i], h.year(i)
		judged := m.Judged || y.Judged
		if !judged && !m.OK && !y.OK && !h.any(i) {
			continue
		}
		row := boardRow{card: b.cardOf(def, m, y, view.Unit.report)}
		row.Link = b.to("/kpis/"+def.ID, "unit", s.unit.ID, "procedure", s.code, "period", p.Label,
			"cut", b.cutParameter(b.goals.CutOff))
		if s.code == "" && judged {
			row.Year.Forecast = b.forecast(y)
		}
		if b.books.IsStock(def) && y.Period.To == p.To {
			row.Year = row.Month // both are the state on that day
		}
		if p.Kind == kpi.PeriodYear {
			row.Year.Forecast, row.Month.Forecast = "", row.Year.Forecast
		}
		b.picture(&row, h, i)
		if judged {
			view.Judged = append(view.Judged, row)
		} else {
			view.Others = append(view.Others, row)
		}
	}
	slices.SortStableFunc(view.Judged, func(x, y boardRow) int { return cmp.Compare(gravity[y.Class], gravity[x.Class]) })
}

// listedProcedures is how many procedures a board lists.
const listedProcedures = 20

// listProcedures lists the procedures of a unit, those with the most overdue dossiers first.
func (b *builder) listProcedures(view *boardView, p kpi.Period, to func(unit string, parameters ...string) string) {
	rows := b.procedures(view.Unit.ID, p)
	if n := len(rows) - listedProcedures; n > 0 {
		view.More = b.Count("board.more", float64(n))
		rows = rows[:listedProcedures]
	}
	for _, r := range rows {
		view.Listed = append(view.Listed, listedProcedure{r, to(view.Unit.ID, "procedure", r.Code)})
	}
}
