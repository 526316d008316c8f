package exposition

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unique"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/i18n"
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

// The series of one procedure of a unit, for the budget: per period three channels, carried over and five ends; then the
// open states, the histogram and the name.
var seriesPerProcedure = len(kpi.PeriodKinds())*(3+1+5) + 4 + len(buckets) + 3 + 1

// calculation works out the samples of one Input.
type calculation struct {
	Input
	periods    []period
	begins     []kpi.Day // of the periods, which all end today
	months     []month
	shapes     *shapes
	samples    *Samples
	imbalances []Imbalance
	begun      int // how many blocks there were when the unit at hand began
	labels     labels.ScratchBuilder
	cache      *cache // of the day before; nil where there is none
}

// Imbalance says by how many dossiers the books of a unit do not balance.
type Imbalance struct {
	Unit     string
	Dossiers int64
}

func newCalculation(in Input) *calculation {
	c := &calculation{Input: in, labels: labels.NewScratchBuilder(4), periods: periodsOf(&in), months: monthsOf(&in), samples: new(Samples)}
	for i := range c.periods {
		c.begins = append(c.begins, c.periods[i].toDate.From)
	}
	c.shapes = newShapes(c.periods, c.months, in.Past == 0)
	return c
}

// run works out everything.
func (c *calculation) run() {
	if c.Past == 0 {
		c.catalogue()
	}
	for i, unit := range c.Units {
		c.begun = len(c.samples.blocks)
		if c.Past != 0 {
			c.past(unit, i)
			continue
		}
		c.unit(unit, i)
		c.procedures(unit.ID)
		c.dossiers(unit.ID)
		c.observations(unit.ID)
		c.kpis(unit.ID)
	}
	if c.Past == 0 {
		c.begun = len(c.samples.blocks)
		c.row(c.shapes.serial)[0] = float64(c.Books.Serial)
	}
	for i := range c.samples.blocks {
		for _, v := range c.samples.blocks[i].values {
			if !isAbsent(v) {
				c.samples.count++
			}
		}
	}
}

// blockSize is how many values a block has before another one is begun: enough text to compress well, and so little that a change
// of one unit leaves most of a large page encoded as it is.
const blockSize = 1024

// row adds a row of a shape and returns its values, all still absent, for the caller to fill before it adds another roc. Labels are
// pairs of name and value.
func (c *calculation) row(s *shape, pairs ...string) []float64 {
	blocks := &c.samples.blocks
	if n := len(*blocks); n == c.begun || (*blocks)[n-1].shape != s || len((*blocks)[n-1].values) >= blockSize {
		*blocks = append(*blocks, block{shape: s})
	}
	b := &(*blocks)[len(*blocks)-1]
	c.labels.Reset()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			c.labels.Add(pairs[i], clean(pairs[i+1]))
		}
	}
	c.labels.Sort()
	b.rows = append(b.rows, unique.Make(c.labels.Labels()))
	start := len(b.values)
	for range s.columns {
		b.values = append(b.values, math.Float64frombits(absentBits))
	}
	return b.values[start:]
}

// past works out what is asked for of a unit and a past day.
func (c *calculation) past(unit kpi.Unit, place int) {
	if c.Past&OfUnits != 0 && c.known(unit.ID) {
		c.unit(unit, place)
		if view := c.Books.Daybook.Unit(unit.ID); view.KnownAt(c.Today) {
			c.totals(unit.ID, view.Tallies(c.begins, c.Today))
		}
		c.observations(unit.ID)
		c.kpis(unit.ID)
	}
	if c.Past&OfProcedures != 0 {
		c.pastDossiers(unit.ID)
	}
}

// known reports whether there was anything of a unit up to the day.
func (c *calculation) known(unit string) bool {
	return c.Books.Daybook.Unit(unit).KnownAt(c.Today) ||
		slices.ContainsFunc(c.Books.Observed.Measures(unit), func(m string) bool { return c.Books.Observed.KnownAt(unit, m, c.Today) })
}

// unitLabels are the labels of a unit's information: its name in the default language and in each of the others.
func unitLabels() []string {
	return slices.Concat([]string{"unit", "parent"}, nameLabels("name"), nameLabels("short"), []string{"order"})
}

// nameLabels are the labels of a text: one for the default language, and one for each of the others.
func nameLabels(label string) []string {
	names := []string{label}
	for _, language := range i18n.Codes()[1:] {
		names = append(names, label+"_"+language)
	}
	return names
}

// named returns those labels with a text, or with what is written where there is none.
func named(label string, t kpi.Text, otherwise string) []string {
	main := cmp.Or(t.In(kpi.DefaultLanguage), otherwise)
	pairs := []string{label, main}
	for _, language := range i18n.Codes()[1:] {
		pairs = append(pairs, label+"_"+language, cmp.Or(t[language], main))
	}
	return pairs
}

// place writes a place so that texts are in the order of numbers.
func place(i int) string { return fmt.Sprintf("%03d", i+1) }

func (c *calculation) unit(u kpi.Unit, i int) {
	c.row(c.shapes.unit, slices.Concat([]string{"unit", u.ID, "parent", u.Parent}, named("name", u.Name, u.ID),
		named("short", u.ShortName(), u.ID), []string{"order", place(i)})...)[0] = 1
}

// kpiLabels are the labels of a KPI's information.
func kpiLabels() []string {
	return slices.Concat([]string{"kpi"}, nameLabels("name"), nameLabels("short"), []string{"kind", "direction", "group", "order"})
}

func (c *calculation) catalogue() {
	for i, def := range c.Catalogue.Displayed() {
		c.row(c.shapes.kpiInfo, slices.Concat([]string{"kpi", def.ID}, named("name", def.Name, def.ID), named("short", def.ShortName(), def.ID),
			[]string{"kind", def.Kind, "direction", def.Direction, "group", def.InGroup(), "order", place(i)})...)[0] = 1
	}
}

// procedures counts how many procedures of each field there are at each service level.
func (c *calculation) procedures(unit string) {
	levels := kpi.ServiceLevels()
	counts := make(map[string][]int64)
	var fields []string // in the order of their first procedure's code
	for _, p := range c.Books.Register.Procedures(unit) {
		if !p.InForce(c.Today) {
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
		row := c.row(c.shapes.procedures, "unit", unit, "field", field)
		for i := range levels {
			row[i] = float64(counts[field][i])
		}
	}
}

// dossiers works out a unit's series per procedure, or one set for all, and whether its books balance.
func (c *calculation) dossiers(unit string) {
	codes := c.Books.Daybook.Procedures(unit)
	names := c.procedureNames(unit, codes)
	over := c.overBudget(len(codes), len(names))
	each := c.ProcedureLabels && !over

	var ofProcedures, ofUnit int64
	for _, code := range codes {
		ofProcedures += c.view(c.Books.Daybook.Procedure(unit, code), unit, code, each)
	}
	if len(codes) > 0 {
		ofUnit = c.view(c.Books.Daybook.Unit(unit), unit, "", !each)
	}
	if each {
		c.infos(unit, names)
	}

	imbalance := max(ofProcedures, ofUnit)
	if imbalance != 0 {
		c.imbalances = append(c.imbalances, Imbalance{unit, imbalance})
	}
	row := c.row(c.shapes.balance, "unit", unit)
	row[0], row[1] = float64(imbalance), 0
	if over && c.ProcedureLabels {
		row[1] = 1
	}
}

// pastDossiers works out the series of the procedures that had dossiers up to the day, or one set for all of them.
func (c *calculation) pastDossiers(unit string) {
	codes := slices.DeleteFunc(c.Books.Daybook.Procedures(unit), func(code string) bool { return !c.Books.Daybook.Procedure(unit, code).KnownAt(c.Today) })
	if len(codes) == 0 {
		return
	}
	if !c.ProcedureLabels || c.overBudget(len(codes), len(codes)) {
		c.view(c.Books.Daybook.Unit(unit), unit, "", true)
		return
	}
	names := make([]kpi.Procedure, len(codes))
	for i, code := range codes {
		c.view(c.Books.Daybook.Procedure(unit, code), unit, code, true)
		names[i], _ = c.Books.Register.Describe(unit, code)
	}
	c.infos(unit, names)
}

// overBudget reports whether a unit has too many series for so many procedures with dossiers, of so many that have a name.
func (c *calculation) overBudget(codes, names int) bool {
	return c.SeriesPerUnit > 0 && codes*seriesPerProcedure+names-codes > c.SeriesPerUnit
}

func (c *calculation) infos(unit string, names []kpi.Procedure) {
	for _, p := range names {
		c.row(c.shapes.info, "unit", unit, "procedure", p.Code, "name", p.Name, "field", p.Field)[0] = 1
	}
}

// procedureNames returns one entry for each code that the unit or one below it has registered or has dossiers of, in order:
// the unit's own or one declared above it, else the first of those beloc.
func (c *calculation) procedureNames(unit string, codes []string) []kpi.Procedure {
	var names []kpi.Procedure
	registered := c.Books.Register.Procedures(unit) // in the order of the codes, as codes are
	add := func(code string) {
		p, _ := c.Books.Register.Describe(unit, code)
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

// view works out the series of a set of dossiers where show is true, and returns the largest imbalance over the periods.
func (c *calculation) view(v kpi.View, unit, procedure string, show bool) (imbalance int64) {
	tallies := v.Tallies(c.begins, c.Today)
	for i := range tallies {
		imbalance = max(imbalance, tallies[i].Imbalance())
	}
	if procedure == "" && c.Past == 0 {
		c.totals(unit, tallies)
	}
	if !show {
		return imbalance
	}
	row := fill(c.row(c.shapes.dossiers, "unit", unit, "procedure", procedure), tallies)
	h := v.HandlingTimeEver(c.Today)
	for i, b := range buckets {
		row[i] = float64(h.Within(b.workdays))
	}
	row = row[len(buckets):]
	row[0], row[1], row[2] = float64(h.Count), h.Workdays(), float64(h.Count)
	return imbalance
}

// totals works out the counts of all dossiers of a unit.
func (c *calculation) totals(unit string, tallies []kpi.Tally) {
	fill(c.row(c.shapes.totals, "unit", unit), tallies)
}

// fill fills in counts of dossiers by period, and returns the columns after them.
func fill(row []float64, tallies []kpi.Tally) []float64 {
	put := func(counts ...int64) {
		for i, n := range counts {
			row[i] = float64(n)
		}
		row = row[len(counts):]
	}
	for i := range tallies {
		put(tallies[i].Online, tallies[i].Counter, tallies[i].Postal)
	}
	for i := range tallies {
		put(tallies[i].CarriedOver)
	}
	for i := range tallies {
		put(tallies[i].Early, tallies[i].OnTime, tallies[i].Late, tallies[i].Undated, tallies[i].Exits)
	}
	open := &tallies[0] // all have today's open dossiers
	put(open.InTime-open.Paused-open.OpenUndated, open.Overdue, open.Paused, open.OpenUndated)
	return row
}
