package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// overdueID is the KPI of the open dossiers past their due date.
const overdueID = "overdue_open"

// overdueView lists the open dossiers past their due date: how many working days late, in which unit and procedure.
type overdueView struct {
	Unit      string
	Title     string
	AsOf      string
	Filters   []link
	Ages      []string // the heads of the columns of ages
	Units     []overdueUnit
	Whole     overdueUnit
	Allowed   bool
	Rows      []overdueRow
	More      string
	Procedure []overdueProcedure
}

// overdueUnit counts a unit's dossiers by how late they are.
type overdueUnit struct {
	Name, Link string
	Call       *callView
	Total      string
	Ages       []string
	total      int
	ages       [4]int
}

type overdueProcedure struct {
	Name, Unit, Link, Total, Oldest string
	total, oldest                   int
}

// overdueRow is one dossier.
type overdueRow struct {
	Days, ID, Unit, Procedure, Received, Due string
	Link                                     string // to the figure that it belongs to
}

// ages are the classes of how late dossiers are, by the most working days of each.
var ages = [...]int{5, 10, 20}

// shownOverdue is how many dossiers and procedures the page lists.
const shownOverdue = 100

func (p *Pages) overdue(r *request) (*content, error) {
	query := r.http.URL.Query()
	u, err := r.model.Unit(cmp.Or(query.Get("unit"), r.model.Tree.Root()))
	if err != nil {
		return nil, r.missing("missing.unit", query.Get("unit"))
	}
	o, err := p.findOverdue(r, u.ID)
	if err != nil {
		return nil, err
	}
	view := &overdueView{Allowed: r.mayReadRows()}
	r.read(func(b *builder) { b.fillOverdue(view, u, o) })
	return &content{template: "overdue", class: "lead", title: view.Title, data: view, private: view.Allowed}, nil
}

// late is an open dossier past its due date.
type late struct {
	id, unit, procedure string
	received, due       kpi.Day
	days                int // working days
}

// lateOnes are what is late in a unit: counts of all, and the latest dossiers.
type lateOnes struct {
	units      map[string]*overdueUnit
	procedures map[[2]string]*overdueProcedure
	total      int
	rows       []late
}

// findOverdue asks each dossier by the formula that makes the figure.
func (p *Pages) findOverdue(r *request, unit string) (*lateOnes, error) {
	today := r.model.Today(r.now)
	o := &lateOnes{units: map[string]*overdueUnit{}, procedures: map[[2]string]*overdueProcedure{}}
	selection, err := kpi.SelectState("overdue", kpi.Period{From: today, To: today})
	if err != nil {
		return nil, err
	}
	inForce, allowed := r.model, r.mayReadRows()
	err = p.Ledger.Dossiers(r.http.Context(), func(source string, d *kpi.Dossier) error {
		rules := inForce.Rules[source]
		if !inForce.Tree.Within(d.Unit, unit) || !selection.Includes(rules, d) {
			return nil
		}
		due, _ := rules.EffectiveDue(d)
		o.add(late{d.ID, d.Unit, d.Procedure, d.Received.Day(), due.Day(), rules.Calendar.Workdays(due.Day(), today)}, allowed)
		return nil
	})
	o.trim()
	return o, err
}

func (o *lateOnes) add(l late, list bool) {
	o.total++
	u := o.units[l.unit]
	if u == nil {
		u = &overdueUnit{}
		o.units[l.unit] = u
	}
	class := len(ages)
	for i, most := range ages {
		if l.days <= most {
			class = min(class, i)
		}
	}
	u.total++
	u.ages[class]++
	key := [2]string{l.unit, l.procedure}
	if o.procedures[key] == nil {
		o.procedures[key] = &overdueProcedure{}
	}
	o.procedures[key].total++
	o.procedures[key].oldest = max(o.procedures[key].oldest, l.days)
	if !list {
		return
	}
	if o.rows = append(o.rows, l); len(o.rows) >= 4*shownOverdue {
		o.trim()
	}
}

// trim keeps the latest dossiers.
func (o *lateOnes) trim() {
	slices.SortFunc(o.rows, func(x, y late) int {
		return cmp.Or(cmp.Compare(y.days, x.days), cmp.Compare(x.due, y.due), cmp.Compare(x.unit, y.unit), cmp.Compare(x.id, y.id))
	})
	o.rows = o.rows[:min(len(o.rows), shownOverdue)]
}

func (b *builder) fillOverdue(view *overdueView, u kpi.Unit, o *lateOnes) {
	view.Unit = b.unitName(u)
	view.Title = b.Count("overdue.title", float64(o.total))
	view.AsOf = b.Say("figures.asof", b.day(b.today))
	view.Filters = []link{{b.Say("league.whole"), b.to("/overdue"), u.ID == b.model.Tree.Root()}}
	from := 1
	for _, most := range ages {
		view.Ages = append(view.Ages, b.Say("overdue.age", b.Number(float64(from), 0), b.Number(float64(most), 0)))
		from = most + 1
	}
	view.Ages = append(view.Ages, b.Say("overdue.over", b.Number(float64(from-1), 0)))
	whole := overdueUnit{Name: b.Say("form.total")}
	for _, unit := range b.model.Tree.Units() {
		one := o.units[unit.ID]
		if one == nil {
			continue
		}
		one.Name, one.Link, one.Call = b.unitShort(unit), b.toUnit(unit.ID), b.call(unit.ID, overdueID, b.year())
		view.Units = append(view.Units, *one)
		view.Filters = append(view.Filters, link{one.Name, b.to("/overdue", "unit", unit.ID), unit.ID == u.ID})
		whole.total += one.total
		for i, n := range one.ages {
			whole.ages[i] += n
		}
	}
	slices.SortStableFunc(view.Units, func(x, y overdueUnit) int { return cmp.Compare(y.total, x.total) })
	for i := range view.Units {
		b.writeOverdue(&view.Units[i])
	}
	b.writeOverdue(&whole)
	view.Whole = whole
	b.overdueProcedures(view, o)
	for _, l := range o.rows {
		of, _ := b.model.Unit(l.unit)
		view.Rows = append(view.Rows, overdueRow{Days: b.Number(float64(l.days), 0), ID: l.id, Unit: b.unitShort(of),
			Procedure: b.procedureName(l.unit, l.procedure), Received: b.day(l.received), Due: b.day(l.due), Link: b.toOverdue(l.unit, l.procedure)})
	}
	if n := o.total - len(view.Rows); view.Allowed && n > 0 {
		view.More = b.Count("overdue.more", float64(n))
	}
}

func (b *builder) toOverdue(unit, procedure string) string {
	return b.to("/kpis/"+overdueID, "unit", unit, "procedure", procedure, "period", b.month().Label)
}

func (b *builder) writeOverdue(u *overdueUnit) {
	u.Total = b.Number(float64(u.total), 0)
	for _, n := range u.ages {
		u.Ages = append(u.Ages, b.Number(float64(n), 0))
	}
}

// overdueProcedures lists the procedures with the most dossiers that are late.
func (b *builder) overdueProcedures(view *overdueView, o *lateOnes) {
	for key, one := range o.procedures {
		u, _ := b.model.Unit(key[0])
		one.Name, one.Unit, one.Link = b.procedureName(key[0], key[1]), b.unitShort(u), b.toOverdue(key[0], key[1])
		one.Total, one.Oldest = b.Number(float64(one.total), 0), b.Count("workdays", float64(one.oldest))
		view.Procedure = append(view.Procedure, *one)
	}
	slices.SortFunc(view.Procedure, func(x, y overdueProcedure) int {
		return cmp.Or(cmp.Compare(y.total, x.total), cmp.Compare(y.oldest, x.oldest), cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Link, y.Link))
	})
	view.Procedure = view.Procedure[:min(len(view.Procedure), shownOverdue)]
}
