package pages

import (
	"strconv"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// completenessView is the matrix of units and days.
type completenessView struct {
	Choices []link
	Months  []span
	Days    []dayHead
	Rows    []matrixRow
	Holes   []hole
	From    string // the first day of the log of reads, where it begins within the matrix
}

// span is a month above the days that belong to it.
type span struct {
	Name string
	Days int
}

type dayHead struct {
	Day, Title string
	Off, Today bool
}

type matrixRow struct {
	unitHead
	Cells []cell
}

// cell is a unit's day.
type cell struct {
	Class string // h hole, f failed read, p partly failed, off; or nothing
	Text  string // how many dossiers came
	Sign  string
	Title string // the same in words; only where something is to be said
}

// hole is a unit with working days on which nothing came although something usually does.
type hole struct {
	Name, Link, Text string
}

// usualDays is how many days the matrix shows by default; allowedDays what may be asked for.
const usualDays = 35

var allowedDays = []int{30, usualDays, 60}

func (p *Pages) completeness(r *request) (*content, error) {
	days := usualDays
	for _, n := range allowedDays {
		if r.http.URL.Query().Get("days") == strconv.Itoa(n) {
			days = n
		}
	}
	today := r.model.Today(r.now)
	from := today - kpi.Day(days) + 1
	log, err := p.Ledger.Days(r.http.Context(), from, today)
	if err != nil {
		return nil, err
	}
	view := &completenessView{}
	for _, n := range allowedDays {
		address := r.to("/completeness", "days", strconv.Itoa(n))
		view.Choices = append(view.Choices, link{r.Count("days", float64(n)), address, n == days})
	}
	r.read(func(b *builder) { b.fillMatrix(view, from, log) })
	return &content{template: "completeness", title: r.Say("nav.completeness"), data: view}, nil
}

// logged is the day log by source and day.
type logged map[string]map[kpi.Day]sourcelog.Day

func (b *builder) fillMatrix(view *completenessView, from kpi.Day, list []sourcelog.Day) {
	log := logged{}
	begins := b.today + 1
	for _, entry := range list {
		if log[entry.Source] == nil {
			log[entry.Source] = map[kpi.Day]sourcelog.Day{}
		}
		log[entry.Source][entry.Day] = entry
		begins = min(begins, entry.Day)
	}
	if begins > from {
		view.From = b.day(begins)
	}
	b.heads(view, from)
	for _, u := range b.model.Tree.Units() {
		sources := b.sourcesOf(u.ID)
		if len(sources) == 0 {
			continue
		}
		holes := b.ownView(u.ID).Holes(b.model.Calendar, from, b.today-1)
		row := matrixRow{unitHead: b.head(u)}
		var first kpi.Day
		for day := b.today; day >= from; day-- {
			row.Cells = append(row.Cells, b.cell(u.ID, day, sources, log, holes[day], begins))
			if holes[day] {
				first = day
			}
		}
		view.Rows = append(view.Rows, row)
		if row.Stale && row.Partly == "" && !row.Silent {
			view.Holes = append(view.Holes, hole{row.Name, row.Link, b.quietSentence(row.unitHead) + "."})
		}
		if len(holes) > 0 {
			view.Holes = append(view.Holes, hole{row.Name, row.Link, b.Count("hole", float64(len(holes)), b.day(first))})
		}
	}
}

func (b *builder) heads(view *completenessView, from kpi.Day) {
	for day := b.today; day >= from; day-- {
		_, _, dom := day.Civil()
		title := b.weekday(day) + " " + b.day(day)
		view.Days = append(view.Days, dayHead{strconv.Itoa(dom), title, !b.model.Calendar.IsWorkday(day), day == b.today})
		name := b.period(kpi.PeriodOf(kpi.PeriodMonth, day, kpi.CutCalendar))
		if n := len(view.Months); n > 0 && view.Months[n-1].Name == name {
			view.Months[n-1].Days++
		} else {
			view.Months = append(view.Months, span{name, 1})
		}
	}
}

// sourcesOf lists the sources that bring a unit's own records.
func (b *builder) sourcesOf(unit string) (list []sourcelog.Status) {
	for _, s := range b.sources {
		if s.Unit == unit || !b.model.Tree.Within(s.Unit, unit) && b.model.Serves(s.Name, unit) {
			list = append(list, s)
		}
	}
	return list
}

// ownView are the dossiers of a unit without the units below it.
func (b *builder) ownView(unit string) (view kpi.View) {
	for _, v := range b.books.Daybook.OwnProcedures(unit) {
		view = append(view, v...)
	}
	return view
}

// cell looks at one day of a unit: how its sources were read, and what came for that day.
func (b *builder) cell(unit string, day kpi.Day, sources []sourcelog.Status, log logged, hole bool, begins kpi.Day) cell {
	one := kpi.Period{From: day, To: day}
	n := b.ownView(unit).Received(one) + b.books.Observed.Reports(unit, one)
	c := cell{Text: b.Whole(n)}
	if n == 0 && b.ownView(unit).Empty() {
		c.Text = "" // it has no dossiers at all, and totals come now and then
	}
	var ok, failed, partly int
	var rejected int64
	for _, s := range sources {
		entry, ran := log[s.Name][day]
		rejected += entry.Rejected
		switch {
		case !ran:
		case entry.OK == 0:
			failed++
		case entry.Failed > 0:
			partly++
		default:
			ok++
		}
	}
	off := !b.model.Calendar.IsWorkday(day)
	if n == 0 && off {
		c.Text = ""
	}
	if off {
		c.Class = "off"
	}
	switch {
	case hole:
		c.Class, c.Sign, c.Title = "h", "○", b.Say("cell.hole")
	case failed > 0:
		c.Class, c.Sign, c.Title = "f", "✕", b.Say("cell.failed")
	case partly > 0:
		c.Class, c.Sign, c.Title = "p", "▲", b.Say("cell.partly")
	case ok == 0 && day >= begins:
		c.Sign, c.Title = "?", b.Say("cell.unread")
	}
	if hole && failed > 0 {
		c.Class, c.Sign, c.Title = "f", "✕", b.Say("cell.failed")+"; "+b.Say("cell.hole")
	}
	if rejected > 0 {
		c.Sign += "!"
		if c.Title != "" {
			c.Title += "; "
		}
		c.Title += b.Count("cell.rejected", float64(rejected))
	}
	return c
}

// weekday names a day of the week.
func (l locale) weekday(day kpi.Day) string {
	return l.Say("weekday." + strconv.Itoa(int(day.Weekday())))
}
