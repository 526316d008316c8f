package openmetrics

import (
	"strings"
	"testing"

	"kpiagent/collectors"
	"kpiagent/config"
)

// Two labels that mean one unit are one number: they are added up where that is wanted, and else a mistake.
func TestSeveralLabelsOfOneUnit(t *testing.T) {
	mapped := &config.Field{Columns: []string{"unit", "dept"}, Empty: []string{"-"}, Values: []config.ValueMap{
		{From: "-", To: "cuc_xnk"}, {From: "xnk", To: "cuc_xnk"}, {From: "hc", To: "cuc_hc"}, {From: "xnk-2", To: "cuc_xnk"}, {From: "test", Skip: true}}}
	page := "q{unit=\"xnk\"} 1\nq{unit=\" xnk-2 \"} 2\nq{unit=\"-\",dept=\"xnk\"} 4\nq{unit=\"hc\"} 8\nq{unit=\"test\"} 16\nq{dept=\"khac\"} 32\n"
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "q", Measure: "q", Sum: true})
	r.config.MaxSeries, r.unit = 10, mapped
	if got := r.read(t); got != "q 2026-03-10 8 hc , q 2026-03-10 32  khac, q 2026-03-10 16 test , q 2026-03-10 7 xnk " {
		t.Error(got)
	}
	r.config.Metrics[0].Sum = false
	_, _, err := r.try(t, collectors.Request{})
	if want := `3 series of q would all be the measure q of one unit, such as {__name__="q", unit="xnk"} and {__name__="q", unit=" xnk-2 "}; write sum: true to add them up, or choose by the labels unit`; err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	page = "q{unit=\"xnk\"} 1\nq{unit=\"hc\"} 1\n"
	if got := r.read(t); got != "q 2026-03-10 1 hc , q 2026-03-10 1 xnk " {
		t.Error(got)
	}
}

// The day's sum of a unit goes on when one of its labels gives way to the other.
func TestACounterWhoseUnitIsCalledOtherwise(t *testing.T) {
	page := ""
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c", Sum: true})
	r.unit = &config.Field{Column: "unit", Values: []config.ValueMap{{From: "xnk", To: "cuc_xnk"}, {From: "XNK", To: "cuc_xnk"}}}
	for _, step := range []struct{ page, want string }{
		{`co_total{unit="xnk"} 5`, "c 2026-03-10 0 xnk"},
		{"co_total{unit=\"xnk\"} 8\nco_total{unit=\"XNK\"} 1", "c 2026-03-10 4 xnk"},
		{`co_total{unit="XNK"} 3`, "c 2026-03-10 6 XNK"},
	} {
		page = "# TYPE co_total counter\n" + step.page + "\n"
		if got := r.read(t); got != step.want {
			t.Errorf("got %s, want %s", got, step.want)
		}
	}
}
