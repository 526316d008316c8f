package chart_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/web/chart"
)

func plain(v float64) string { return fmt.Sprintf("%.4g", v) }

func TestAxes(t *testing.T) {
	for _, test := range []struct {
		name string
		got  chart.Axis
		want chart.Axis
	}{
		{"counts", chart.FromZero(0, 12, 87), chart.Axis{High: 100, Ticks: []float64{0, 50, 100}}},
		{"nothing but 0", chart.FromZero(0, 0), chart.Axis{High: 1, Ticks: []float64{0, 0.5, 1}}},
		{"no values", chart.FromZero(0), chart.Axis{High: 1, Ticks: []float64{0, 0.5, 1}}},
		{"small shares", chart.FromZero(1, 0.12), chart.Axis{High: 0.15, Ticks: []float64{0, 0.05, 0.1, 0.15}}},
		{"shares", chart.FromZero(1, 0.93), chart.Axis{High: 1, Ticks: []float64{0, 0.5, 1}}},
		{"high shares, closely", chart.Around(1, 0.94, 0.99), chart.Axis{Low: 0.925, High: 1, Ticks: []float64{0.925, 0.95, 0.975, 1}}},
		{"shares that hardly move", chart.Around(1, 0.97, 0.994), chart.Axis{Low: 0.96, High: 1, Ticks: []float64{0.96, 0.98, 1}}},
		{"all the same", chart.Around(0, 5, 5), chart.Axis{Low: 4.95, High: 5.05, Ticks: []float64{4.95, 5, 5.05}}},
		{"nothing to hold", chart.Around(1), chart.Axis{High: 1, Ticks: []float64{0, 0.5, 1}}},
	} {
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
		if diff := cmp.Diff(test.want, test.got, near); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Every axis holds its values, and has from two to five labels.
func FuzzAxes(f *testing.F) {
	f.Add(0.94, 0.99, true)
	f.Add(0.0, 0.0, false)
	f.Add(1e-9, 3e12, false)
	f.Add(0.97, 0.994, true)
	f.Fuzz(func(t *testing.T, a, b float64, share bool) {
		if math.IsNaN(a+b) || math.Abs(a) > 1e15 || math.Abs(b) > 1e15 {
			return
		}
		limit := 0.0
		if a, b = math.Abs(a), math.Abs(b); share {
			limit, a, b = 1, math.Mod(a, 1), math.Mod(b, 1)
		}
		for name, axis := range map[string]chart.Axis{"from zero": chart.FromZero(limit, a, b), "around": chart.Around(limit, a, b)} {
			slack := 1e-9 * max(1, a, b)
			if n := len(axis.Ticks); axis.Low > min(a, b)+slack || axis.High < max(a, b)-slack || n < 1 || n > 5 {
				t.Errorf("%s: %g and %g on %+v", name, a, b, axis)
			}
		}
	})
}

// A row of bars with a gap, one month that still runs, and a target that changes with the year.
func ExampleColumns() {
	of := func(v float64) chart.Value { return chart.Value{V: v, OK: true} }
	p := chart.Columns([]chart.Column{
		{Value: of(40), Class: "bar", Label: "T1"},
		{},
		{Value: of(0), Class: "bar", Target: of(50)},
		{Value: of(100), Class: "bar running", Target: of(50)},
	}, 0, plain)
	for _, s := range p.Shapes {
		fmt.Println(s.Class, s.Path)
	}
	fmt.Println(p.Values, p.Times)
	// Output:
	// bar M16.8 60h86.4V100h-86.4zM256.8 98.8h86.4V100h-86.4z
	// bar running M376.8 0h86.4V100h-86.4z
	// target M240 50H480
	// [{100 0} {50 50} {0 100}] [{12.5 T1}]
}

// Shares that all lie high are told apart because the bars are cut, and the plot says from where on.
func TestBarsAreCutWhereTheyWouldLookTheSame(t *testing.T) {
	of := func(v float64) chart.Column { return chart.Column{Value: chart.Value{V: v, OK: true}, Class: "bar"} }
	for _, test := range []struct {
		name  string
		of    []chart.Column
		limit float64
		cut   string
	}{
		{"high shares", []chart.Column{of(0.94), of(0.99)}, 1, "0.925"},
		{"one low share", []chart.Column{of(0.2), of(0.99)}, 1, ""},
		{"shares that need the whole axis", []chart.Column{of(0.52), of(0.99)}, 1, ""},
		{"counts", []chart.Column{of(94), of(99)}, 0, ""},
		{"nothing", nil, 1, ""},
		{"gaps only", make([]chart.Column, 3), 1, ""},
	} {
		p := chart.Columns(test.of, test.limit, plain)
		if p.Cut != test.cut {
			t.Errorf("%s: cut at %q, want %q", test.name, p.Cut, test.cut)
		}
		for _, s := range p.Shapes {
			if strings.Contains(s.Path, "NaN") {
				t.Errorf("%s: %+v", test.name, s)
			}
		}
	}
}

// A line has gaps where there are no values; a value alone is a dot.
func TestPoints(t *testing.T) {
	of := func(v float64) chart.Column { return chart.Column{Value: chart.Value{V: v, OK: true}} }
	p := chart.Points([]chart.Column{of(1), {}, of(2), of(3)}, 0, plain)
	want := []chart.Shape{
		{chart.ClassNow, "M60 75h0M300 50L420 25"},
		{chart.ClassDots, "M60 75h0M300 50h0M420 25h0"},
	}
	if diff := cmp.Diff(want, p.Shapes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestYear(t *testing.T) {
	of := func(v float64) chart.Value { return chart.Value{V: v, OK: true} }
	y := chart.Year{
		Now:    []chart.Moment{{0.25, of(20)}, {0.5, of(40)}},
		Before: []chart.Moment{{0.5, of(30)}, {1, of(60)}},
		Target: of(90), Ahead: of(80), Low: of(70), High: of(100),
		FromZero: true, Months: []string{"T1", "", "T7", ""},
	}
	want := []chart.Shape{
		{chart.ClassBand, "M240 60L480 0V30z"},
		{chart.ClassAhead, "M240 60L480 20"},
		{chart.ClassBefore, "M240 70L480 40"},
		{chart.ClassTarget, "M0 10H480"},
		{chart.ClassNow, "M120 80L240 60"},
		{chart.ClassDots, "M240 60h0"},
	}
	p := y.Layout(0, plain)
	if diff := cmp.Diff(want, p.Shapes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]chart.Label{{"12.5", "T1"}, {"62.5", "T7"}}, p.Times); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := (chart.Year{Ahead: of(1)}).Layout(1, plain); len(p.Shapes) != 0 {
		t.Errorf("a year without a value shows %+v", p.Shapes)
	}
}

// A sparkline is broken where a value is missing; a value alone is a dot, and the target widens the scale.
func TestSparkline(t *testing.T) {
	known := func(v float64) chart.Value { return chart.Value{V: v, OK: true} }
	got, ok := chart.NewSparkline([]chart.Value{known(0), known(1), {}, known(0.5)}, known(2))
	want := chart.Sparkline{Width: 200, Height: 40, Lines: []string{"4.0,36.0 68.0,20.0"}, Target: "4.0",
		Dots: []chart.Dot{{X: "4.0", Y: "36.0"}, {X: "68.0", Y: "20.0"}, {X: "196.0", Y: "28.0", Last: true}}}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("-want +got:\n%s", diff)
	}
	if flat, _ := chart.NewSparkline([]chart.Value{known(5), known(5)}, chart.Value{}); flat.Lines[0] != "4.0,20.0 196.0,20.0" {
		t.Errorf("equal values are no line in the middle: %q", flat.Lines)
	}
	if _, ok := chart.NewSparkline([]chart.Value{{}, {}}, known(1)); ok {
		t.Error("without a value there is a line")
	}
}
