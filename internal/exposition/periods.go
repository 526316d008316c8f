package exposition

import "kpiagent/internal/kpi"

// period is a period to date with the ends of lines that its series need.
type period struct {
	toDate     kpi.Period
	applies    []bool // per KPI of the catalogue
	tail       string
	channels   [3]string // online, counter, postal
	timeliness [5]string // early, on_time, late, undated, exit
}

// month is a closed month with the end of its lines.
type month struct {
	kpi.Period
	applies []bool // per KPI of the catalogue
	tail    string
}

// closedMonths is how many closed months egov_kpi_month_value shows.
const closedMonths = 13

func periodsOf(in *Input) []period {
	var list []period
	for _, kind := range kpi.PeriodKinds() {
		p := period{toDate: kpi.PeriodOf(kind, in.Today, in.CutOff).ToDate(in.Today), tail: `,period="` + kind.String() + `"} `}
		p.applies = applying(in.Catalogue, p.toDate)
		for i, name := range kpi.ChannelNames() {
			p.channels[i] = `,channel="` + name + `"` + p.tail
		}
		for i, name := range append(kpi.TimelinessNames(), "exit") {
			p.timeliness[i] = `,timeliness="` + name + `"` + p.tail
		}
		list = append(list, p)
	}
	return list
}

func monthsOf(in *Input) []month {
	var list []month
	for _, p := range kpi.ClosedMonths(in.Today, in.CutOff, closedMonths) {
		list = append(list, month{p, applying(in.Catalogue, p), `,month="` + p.Label + `"} `})
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
