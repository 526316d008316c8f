package exposition

import (
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// Input is what the figures of a page are computed from.
type Input struct {
	Books     *kpi.Books
	Units     []kpi.Unit // in the order of the page
	Catalogue kpi.Catalogue
	Targets   []kpi.Target
	CutOff    kpi.CutOff
	Today     kpi.Day
	// ProcedureLabels asks for series per procedure; without them a unit has one set, with an empty procedure label.
	ProcedureLabels bool
	// SeriesPerUnit bounds the series per procedure of a unit; 0 is no bound.
	SeriesPerUnit int
	// Past asks for a day that is over, as the books know it: without what they know of the present only (procedures by
	// service level and the KPIs made of them, the state of the books themselves), and without what had no data up to
	// that day. So nothing that has happened since a day makes a difference to it, unless that day is corrected. The zero
	// Part asks for the present, all of it.
	Past Part
}

// Part is a part of the figures of a past day.
type Part uint8

// The parts: what there is of each unit (its KPIs, what it reports, its name) and the much more that there is of its
// procedures (dossiers, handling times, names), also where one total stands for them.
const (
	OfUnits Part = 1 << iota
	OfProcedures
	Whole = OfUnits | OfProcedures
)

// buckets are the upper bounds of the handling time in working days, with the label that both formats write alike.
var buckets = []struct {
	workdays float64
	tail     string
}{
	{0.5, bucketTail("0.5")}, {1, bucketTail("1.0")}, {2, bucketTail("2.0")}, {3, bucketTail("3.0")}, {5, bucketTail("5.0")},
	{7, bucketTail("7.0")}, {10, bucketTail("10.0")}, {15, bucketTail("15.0")}, {20, bucketTail("20.0")},
	{30, bucketTail("30.0")}, {45, bucketTail("45.0")}, {60, bucketTail("60.0")},
}

func bucketTail(le string) string { return `,le="` + le + `"} ` }

// The series of one procedure of a unit, for the budget: per period three channels, carried over and five ends; then the
// open states, the histogram and the name.
var seriesPerProcedure = len(kpi.PeriodKinds())*(3+1+5) + 4 + len(buckets) + 3 + 1

// end closes the labels of a line that has nothing more to say.
const end = "} "

// writer writes the series of one Input to a sheet.
type writer struct {
	Input
	*sheet
	periods    []period
	begins     []kpi.Day // of the periods, which all end today
	months     []month
	imbalances []Imbalance
	labels     []byte  // of the line that is being written
	memory     *memory // of the day before; nil where there is none
}

// Imbalance says by how many dossiers the books of a unit do not balance.
type Imbalance struct {
	Unit     string
	Dossiers int64
}

func newWriter(in Input, s *sheet) *writer {
	w := &writer{Input: in, sheet: s, periods: periodsOf(&in), months: monthsOf(&in)}
	for i := range w.periods {
		w.begins = append(w.begins, w.periods[i].toDate.From)
	}
	return w
}

func (w *writer) write() {
	for _, unit := range w.Units {
		if w.Past != 0 {
			w.past(unit)
			continue
		}
		w.unit(unit)
		w.procedures(unit.ID)
		w.dossiers(unit.ID)
		w.observations(unit.ID)
		w.kpis(unit.ID)
		w.cut()
	}
}

// past writes what is asked for of a unit and a past day.
func (w *writer) past(unit kpi.Unit) {
	if w.Past&OfUnits != 0 && w.known(unit.ID) {
		w.unit(unit)
		w.observations(unit.ID)
		w.kpis(unit.ID)
	}
	if w.Past&OfProcedures != 0 {
		w.pastDossiers(unit.ID)
	}
}

// known says whether there was anything of a unit up to the day.
func (w *writer) known(unit string) bool {
	return w.Books.Daybook.Unit(unit).KnownAt(w.Today) ||
		slices.ContainsFunc(w.Books.Observed.Measures(unit), func(m string) bool { return w.Books.Observed.KnownAt(unit, m, w.Today) })
}

// label starts the labels of a line, with pairs of name and value.
func (w *writer) label(pairs ...string) []byte {
	w.labels = w.labels[:0]
	for i := 0; i+1 < len(pairs); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		w.labels = appendLabel(append(w.labels, separator), pairs[i], pairs[i+1])
	}
	return w.labels
}

func (w *writer) unit(u kpi.Unit) {
	name := u.Name.Vi
	if name == "" {
		name = u.Name.En
	}
	if name == "" {
		name = u.ID
	}
	english := u.Name.En
	if english == "" {
		english = name
	}
	w.count(unitInfo, w.label("unit", u.ID, "parent", u.Parent, "name", name, "name_en", english), end, 1)
}

// procedures writes how many procedures of each field stand at each service level.
func (w *writer) procedures(unit string) {
	levels := kpi.ServiceLevels()
	counts := make(map[string][]int64)
	var fields []string // in the order of their first procedure's code
	for _, p := range w.Books.Register.Procedures(unit) {
		if !p.InForce(w.Today) {
			continue
		}
		if counts[p.Field] == nil {
			counts[p.Field] = make([]int64, len(levels))
			fields = append(fields, p.Field)
		}
		for i, level := range levels {
			if p.HasLevel(level) {
				counts[p.Field][i]++
			}
		}
	}
	for _, field := range fields {
		labels := w.label("unit", unit, "field", field)
		for i, level := range levels {
			w.count(procedures, labels, `,level="`+level+`"} `, counts[field][i])
		}
	}
}

// dossiers writes a unit's series per procedure, or one set for all, and whether its books balance.
func (w *writer) dossiers(unit string) {
	codes := w.Books.Daybook.Procedures(unit)
	names := w.procedureNames(unit, codes)
	over := w.overBudget(len(codes), len(names))
	each := w.ProcedureLabels && !over

	var ofProcedures, ofUnit int64
	for _, code := range codes {
		labels := w.label("unit", unit, "procedure", code)
		ofProcedures += w.view(w.Books.Daybook.Procedure(unit, code), labels, each)
	}
	if len(codes) > 0 {
		labels := w.label("unit", unit, "procedure", "")
		ofUnit = w.view(w.Books.Daybook.Unit(unit), labels, !each)
	}
	if each {
		w.infos(unit, names)
	}

	labels := w.label("unit", unit)
	imbalance := max(ofProcedures, ofUnit)
	if imbalance != 0 {
		w.imbalances = append(w.imbalances, Imbalance{unit, imbalance})
	}
	w.count(ledgerImbalance, labels, end, imbalance)
	n := int64(0)
	if over && w.ProcedureLabels {
		n = 1
	}
	w.count(seriesOverBudget, labels, end, n)
}

// pastDossiers writes the series of the procedures that had dossiers up to the day, or one set for all of them.
func (w *writer) pastDossiers(unit string) {
	codes := slices.DeleteFunc(w.Books.Daybook.Procedures(unit), func(code string) bool { return !w.Books.Daybook.Procedure(unit, code).KnownAt(w.Today) })
	if len(codes) == 0 {
		return
	}
	if !w.ProcedureLabels || w.overBudget(len(codes), len(codes)) {
		w.view(w.Books.Daybook.Unit(unit), w.label("unit", unit, "procedure", ""), true)
		return
	}
	names := make([]kpi.Procedure, len(codes))
	for i, code := range codes {
		w.view(w.Books.Daybook.Procedure(unit, code), w.label("unit", unit, "procedure", code), true)
		names[i], _ = w.Books.Register.Describe(unit, code)
	}
	w.infos(unit, names)
}

// overBudget says whether a unit has too many series for so many procedures with dossiers, of so many that have a name.
func (w *writer) overBudget(codes, names int) bool {
	return w.SeriesPerUnit > 0 && codes*seriesPerProcedure+names-codes > w.SeriesPerUnit
}

func (w *writer) infos(unit string, names []kpi.Procedure) {
	for _, p := range names {
		w.count(procedureInfo, w.label("unit", unit, "procedure", p.Code, "name", p.Name, "field", p.Field), end, 1)
	}
}

// procedureNames gives one entry for each code that the unit or one below it has registered or has dossiers of, in order:
// the unit's own or one declared above it, else the first of those below.
func (w *writer) procedureNames(unit string, codes []string) []kpi.Procedure {
	var names []kpi.Procedure
	registered := w.Books.Register.Procedures(unit) // in the order of the codes, as codes are
	add := func(code string) {
		p, _ := w.Books.Register.Describe(unit, code)
		names = append(names, p)
		for len(registered) > 0 && registered[0].Code == code {
			registered = registered[1:]
		}
		for len(codes) > 0 && codes[0] == code {
			codes = codes[1:]
		}
	}
	for len(registered) > 0 || len(codes) > 0 {
		if len(codes) == 0 || len(registered) > 0 && strings.Compare(registered[0].Code, codes[0]) <= 0 {
			add(registered[0].Code)
		} else {
			add(codes[0])
		}
	}
	return names
}

// view writes the series of a set of dossiers where show is true, and gives the largest imbalance over the periods.
func (w *writer) view(v kpi.View, labels []byte, show bool) (imbalance int64) {
	tallies := v.Tallies(w.begins, w.Today)
	for i := range tallies {
		imbalance = max(imbalance, tallies[i].Imbalance())
		if show {
			w.tally(&tallies[i], labels, &w.periods[i])
		}
	}
	if !show {
		return imbalance
	}
	tally := tallies[0] // all have today's open dossiers
	w.count(dossiersOpen, labels, `,state="in_time"} `, tally.InTime-tally.Paused-tally.OpenUndated)
	w.count(dossiersOpen, labels, `,state="overdue"} `, tally.Overdue)
	w.count(dossiersOpen, labels, `,state="paused"} `, tally.Paused)
	w.count(dossiersOpen, labels, `,state="undated"} `, tally.OpenUndated)
	w.histogram(v, labels)
	w.cut()
	return imbalance
}

func (w *writer) tally(t *kpi.Tally, labels []byte, p *period) {
	w.count(dossiersReceived, labels, p.channels[0], t.Online)
	w.count(dossiersReceived, labels, p.channels[1], t.Counter)
	w.count(dossiersReceived, labels, p.channels[2], t.Postal)
	w.count(dossiersCarriedOver, labels, p.tail, t.CarriedOver)
	w.count(dossiersFinished, labels, p.timeliness[0], t.Early)
	w.count(dossiersFinished, labels, p.timeliness[1], t.OnTime)
	w.count(dossiersFinished, labels, p.timeliness[2], t.Late)
	w.count(dossiersFinished, labels, p.timeliness[3], t.Undated)
	w.count(dossiersFinished, labels, p.timeliness[4], t.Exits)
}
