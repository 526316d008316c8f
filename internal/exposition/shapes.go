package exposition

import (
	"slices"
	"strconv"
	"unique"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/kpi"
)

// shape says which series a row of samples has: those of some families that share the labels of the row, and have others, such as
// the period, by their column.
type shape struct {
	labels  []string // of a row, in the order of the page
	first   family   // of the columns, which come family by family
	columns []column
	indices []int // of all columns
}

type column struct {
	family family
	series unique.Handle[labels.Labels] // the name and the labels of the column
	name   string                       // of the series, as text
	tail   string                       // the labels as text, with what ends them: `,period="month"} `
}

func newShape(labels ...string) *shape { return &shape{labels: labels} }

// add adds a column with labels, as pairs of name and value. What is appended to the family's name is empty but for histograms.
func (s *shape) add(f family, suffix string, pairs ...string) {
	if len(s.columns) == 0 {
		s.first = f
	}
	c := column{family: f, name: figureFamilies[f].Name + suffix}
	b := labels.NewScratchBuilder(3)
	b.Add(model.MetricNameLabel, c.name)
	var tail []byte
	for i := 0; i+1 < len(pairs); i += 2 {
		tail = appendLabel(append(tail, ','), pairs[i], pairs[i+1])
		b.Add(pairs[i], pairs[i+1])
	}
	if len(s.labels) > 0 || len(pairs) > 0 {
		tail = append(tail, '}')
	}
	c.tail = string(append(tail, ' '))
	b.Sort()
	c.series = unique.Make(b.Labels())
	s.indices = append(s.indices, len(s.columns))
	s.columns = append(s.columns, c)
}

// has reports whether columns have a label.
func (s *shape) has(name string) bool {
	return slices.ContainsFunc(s.columns, func(c column) bool { return c.series.Value().Has(name) })
}

// shapes are the shapes of all figures. The columns of a row of dossiers or of a KPI are, family by family, as tally, view and
// figure fill them.
type shapes struct {
	unit, info, procedures, dossiers, totals, observation, kpiInfo, kpi, text, balance, serial *shape
}

func newShapes(periods []period, months []month, present bool) *shapes {
	s := &shapes{
		unit: newShape(unitLabels()...), info: newShape("unit", "procedure", "name", "field"),
		procedures: newShape("unit", "field"), dossiers: newShape("unit", "procedure"), observation: newShape("unit", "measure"),
		kpi: newShape("kpi", "unit"), balance: newShape("unit"), totals: newShape("unit"), serial: newShape(), kpiInfo: newShape(kpiLabels()...),
		text: newShape(textLabels()...),
	}
	s.kpiInfo.add(kpiInfo, "")
	s.text.add(kpiText, "")
	s.totals.addCounts(periods, unitReceived)
	s.unit.add(unitInfo, "")
	s.info.add(procedureInfo, "")
	for _, level := range kpi.ServiceLevels() {
		s.procedures.add(procedures, "", "level", level)
	}
	s.dossiers.addDossiers(periods)
	for _, p := range periods {
		s.observation.add(observation, "", "period", p.name)
	}
	for f := kpiValue; f <= kpiVerdict; f++ {
		for _, p := range periods {
			s.kpi.add(f, "", "period", p.name)
		}
	}
	for _, m := range months[max(0, len(months)-labelledMonths):] {
		s.kpi.add(kpiMonthValue, "", "month", m.Label)
	}
	if present {
		for i := range months {
			s.kpi.add(kpiMonthAgeValue, "", "age", strconv.Itoa(len(months)-i))
		}
		s.kpi.add(kpiMonthChange, "")
		s.kpi.add(kpiMissedMonths, "")
	}
	s.balance.add(ledgerImbalance, "")
	s.balance.add(seriesOverBudget, "")
	s.serial.add(ledgerSerial, "")
	return s
}

// addCounts adds the counts of dossiers: the families of what was received, carried over, finished and is open, beginning with one.
func (s *shape) addCounts(periods []period, first family) {
	for _, p := range periods {
		for _, channel := range kpi.ChannelNames() {
			s.add(first, "", "channel", channel, "period", p.name)
		}
	}
	for _, p := range periods {
		s.add(first+1, "", "period", p.name)
	}
	for _, p := range periods {
		for _, timeliness := range append(kpi.TimelinessNames(), "exit") {
			s.add(first+2, "", "timeliness", timeliness, "period", p.name)
		}
	}
	for _, state := range []string{"in_time", "overdue", "paused", "undated"} {
		s.add(first+3, "", "state", state)
	}
}

func (s *shape) addDossiers(periods []period) {
	s.addCounts(periods, dossiersReceived)
	for _, b := range buckets {
		s.add(handlingTime, "_bucket", "le", b.le)
	}
	s.add(handlingTime, "_bucket", "le", "+Inf")
	s.add(handlingTime, "_sum")
	s.add(handlingTime, "_count")
}

// buckets are the upper bounds of the handling time in working days, with the label that both formats write alike.
var buckets = []struct {
	workdays float64
	le       string
}{
	{0.5, "0.5"}, {1, "1.0"}, {2, "2.0"}, {3, "3.0"}, {5, "5.0"}, {7, "7.0"}, {10, "10.0"}, {15, "15.0"}, {20, "20.0"}, {30, "30.0"}, {45, "45.0"}, {60, "60.0"},
}

// period is a period to date.
type period struct {
	toDate  kpi.Period
	name    string
	applies []bool // per KPI of the catalogue
}

// month is a closed month.
type month struct {
	kpi.Period
	applies []bool // per KPI of the catalogue
}

const (
	// labelledMonths is how many closed months egov_kpi_month_value shows.
	labelledMonths = 13
	// agedMonths is how many egov_kpi_month_age_value shows.
	agedMonths = kpi.RunMonths
)

func periodsOf(in *Input) (list []period) {
	for _, kind := range kpi.PeriodKinds() {
		toDate := kpi.PeriodOf(kind, in.Today, in.CutOff).ToDate(in.Today)
		list = append(list, period{toDate, kind.String(), applying(in.Catalogue, toDate)})
	}
	return list
}

func monthsOf(in *Input) (list []month) {
	n := labelledMonths
	if in.Past == 0 {
		n = agedMonths
	}
	for _, p := range kpi.ClosedMonths(in.Today, in.CutOff, n) {
		list = append(list, month{p, applying(in.Catalogue, p)})
	}
	return list
}

func applying(catalogue kpi.Catalogue, p kpi.Period) []bool {
	applies := make([]bool, len(catalogue))
	for i, def := range catalogue {
		applies[i] = def.Applies(p)
	}
	return applies
}
