package pages

import (
	"html/template"
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// leaderView is the first page: whether the ministry is on its way, what changed, who slips and whom to call.
type leaderView struct {
	Unit    unitHead
	Tabs    []link
	Choice  periodChoice
	AsOf    string
	Banner  *banner
	Verdict verdictView
	Changes changesView
	Tiles   []targetView
	Reading string // of the tiles
	Slips   []slip
	More    string // that further units miss targets
	League  league
	Levels  *levelsView
	Groups  []targetGroup
	Others  []targetView // without a target
	Overdue string
	Wall    string
}

// targetGroup are the targets of one group.
type targetGroup struct {
	Name    string
	Targets []targetView
}

// leaderPeriod chooses the period of a leader's page: the year, if nothing else is asked for.
func (b *builder) leaderPeriod() (p kpi.Period, cut kpi.CutOff, mistake string) {
	p, cut, mistake = b.choose(b.year())
	b.goals.CutOff = cut
	return p, cut, mistake
}

func (p *Pages) leader(r *request) (*content, error) {
	c := &content{template: "leader", class: "lead"}
	r.read(func(b *builder) {
		period, cut, mistake := b.leaderPeriod()
		root, _ := b.model.Unit(b.model.Tree.Root())
		view := &leaderView{Choice: b.choice("/", period, cut, mistake)}
		b.lead(view, root, period)
		c.data, c.title, c.status = view, view.Unit.Name, wrong(mistake)
	})
	return c, nil
}

func (b *builder) lead(view *leaderView, root kpi.Unit, p kpi.Period) {
	view.Unit, view.Tabs, view.AsOf = b.head(root), b.tabs("/", p), b.asOf(p)
	view.Banner = b.banner(root.ID, p)
	view.Overdue, view.Wall = b.to("/overdue"), b.to("/wall")
	judged, others := b.targets(root.ID, p, view.Unit.report)
	view.Verdict, view.Others = b.sentence(p, judged), others
	view.Changes = b.changed(judged)
	for _, t := range judged {
		if t.def.IsHeadline() {
			view.Tiles = append(view.Tiles, t)
		}
	}
	view.Reading = b.Say("tiles.reading", b.upTo(p))
	view.Groups = b.grouped(judged, false)
	results := b.results(p)
	view.Slips, view.More = b.slips(results)
	view.League = b.league(results, root, p)
	view.Levels = b.levels(root.ID)
}

// grouped divides targets into their groups, with the headline ones or without.
func (b *builder) grouped(targets []targetView, headline bool) (list []targetGroup) {
	for _, group := range kpi.Groups() {
		g := targetGroup{Name: b.Say("group." + group)}
		for _, t := range targets {
			if t.def.InGroup() == group && (headline || group != kpi.GroupHeadline) {
				g.Targets = append(g.Targets, t)
			}
		}
		if len(g.Targets) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// tabs leads to the month, the quarter and the year that people look at.
func (b *builder) tabs(path string, p kpi.Period, keep ...string) (list []link) {
	month := b.month()
	for _, of := range []kpi.Period{month, kpi.PeriodOf(kpi.PeriodQuarter, month.To, b.model.CutOff).ToDate(b.today), b.year()} {
		list = append(list, link{upper(b.period(of)), b.to(path, append([]string{"period", of.Label}, keep...)...), of.Label == p.Label})
	}
	return list
}

// asOf says up to which day the figures of a period are.
func (b *builder) asOf(p kpi.Period) string {
	return b.Say("figures.asof", b.day(min(p.To, b.today)))
}

// upTo names a period that still runs with the day that it has come to.
func (b *builder) upTo(p kpi.Period) string {
	if p.To == b.today && kpi.PeriodOf(p.Kind, p.From, b.goals.CutOff).To > p.To {
		return b.Say("todate", b.period(p), b.DayMonth(p.To.Time()))
	}
	return b.period(p)
}

// banner says once which units do not report, and what it means for the figures.
type banner struct {
	Title string
	Units []missingUnit
	More  string
}

type missingUnit struct {
	unitHead
	Text string
}

// shownMissing is how many silent units the banner names.
const shownMissing = 5

func (b *builder) banner(root string, p kpi.Period) *banner {
	leaves := b.leaves(root)
	var list []missingUnit
	all, _ := b.received(root, p)
	for _, u := range leaves {
		head := b.head(u)
		if !head.Stale {
			continue
		}
		text := b.oldness(head)
		if n, known := b.received(u.ID, p); known && all > 0 && n > 0 {
			text += b.Say("banner.part", b.Percent(n/all, 0))
		}
		list = append(list, missingUnit{head, text})
	}
	if top := b.ownStale(root); top != "" && len(leaves) > 0 {
		u, _ := b.model.Unit(root)
		list = append(list, missingUnit{b.head(u), top})
	}
	if len(list) == 0 {
		return nil
	}
	fresh := 0
	for _, u := range leaves {
		if !b.head(u).Stale {
			fresh++
		}
	}
	v := &banner{Title: b.Say("banner", b.Whole(int64(fresh)), b.Count("banner.units", float64(len(leaves)))), Units: list}
	if len(list) > shownMissing {
		v.Units, v.More = list[:shownMissing], b.Count("banner.more", float64(len(list)-shownMissing))
	}
	return v
}

// ownStale says since when a source of the unit itself is not read; "" where all are.
func (b *builder) ownStale(unit string) string {
	for _, s := range b.sources {
		switch {
		case s.Unit != unit:
		case s.LastSuccess.IsZero():
			return b.Say("old.never")
		case b.now.Sub(s.LastSuccess) > s.StaleAfter:
			return b.Say("old.source", b.moment(s.LastSuccess))
		}
	}
	return ""
}

// oldness says since when a unit does not report, in words without the names of its systems.
func (b *builder) oldness(u unitHead) string {
	switch {
	case u.Silent:
		return b.Say("old.silent", u.Since)
	case u.Never && u.Why == "":
		return b.Say("old.nosource")
	case u.Never:
		return b.Say("old.never")
	}
	return b.Say("old.source", u.Since)
}

// received counts the dossiers that a unit received in a period.
func (b *builder) received(unit string, p kpi.Period) (float64, bool) {
	t := b.books.Daybook.Unit(unit).Tally(p)
	return float64(t.Online + t.Counter + t.Postal), b.books.Daybook.Unit(unit).KnownAt(p.To)
}

// changesView says what moved since the month before.
type changesView struct {
	Title, Summary string
	List           []targetView
}

// shownChanges is how many changes the first page names.
const shownChanges = 6

func (b *builder) changed(targets []targetView) (v changesView) {
	counts := map[string]int{}
	compared := 0
	for _, t := range targets {
		if t.Change == nil || t.Change.Sign == "" {
			continue
		}
		compared++
		counts[t.Change.Class]++
		if t.Change.tells && t.Change.Class != "same" {
			v.List = append(v.List, t)
		}
	}
	month := b.month()
	v.Title = b.Say("changes.title", upper(b.period(month)), b.period(month.Previous(b.model.CutOff)))
	v.Summary = b.Count("changes.compared", float64(compared), b.Whole(int64(counts["up"])), b.Whole(int64(counts["down"])),
		b.Whole(int64(counts["same"])))
	slices.SortStableFunc(v.List, func(x, y targetView) int { return strings.Compare(x.Change.Class, y.Change.Class) }) // worse first
	v.List = v.List[:min(len(v.List), shownChanges)]
	return v
}

// callView is whom to call.
type callView struct {
	Name, Phone, Mail string
	Tel               template.URL
}

// call returns whom to call about a KPI of a unit; nil where nobody is named.
func (b *builder) call(unit, id string, p kpi.Period) *callView {
	return b.contact(unit, id, kpi.TargetYear(p.To, b.goals.CutOff))
}

func (r *request) contact(unit, id string, year int) *callView {
	c := r.model.Contact(unit, id, year)
	if c.IsZero() {
		return nil
	}
	dial := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, c.Phone)
	return &callView{Name: c.Name.In(r.Code), Phone: c.Phone, Mail: c.Mail, Tel: template.URL("tel:" + dial)}
}
