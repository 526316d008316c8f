package pages

import (
	"net/http"

	"kpiagent/internal/kpi"
)

// periodChoice is the form in which a visitor chooses a period, with what was chosen.
type periodChoice struct {
	Action   string
	Hidden   [][2]string // further parameters, as name and value
	Groups   []optionGroup
	Cuts     []option
	Previous link
	Next     link // empty where it would begin after today
	Title    string
	Days     string
	Label    string
	Running  bool
	Mistake  string // what is wrong with what was typed
}

type optionGroup struct {
	Name    string
	Options []option
}

type option struct {
	Value, Text string
	Chosen      bool
}

// offered are how many periods of each kind the form offers; any other can be given as a span of days.
var offered = []struct {
	kind kpi.PeriodKind
	n    int
	key  string
}{
	{kpi.PeriodMonth, 25, "kind.month"}, {kpi.PeriodQuarter, 9, "kind.quarter"},
	{kpi.PeriodHalf, 5, "kind.half"}, {kpi.PeriodYear, 4, "kind.year"},
}

// choose reads the period from the parameters period, from, to and cut. What is not understood falls back to the month,
// and the form says so.
func (r *request) choose(usual kpi.Period) (p kpi.Period, cut kpi.CutOff, mistake string) {
	query := r.http.URL.Query()
	today := r.model.Today(r.now)
	cut = r.model.CutOff
	if text := query.Get("cut"); text != "" {
		var known bool
		if cut, known = kpi.ParseCutOff(text); !known {
			return usual, r.model.CutOff, r.Say("period.wrong", text)
		}
	}
	text := query.Get("period")
	if from, to := query.Get("from"), query.Get("to"); from != "" || to != "" {
		if from == "" || to == "" {
			return usual, cut, r.Say("period.half")
		}
		text = from + ".." + to
	}
	if text == "" {
		return recut(usual, cut).ToDate(today), cut, ""
	}
	p, err := kpi.ParsePeriod(text, today, cut)
	switch {
	case err != nil:
		return usual, cut, r.Say("period.wrong", text)
	case p.From > today:
		return usual, cut, r.Say("period.future", text)
	}
	return p.ToDate(today), cut, ""
}

// exists reports whether a period lies in the years that there are.
func exists(p kpi.Period, cut kpi.CutOff) bool {
	_, err := kpi.ParsePeriod(p.Label, p.To, cut)
	return err == nil
}

// recut returns the period of the same name under another cut-off.
func recut(p kpi.Period, cut kpi.CutOff) kpi.Period {
	if again, err := kpi.ParsePeriod(p.Label, p.To, cut); err == nil {
		return again
	}
	return p
}

// choice fills the form. keep are further parameters of the page.
func (b *builder) choice(path string, p kpi.Period, cut kpi.CutOff, mistake string, keep ...string) periodChoice {
	whole := kpi.PeriodOf(p.Kind, p.From, cut)
	if p.Kind == kpi.PeriodCustom || p.Kind == kpi.PeriodRolling30 {
		whole = p
	}
	c := periodChoice{Action: path, Title: b.period(p), Days: b.days(p), Label: p.Label, Running: p.To < whole.To, Mistake: mistake}
	chosenCut := ""
	if cut != b.model.CutOff {
		chosenCut = cut.String()
	}
	at := func(p kpi.Period) link {
		return link{Text: b.period(p), URL: b.to(path, append([]string{"period", p.Label, "cut", chosenCut}, keep...)...)}
	}
	if before := whole.Previous(cut); exists(before, cut) {
		c.Previous = at(before)
	}
	if next := whole.Next(cut); next.From <= b.today && exists(next, cut) {
		c.Next = at(next)
	}
	for i := 0; i+1 < len(keep); i += 2 {
		if keep[i+1] != "" {
			c.Hidden = append(c.Hidden, [2]string{keep[i], keep[i+1]})
		}
	}
	if b.Code != kpi.DefaultLanguage {
		c.Hidden = append(c.Hidden, [2]string{"lang", b.Code})
	}
	c.Groups = b.offers(p, cut)
	for _, known := range []kpi.CutOff{kpi.CutCalendar, kpi.CutND09} {
		c.Cuts = append(c.Cuts, option{known.String(), b.Say("cut." + known.String()), known == cut})
	}
	return c
}

// offers lists the periods to choose from, with the chosen one among them.
func (b *builder) offers(chosen kpi.Period, cut kpi.CutOff) (groups []optionGroup) {
	for _, o := range offered {
		group := optionGroup{Name: b.Say(o.key)}
		there := false
		for p, i := kpi.PeriodOf(o.kind, b.today, cut), 0; i < o.n; p, i = p.Previous(cut), i+1 {
			here := p.Label == chosen.Label
			there = there || here
			group.Options = append(group.Options, option{p.Label, b.period(p), here})
		}
		if chosen.Kind == o.kind && !there {
			group.Options = append(group.Options, option{chosen.Label, b.period(chosen), true})
		}
		groups = append(groups, group)
	}
	if chosen.Kind == kpi.PeriodCustom || chosen.Kind == kpi.PeriodDay || chosen.Kind == kpi.PeriodRolling30 {
		groups = append(groups, optionGroup{Name: b.Say("kind.days"), Options: []option{{chosen.Label, b.days(chosen), true}}})
	}
	return groups
}

// wrong is the status of a page whose parameters were not understood.
func wrong(mistake string) int {
	if mistake != "" {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
