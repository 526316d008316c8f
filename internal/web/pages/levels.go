package pages

import (
	"slices"

	"kpiagent/internal/kpi"
	"kpiagent/internal/web/chart"
)

// levelsMonths is how many months the picture of levels shows.
const levelsMonths = 24

// shownRaised is how many of the last changes of levels are named.
const shownRaised = 5

// levelsView says how far the procedures of a unit are online, month by month, as far as the catalogue knows.
type levelsView struct {
	Title   string
	Picture picture
	Key     []levelKey
	Raised  []raised
	Note    string
}

type levelKey struct{ Class, Text string }

// raised is a procedure with the day since which it stands at its level.
type raised struct{ Day, Name, Unit, Level string }

// levels shows the levels of a unit's procedures; nil where the catalogue knows none.
func (b *builder) levels(unit string) *levelsView {
	var days []kpi.Day
	var labels []string
	for _, month := range append(kpi.ClosedMonths(b.today, b.model.CutOff, levelsMonths-1),
		kpi.PeriodOf(kpi.PeriodMonth, b.today, b.model.CutOff).ToDate(b.today)) {
		days = append(days, month.To)
		label := ""
		if m := monthOf(month.Label); m == 1 || m == 7 {
			label = b.ShortMonth(m) + "/" + month.Label[2:4]
		}
		labels = append(labels, label)
	}
	layers := []chart.Layer{{Class: "full"}, {Class: "partial"}, {Class: "offline"}, {Class: "unknown"}}
	var now kpi.Levels
	for _, day := range days {
		now = b.books.Register.LevelsOn(unit, day, b.today)
		for i, n := range []int64{now.Full, now.Partial, now.None, now.Unknown} {
			layers[i].Values = append(layers[i].Values, float64(n))
		}
	}
	if now.Full+now.Partial == 0 {
		return nil
	}
	v := &levelsView{Title: b.Count("levels.title", float64(now.Total()))}
	v.Picture = picture{Plot: chart.Stack(layers, labels, func(v float64) string { return b.Number(v, 0) }), ID: "levels",
		Caption: b.Say("levels.caption"), Title: v.Title}
	for i, n := range []int64{now.Full, now.Partial, now.None} {
		v.Key = append(v.Key, levelKey{layers[i].Class, b.Count("levels."+layers[i].Class, float64(n))})
	}
	first := b.books.Register.LevelsOn(unit, days[0], b.today)
	v.Picture.Text = b.Say("levels.words", b.day(days[0]), b.Number(float64(first.Full), 0), b.Number(float64(first.Partial), 0), b.day(b.today),
		b.Number(float64(now.Full), 0), b.Number(float64(now.Partial), 0))
	if slices.Max(layers[3].Values) > 0 {
		v.Key = append(v.Key, levelKey{"unknown", b.Say("levels.unknown")})
		v.Note = b.Say("levels.note")
	}
	for _, p := range b.books.Register.CameInForce(unit, kpi.Period{From: days[0] + 1, To: b.today}) {
		if len(v.Raised) == shownRaised {
			break
		}
		u, _ := b.model.Unit(p.Unit)
		v.Raised = append(v.Raised, raised{b.day(p.From), p.Name, b.unitShort(u), b.Say("online." + p.Online)})
	}
	return v
}
