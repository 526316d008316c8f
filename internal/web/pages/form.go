package pages

import (
	"cmp"
	"net/url"

	"kpiagent/internal/kpi"
)

// form is form II.06a of a unit, divided in one way.
type form struct {
	By       string
	Title    string
	Column   string // what a line is
	Rows     []formRow
	Total    tallyView
	More     string // how many lines are only in the file
	Checks   []check
	Download string
}

type formRow struct {
	Name, Code string
	tallyView
}

// tallyView are the columns of the form as they are written.
type tallyView struct {
	Total, Online, Direct, CarriedOver                    string // Direct: counter and postal
	Finished, Early, OnTime, Late, Undated, Exits         string
	InProgress, InTime, Overdue, Paused, OpenUndated      string
	HasLate, HasOverdue, HasUndated, HasExits, Unbalanced bool
}

// check is one of the identities of the form, with whether it holds.
type check struct {
	Text string
	OK   bool
}

func (l locale) tallyView(t kpi.Tally) tallyView {
	return tallyView{
		Total: l.Whole(t.Total), Online: l.Whole(t.Online), Direct: l.Whole(t.Counter + t.Postal), CarriedOver: l.Whole(t.CarriedOver),
		Finished: l.Whole(t.Finished), Early: l.Whole(t.Early), OnTime: l.Whole(t.OnTime), Late: l.Whole(t.Late),
		Undated: l.Whole(t.Undated), Exits: l.Whole(t.Exits), InProgress: l.Whole(t.InProgress), InTime: l.Whole(t.InTime),
		Overdue: l.Whole(t.Overdue), Paused: l.Whole(t.Paused), OpenUndated: l.Whole(t.OpenUndated),
		HasLate: t.Late > 0, HasOverdue: t.Overdue > 0, HasUndated: t.Undated > 0, HasExits: t.Exits > 0, Unbalanced: t.Imbalance() != 0,
	}
}

// forms fills form II.06a by field and by procedure.
func (d *desk) forms(unit string, p kpi.Period, cut kpi.CutOff) (list []form) {
	whole := d.books.Daybook.Unit(unit).Tally(p)
	ways := []string{kpi.FormByField, kpi.FormByProcedure}
	if len(d.model.Tree.Children(unit)) > 0 {
		ways = []string{kpi.FormByUnit, kpi.FormByField, kpi.FormByProcedure}
	}
	for _, by := range ways {
		lines, err := d.books.Form(by, unit, p)
		if err != nil {
			continue // it knows these ways
		}
		f := form{By: by, Title: d.Say("form." + by), Column: d.Say("column." + by), Total: d.tallyView(whole), Download: d.to("/units/"+url.PathEscape(unit)+"/form.csv", "by", by, "period", p.Label, "cut", d.cutParameter(cut))}
		var sum kpi.Tally
		balanced := whole.Imbalance() == 0
		for _, line := range lines {
			balanced = balanced && line.Imbalance() == 0
			if by == kpi.FormByUnit && line.Unit == unit {
				continue // it is the total
			}
			if len(f.Rows) < shownProcedures {
				f.Rows = append(f.Rows, formRow{Name: d.lineName(line), Code: line.Procedure, tallyView: d.tallyView(line.Tally)})
			}
			sum = sum.Add(line.Tally)
		}
		n := len(lines) - len(f.Rows)
		if by == kpi.FormByUnit {
			n-- // the total
		}
		if n > 0 {
			f.More = d.Count("form.more", float64(n))
		}
		f.Checks = append(f.Checks, check{d.Say("check.balance"), balanced})
		if by != kpi.FormByUnit { // a unit may have dossiers beside those of the units below it
			f.Checks = append(f.Checks, check{d.Say("check.sum."+by, d.Whole(int64(len(lines)))), sum == whole})
		}
		f.Checks = append(f.Checks, check{d.Say("check.carried"), d.carriesOver(unit, p)})
		list = append(list, f)
	}
	return list
}

// carriesOver checks that what the period before left in progress is what this one carries over.
func (d *desk) carriesOver(unit string, p kpi.Period) bool {
	view := d.books.Daybook.Unit(unit)
	return view.OpenAt(p.From-1).Total() == view.Tally(p).CarriedOver
}

func (d *desk) cutParameter(cut kpi.CutOff) string {
	if cut == d.model.CutOff {
		return ""
	}
	return cut.String()
}

func (d *desk) lineName(l kpi.FormLine) string {
	if u, err := d.model.Unit(l.Unit); err == nil && l.Procedure == "" && l.Field == "" && l.Name == u.Name[kpi.DefaultLanguage] {
		return d.unitName(u)
	}
	if l.Procedure != "" {
		return cmp.Or(l.Name, l.Procedure)
	}
	return cmp.Or(l.Name, d.Say("form.nofield"))
}
