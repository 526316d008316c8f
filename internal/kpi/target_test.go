package kpi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name           string
		value          float64
		ok             bool
		direction      string
		target, margin float64
		want           Status
	}{
		{"no figure", 0, false, "up", 0.9, 0.02, StatusNoData},
		{"not a number", math.NaN(), true, "up", 0.9, 0.02, StatusNoData},
		{"below", 0.8999, true, "up", 0.9, 0.02, StatusMissed},
		{"just reached", 0.9, true, "up", 0.9, 0.02, StatusAtRisk},
		{"within the margin", 0.919, true, "", 0.9, 0.02, StatusAtRisk},
		{"above the margin", 0.92, true, "", 0.9, 0.02, StatusMet},
		{"binary rounding", 0.97, true, "up", 0.95, 0.02, StatusMet},
		{"no margin", 0.9, true, "up", 0.9, 0, StatusMet},
		{"everything, and everything is asked", 1, true, "up", 1, 0.02, StatusMet},
		{"nearly everything", 0.999, true, "up", 1, 0.02, StatusMissed},
		{"groups", 16, true, "up", 16, 1, StatusAtRisk},
		{"down: above", 5.1, true, "down", 5, 0.5, StatusMissed},
		{"down: within the margin", 4.6, true, "down", 5, 0.5, StatusAtRisk},
		{"down: met", 4.5, true, "down", 5, 0.5, StatusMet},
		{"down: none, and none is asked", 0, true, "down", 0, 3, StatusMet},
		{"down: one, and none is asked", 1, true, "down", 0, 3, StatusMissed},
	} {
		target := Target{Value: tc.target, Margin: tc.margin}
		if got := target.Judge(Definition{Kind: KindShare, Direction: tc.direction}, tc.value, tc.ok); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// The numbers are a contract with the boards.
func TestStatusValues(t *testing.T) {
	got := map[string]Status{}
	for s := range Status(4) {
		got[s.String()] = s
	}
	want := map[string]Status{"no_data": 0, "missed": 1, "at_risk": 2, "met": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := Status(9).String(); got != "invalid(9)" {
		t.Errorf("an invalid status: got %q", got)
	}
}

func TestTargetFor(t *testing.T) {
	targets := []Target{
		{KPI: "on_time_share", Year: 2026, Value: 0.9},
		{KPI: "on_time_share", Year: 2026, Unit: "xnk", Value: 0.95},
		{KPI: "on_time_share", Year: 2025, Unit: "hc", Value: 0.8},
		{KPI: "overdue_open", Year: 2026, Unit: "xnk", Value: 10},
	}
	for _, tc := range []struct {
		kpi, unit string
		year      int
		want      float64
		ok        bool
	}{
		{"on_time_share", "xnk", 2026, 0.95, true},
		{"on_time_share", "hc", 2026, 0.9, true},
		{"on_time_share", "hc", 2025, 0.8, true},
		{"on_time_share", "xnk", 2025, 0, false},
		{"overdue_open", "hc", 2026, 0, false},
	} {
		got, ok := TargetFor(targets, tc.kpi, tc.unit, tc.year)
		if got.Value != tc.want || ok != tc.ok {
			t.Errorf("%s of %s in %d: got %v, %v; want %v, %v", tc.kpi, tc.unit, tc.year, got.Value, ok, tc.want, tc.ok)
		}
	}
}

// daily spreads weeks over days: everything happens on Wednesday.
func daily(weeks ...Pair) []Pair {
	days := make([]Pair, 7*len(weeks))
	for i, w := range weeks {
		days[7*i+2] = w
	}
	return days
}

// march is 14 days before the end of March 2026: two more weeks. Four recent weeks brought 70, 80, 90 and 80 of 100 each.
func march(t testing.TB, kind, direction string, target float64) ProgressInput {
	return ProgressInput{
		Kind: kind, Direction: direction, Target: target,
		Period: PeriodOf(PeriodMonth, day(t, "2026-03-17"), CutCalendar),
		Today:  day(t, "2026-03-17"),
		SoFar:  Pair{170, 200},
		Recent: daily(Pair{70, 100}, Pair{80, 100}, Pair{90, 100}, Pair{80, 100}),
	}
}

func TestProject(t *testing.T) {
	// share: (170 + 2·80) / (200 + 2·100) = 0.825; y = −12.5, −2.5, 7.5, −2.5, so s² = 200/3;
	// band = 2.353 · √(200/3) · √(2 + 4/4) / 400 = 2.353 · √200 / 400
	half := 2.353 * math.Sqrt(200)
	share := Outlook{Projection: 0.825, Low: 0.825 - half/400, High: 0.825 + half/400, HasProjection: true, HasRequired: true}
	// count: 170 + 2·80 = 330, the same spread
	count := Outlook{Projection: 330, Low: 330 - half, High: 330 + half, HasProjection: true, HasRequired: true}
	with := func(o Outlook, required float64) Outlook {
		o.Required = required
		return o
	}
	for _, tc := range []struct {
		name string
		in   ProgressInput
		want Outlook
	}{
		{"share", march(t, KindShare, "up", 0.9), with(share, 0.95)},                         // (360 − 170) / 200
		{"share, out of reach", march(t, KindShare, "", 0.95), with(share, 1.05)},            // (380 − 170) / 200
		{"share, only a perfect rest", march(t, KindShare, "", 0.925), with(share, 1)},       // (370 − 170) / 200
		{"share, secured", march(t, KindShare, "up", 0.4), with(share, 0)},                   // 160 < 170
		{"share, down", march(t, KindShare, "down", 0.9), with(share, 0.05)},                 // 190 of 200 may be in
		{"share, down, out of reach", march(t, KindShare, "down", 0.4), with(share, 1.05)},   // 170 of 400 are in already
		{"share, down, secured", march(t, KindShare, "down", 0.95), with(share, 0)},          // all 200 may be in
		{"count", march(t, KindCount, "up", 362), with(count, 1.2)},                          // 192 / 160
		{"count, secured", march(t, KindCount, "up", 150), with(count, 0)},                   //
		{"count, down", march(t, KindCount, "down", 202), with(count, 0.8)},                  // only 32 of 160 may come
		{"count, down, out of reach", march(t, KindCount, "down", 160), with(count, 1.0625)}, // 10 too many already
		{"count, down, secured", march(t, KindCount, "down", 362), with(count, 0)},           //
		{"mean", march(t, KindMean, "down", 5), Outlook{}},
		{"quantile", march(t, KindQuantile, "down", 5), Outlook{}},
	} {
		if diff := cmp.Diff(tc.want, Project(tc.in), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestProjectAtTheEdges(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*ProgressInput)
		want   Outlook
	}{
		{"the last day: nothing remains", func(p *ProgressInput) { p.Today = p.Period.To },
			Outlook{Projection: 0.85, Low: 0.85, High: 0.85, HasProjection: true}},
		{"after the period", func(p *ProgressInput) { p.Today = p.Period.To + 90 },
			Outlook{Projection: 0.85, Low: 0.85, High: 0.85, HasProjection: true}},
		{"two weeks are too few", func(p *ProgressInput) { p.Recent = p.Recent[:20] }, Outlook{}},
		{"two weeks with a denominator, too", func(p *ProgressInput) {
			p.Recent = daily(Pair{1, 2}, Pair{}, Pair{}, Pair{2, 2})
		}, Outlook{}},
		{"no recent days", func(p *ProgressInput) { p.Recent = nil }, Outlook{}},
		{"a stock", func(p *ProgressInput) { p.Stock = true }, Outlook{}},
		{"not a number", func(p *ProgressInput) { p.SoFar.Numerator = math.NaN() }, Outlook{}},
		{"every week alike: no band", func(p *ProgressInput) {
			p.SoFar = Pair{160, 200}
			p.Recent = daily(Pair{80, 100}, Pair{80, 100}, Pair{80, 100})
		}, Outlook{Projection: 0.8, Low: 0.8, High: 0.8, HasProjection: true, Required: 1, HasRequired: true}},
		{"before the period: all of it remains", func(p *ProgressInput) {
			p.Today, p.SoFar = p.Period.From-1, Pair{}
			p.Recent = daily(Pair{80, 100}, Pair{80, 100}, Pair{80, 100})
		}, Outlook{Projection: 0.8, Low: 0.8, High: 0.8, HasProjection: true, Required: 0.9, HasRequired: true}},
	} {
		in := march(t, KindShare, "up", 0.9)
		tc.change(&in)
		if diff := cmp.Diff(tc.want, Project(in), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// randomProgress is a year in which some share of each day's dossiers is good.
func randomProgress(random *rand.Rand) ProgressInput {
	good := random.Float64()
	draw := func() (p Pair) {
		for range random.IntN(8) {
			p.Denominator++
			if random.Float64() < good {
				p.Numerator++
			}
		}
		return p
	}
	in := ProgressInput{
		Kind:      []string{KindShare, KindCount}[random.IntN(2)],
		Direction: []string{"up", "down", ""}[random.IntN(3)],
		Period:    PeriodOf([]PeriodKind{PeriodMonth, PeriodQuarter, PeriodYear}[random.IntN(3)], Date(2026, 5, 5), CutND09),
	}
	in.Today = in.Period.From + Day(random.IntN(in.Period.Days()))
	for range in.Period.ToDate(in.Today).Days() {
		d := draw()
		in.SoFar.Numerator += d.Numerator
		in.SoFar.Denominator += d.Denominator
	}
	for range random.IntN(100) {
		in.Recent = append(in.Recent, draw())
	}
	in.Target = random.Float64()
	if in.Kind == KindCount {
		in.Target = math.Floor(2 * in.Target * (in.SoFar.Numerator + 50))
	}
	return in
}

func TestProjectProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	projected := 0
	for range 20_000 {
		in := randomProgress(random)
		out := Project(in)
		if !out.HasProjection {
			if len(in.Recent) >= 56 && in.Kind == KindCount {
				t.Fatalf("no projection from eight weeks: %+v", in)
			}
			continue
		}
		projected++
		if out.Low > out.Projection || out.Projection > out.High {
			t.Fatalf("the projection lies outside its band: %+v", out)
		}
		if in.Kind == KindShare && (out.Low < 0 || out.High > 1) {
			t.Fatalf("a share beyond 0 to 1: %+v", out)
		}
		if in.Today == in.Period.To && (out.Low != out.High || out.HasRequired) {
			t.Fatalf("nothing remains, but %+v", out)
		}
		checkRequired(t, in, out)
	}
	if projected < 10_000 {
		t.Errorf("only %d of 20000 cases had a projection", projected)
	}
}

// checkRequired compares the required rate with the best rest there can be: all (or, with direction down, none) of the
// expected dossiers in the numerator; for a count that has to grow, the recent pace.
func checkRequired(t *testing.T, in ProgressInput, out Outlook) {
	t.Helper()
	if !out.HasRequired {
		return
	}
	weeks := weeksOf(in.Recent)
	mean, rest := meanOf(weeks), float64(in.Period.To-in.Today)/7
	best, worst := in.SoFar.Numerator, in.SoFar.Numerator
	switch whole := in.SoFar.Denominator + rest*mean.Denominator; in.Kind {
	case KindShare:
		best, worst = (best+rest*mean.Denominator)/whole, worst/whole
	default:
		best = out.Projection
	}
	misses, secured := in.Target > best, in.Target <= worst
	if in.Direction == DirectionDown {
		misses, secured = in.Target < worst, in.Target >= best
	}
	if math.Abs(in.Target-best) < 1e-9 || math.Abs(in.Target-worst) < 1e-9 {
		return // decided by rounding
	}
	if (out.Required > 1) != misses || (out.Required == 0) != secured {
		t.Fatalf("required %v, but misses %v, secured %v: %+v", out.Required, misses, secured, in)
	}
}

// The band grows narrower as the period goes on.
func TestBandShrinks(t *testing.T) {
	for _, kind := range []string{KindShare, KindCount} {
		in := march(t, kind, "up", 0.9)
		width := math.Inf(1)
		for ; in.Today <= in.Period.To; in.Today++ {
			out := Project(in)
			if got := out.High - out.Low; got >= width {
				t.Errorf("%s on %s: the band is %v wide, and was %v the day before", kind, in.Today, got, width)
			} else {
				width = got
			}
		}
		if width != 0 {
			t.Errorf("%s: a band of %v on the last day", kind, width)
		}
	}
}

func BenchmarkProject(b *testing.B) {
	in := march(b, KindShare, "up", 0.9)
	for b.Loop() {
		Project(in)
	}
}

// A margin may ask for more than 1 of what is no share.
func TestMarginOfACount(t *testing.T) {
	target := Target{Value: 1, Margin: 2}
	for value, want := range map[float64]Status{0: StatusMissed, 1: StatusAtRisk, 2: StatusAtRisk, 3: StatusMet} {
		if got := target.Judge(Definition{Kind: KindCount}, value, true); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
}

// For each share q of hundredths and each number of dossiers, the quantile is the first that at least q of them kept to.
func TestQuantileIsExact(t *testing.T) {
	for percent := 1; percent <= 100; percent++ {
		for _, count := range []int64{1, 3, 7, 100, 250, 1000, 99_999} {
			want := (int64(percent)*count + 99) / 100
			q, err := strconv.ParseFloat(fmt.Sprintf("0.%02d", percent), 64)
			if percent == 100 {
				q, err = 1, nil
			}
			if got := atLeast(q, count); err != nil || got != want {
				t.Errorf("%v of %d is %d, want %d", q, count, got, want)
			}
		}
	}
	var h HandlingTime
	h.add(8, 55)
	h.add(40, 45)
	if got, ok := h.Quantile(0.55); got != 1 || !ok {
		t.Errorf("55 of 100 took 1 working day, and the quantile 0.55 is %v", got)
	}
}
