package kpi

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(t testing.TB, text string) Day {
	t.Helper()
	d, err := ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// show writes a period as "label: from to".
func show(p Period) string { return p.Label + ": " + p.From.String() + " " + p.To.String() }

func TestPeriodOf(t *testing.T) {
	for _, tc := range []struct {
		kind PeriodKind
		day  string
		cut  CutOff
		want string
	}{
		{PeriodDay, "2026-03-20", CutCalendar, "2026-03-20: 2026-03-20 2026-03-20"},
		{PeriodMonth, "2026-03-20", CutCalendar, "2026-03: 2026-03-01 2026-03-31"},
		{PeriodQuarter, "2026-03-20", CutCalendar, "2026-Q1: 2026-01-01 2026-03-31"},
		{PeriodHalf, "2026-07-01", CutCalendar, "2026-H2: 2026-07-01 2026-12-31"},
		{PeriodYear, "2024-02-29", CutCalendar, "2024: 2024-01-01 2024-12-31"},
		{PeriodRolling30, "2026-03-02", CutCalendar, "2026-02-01..2026-03-02: 2026-02-01 2026-03-02"},
		{PeriodDay, "2026-03-20", CutND09, "2026-03-20: 2026-03-20 2026-03-20"},
		{PeriodMonth, "2026-03-14", CutND09, "2026-03: 2026-02-15 2026-03-14"},
		{PeriodMonth, "2026-03-20", CutND09, "2026-04: 2026-03-15 2026-04-14"},
		{PeriodMonth, "2025-12-15", CutND09, "2026-01: 2025-12-15 2026-01-14"},
		{PeriodQuarter, "2026-03-14", CutND09, "2026-Q1: 2025-12-15 2026-03-14"},
		{PeriodQuarter, "2026-03-15", CutND09, "2026-Q2: 2026-03-15 2026-06-14"},
		{PeriodHalf, "2025-12-31", CutND09, "2026-H1: 2025-12-15 2026-06-14"},
		{PeriodYear, "2026-12-14", CutND09, "2026: 2025-12-15 2026-12-14"},
		{PeriodYear, "2026-12-15", CutND09, "2027: 2026-12-15 2027-12-14"},
		{PeriodRolling30, "2026-03-02", CutND09, "2026-02-01..2026-03-02: 2026-02-01 2026-03-02"},
	} {
		p := PeriodOf(tc.kind, day(t, tc.day), tc.cut)
		if got := show(p); got != tc.want || p.Kind != tc.kind {
			t.Errorf("%s of %s, %s: got %s %s, want %s", tc.kind, tc.day, tc.cut, p.Kind, got, tc.want)
		}
	}
}

func TestPeriodCutAndPrevious(t *testing.T) {
	march := PeriodOf(PeriodMonth, day(t, "2026-03-20"), CutCalendar)
	for today, want := range map[string]int{"2026-03-02": 2, "2026-03-31": 31, "2026-05-01": 31, "2026-02-28": 0, "2020-01-01": 0} {
		if p := march.ToDate(day(t, today)); p.Days() != want || p.Label != "2026-03" || p.From != march.From {
			t.Errorf("March to %s: got %s with %d days, want %d", today, show(p), p.Days(), want)
		}
	}
	custom, err := ParsePeriod("2026-03-02..2026-03-04", 0, CutCalendar)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		p    Period
		cut  CutOff
		want string
	}{
		{march.ToDate(day(t, "2026-03-02")), CutCalendar, "2026-02: 2026-02-01 2026-02-28"},
		{PeriodOf(PeriodYear, day(t, "2026-03-20"), CutND09), CutND09, "2025: 2024-12-15 2025-12-14"},
		{PeriodOf(PeriodRolling30, day(t, "2026-03-31"), CutCalendar), CutCalendar, "2026-01-31..2026-03-01: 2026-01-31 2026-03-01"},
		{custom, CutCalendar, "2026-02-27..2026-03-01: 2026-02-27 2026-03-01"},
	} {
		if got := show(tc.p.Previous(tc.cut)); got != tc.want {
			t.Errorf("before %s: got %s, want %s", show(tc.p), got, tc.want)
		}
	}
}

// Every day lies in exactly one period of each kind, and successive periods have no gap.
func TestPeriodsTileTheDays(t *testing.T) {
	for _, cut := range []CutOff{CutCalendar, CutND09} {
		for _, kind := range []PeriodKind{PeriodDay, PeriodMonth, PeriodQuarter, PeriodHalf, PeriodYear} {
			current := PeriodOf(kind, Date(1999, time.December, 15), cut)
			for d := current.From; d < Date(2036, time.January, 1); d++ {
				p := PeriodOf(kind, d, cut)
				if d < p.From || d > p.To {
					t.Fatalf("%s of %s: got %s, which does not hold it", kind, d, show(p))
				}
				if p == current {
					continue
				}
				if p.From != d || current.To != d-1 || p.Previous(cut) != current || p.Label <= current.Label {
					t.Fatalf("%s, %s: %s follows %s", kind, cut, show(p), show(current))
				}
				current = p
			}
		}
	}
}

func TestClosedMonths(t *testing.T) {
	labels := func(periods []Period) (l []string) {
		for _, p := range periods {
			l = append(l, p.Label)
		}
		return l
	}
	for _, tc := range []struct {
		today string
		cut   CutOff
		n     int
		want  []string
	}{
		{"2026-03-01", CutCalendar, 3, []string{"2025-12", "2026-01", "2026-02"}},
		{"2026-03-31", CutCalendar, 1, []string{"2026-02"}},
		{"2026-03-14", CutND09, 2, []string{"2026-01", "2026-02"}},
		{"2026-03-15", CutND09, 2, []string{"2026-02", "2026-03"}},
		{"2026-03-15", CutND09, 0, nil},
		{"2026-03-15", CutND09, -1, nil},
	} {
		got := labels(ClosedMonths(day(t, tc.today), tc.cut, tc.n))
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%d months before %s, %s (-want +got):\n%s", tc.n, tc.today, tc.cut, diff)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	today := day(t, "2026-03-20")
	for _, tc := range []struct {
		text string
		cut  CutOff
		want string
	}{
		{"day", CutCalendar, "day 2026-03-20: 2026-03-20 2026-03-20"},
		{"month", CutCalendar, "month 2026-03: 2026-03-01 2026-03-20"},
		{"month", CutND09, "month 2026-04: 2026-03-15 2026-03-20"},
		{"year", CutCalendar, "year 2026: 2026-01-01 2026-03-20"},
		{"rolling_30d", CutCalendar, "rolling_30d 2026-02-19..2026-03-20: 2026-02-19 2026-03-20"},
		{"2026-03", CutCalendar, "month 2026-03: 2026-03-01 2026-03-31"},
		{"2026-03", CutND09, "month 2026-03: 2026-02-15 2026-03-14"},
		{"2025-Q4", CutCalendar, "quarter 2025-Q4: 2025-10-01 2025-12-31"},
		{"2026-H2", CutND09, "half 2026-H2: 2026-06-15 2026-12-14"},
		{"2011", CutCalendar, "year 2011: 2011-01-01 2011-12-31"},
		{"2026-03-02", CutND09, "day 2026-03-02: 2026-03-02 2026-03-02"},
		{"2026-02-01..2026-03-02", CutCalendar, "custom 2026-02-01..2026-03-02: 2026-02-01 2026-03-02"},
	} {
		p, err := ParsePeriod(tc.text, today, tc.cut)
		if got := p.Kind.String() + " " + show(p); err != nil || got != tc.want {
			t.Errorf("%s, %s: got %s, %v; want %s", tc.text, tc.cut, got, err, tc.want)
		}
	}
	for _, text := range []string{"", "custom", "2026-13", "2026-Q5", "2026-H0", "1234", "26-03", "2026-02-30", "2026-03-02..2026-02-01", "last week", "2026-03..2026-05"} {
		_, err := ParsePeriod(text, today, CutCalendar)
		if err == nil || !strings.Contains(err.Error(), "day, month, quarter, half, year, rolling_30d") || !strings.Contains(err.Error(), "2026-Q1") {
			t.Errorf("%q: got %v, want an error that lists what is allowed", text, err)
		}
	}
}

func TestPeriodNames(t *testing.T) {
	for _, kind := range PeriodKinds() {
		if got, ok := ParsePeriodKind(kind.String()); !ok || got != kind {
			t.Errorf("%s: got %s, %v", kind, got, ok)
		}
	}
	for _, cut := range []CutOff{CutCalendar, CutND09} {
		if got, ok := ParseCutOff(cut.String()); !ok || got != cut {
			t.Errorf("%s: got %s, %v", cut, got, ok)
		}
	}
	if _, ok := ParsePeriodKind("custom"); ok {
		t.Error("custom is no kind that somebody can ask for by name")
	}
	if _, ok := ParseCutOff("15th"); ok {
		t.Error("an unknown cut-off was taken")
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, text := range []string{"month", "2026-03-02", "2026-03", "2026-Q1", "2026-H1", "2026", "2026-02-01..2026-03-02", "2026-02-30", ".."} {
		f.Add(text, int32(739_000), false)
	}
	f.Fuzz(func(t *testing.T, text string, today int32, nd09 bool) {
		cut := CutCalendar
		if nd09 {
			cut = CutND09
		}
		p, err := ParsePeriod(text, Day(today), cut)
		if err != nil {
			return
		}
		if kind, ok := ParsePeriodKind(text); ok {
			if whole := PeriodOf(kind, Day(today), cut); p != whole.ToDate(Day(today)) {
				t.Fatalf("%q: got %s, which is not %s to date", text, show(p), show(whole))
			}
			return
		}
		if p.Label != text || p.To < p.From {
			t.Fatalf("%q: got %s", text, show(p))
		}
		if p.Kind != PeriodCustom && PeriodOf(p.Kind, p.To, cut) != p {
			t.Fatalf("%q: got %s, but its last day lies in %s", text, show(p), show(PeriodOf(p.Kind, p.To, cut)))
		}
	})
}
