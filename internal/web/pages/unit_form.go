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

// tallyView are the columns that the form prints.
type tallyView struct {
	Total, Online, Direct, CarriedOver            string // Direct: counter and postal
	Finished, Early, OnTime, Late, Undated, Exits string
	InProgress, InTime, Overdue                   string
	HasLate, HasOverdue                           bool
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
		Overdue: l.Whole(t.Overdue), HasLate: t.Late > 0, HasOverdue: t.Overdue > 0,
	}
}

// forms fills form II.06a by field and by procedure.
func (b *builder) forms(unit string, p kpi.Period, cut kpi.CutOff) (list []form) {
	whole := b.books.Daybook.Unit(unit).Tally(p)
	ways := []string{kpi.FormByField, kpi.FormByProcedure}
	if len(b.model.Tree.Children(unit)) > 0 {
		ways = []string{kpi.FormByUnit, kpi.FormByField, kpi.FormByProcedure}
	}
	for _, by := range ways {
		lines, err := b.books.Form(by, unit, p)
		if err != nil {
			continue // it knows these ways
		}
		f := form{By: by, Title: b.Say("form." + by), Column: b.Say("column." + by), Total: b.tallyView(whole)}
		f.Download = b.to("/units/"+url.PathEscape(unit)+"/form.csv", "by", by, "period", p.Label, "cut", b.cutParameter(cut))
		var sum kpi.Tally
		balanced := whole.Imbalance() == 0
		for _, line := range lines {
			balanced = balanced && line.Imbalance() == 0
			if by == kpi.FormByUnit && line.Unit == unit {
				continue // it is the total
			}
			if len(f.Rows) < shownProcedures {
				f.Rows = append(f.Rows, formRow{Name: b.lineName(line), Code: line.Procedure, tallyView: b.tallyView(line.Tally)})
			}
			sum = sum.Add(line.Tally)
		}
		n := len(lines) - len(f.Rows)
		if by == kpi.FormByUnit {
			n-- // the total
		}
		if n > 0 {
			f.More = b.Count("form.more", float64(n))
		}
		f.Checks = append(f.Checks, check{b.Say("check.balance"), balanced})
		if by != kpi.FormByUnit { // a unit may have dossiers beside those of the units below it
			f.Checks = append(f.Checks, check{b.Say("check.sum."+by, b.Whole(int64(len(lines)))), sum == whole})
		}
		f.Checks = append(f.Checks, check{b.Say("check.carried"), b.carriesOver(unit, p)})
		list = append(list, f)
	}
	return list
}

// carriesOver checks that what the period before left in progress is what this one carries over.
func (b *builder) carriesOver(unit string, p kpi.Period) bool {
	view := b.books.Daybook.Unit(unit)
	return view.OpenAt(p.From-1).Total() == view.Tally(p).CarriedOver
}

func (b *builder) cutParameter(cut kpi.CutOff) string {
	if cut == b.model.CutOff {
		return ""
	}
	return cut.String()
}

func (b *builder) lineName(l kpi.FormLine) string {
	if u, err := b.model.Unit(l.Unit); err == nil && l.Procedure == "" && l.Field == "" && l.Name == u.Name[kpi.DefaultLanguage] {
		return b.unitName(u)
	}
	if l.Procedure != "" {
		return cmp.Or(l.Name, l.Procedure)
	}
	return cmp.Or(l.Name, b.Say("form.nofield"))
}
