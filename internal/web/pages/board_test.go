package pages_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"kpiagent/internal/agent"
)

// rowOf finds the row of a KPI on a board.
func rowOf(t *testing.T, board, kpi string) string {
	t.Helper()
	for _, row := range strings.Split(board, `<li class="row `)[1:] {
		if strings.Contains(row, `<h3><a href="/kpis/`+kpi+`?`) {
			return html.UnescapeString(row)
		}
	}
	t.Fatalf("the board has no row of %s", kpi)
	return ""
}

var (
	monthCell = regexp.MustCompile(`<tr><th scope="row">([A-Z][a-z]+ 20\d\d)</th><td>([^<]*)</td>`)
	bigNumber = regexp.MustCompile(`<span class="big[^"]*">([^<]*)`)
)

// Each month on a board is the figure that the page of that KPI explains for that month.
func TestTheBoardAgreesWithTheFigures(t *testing.T) {
	s := newSite(t, "")
	months := map[string]string{"March 2026": "2026-03", "February 2026": "2026-02", "January 2026": "2026-01", "June 2025": "2025-06", "January 2025": "2025-01"}
	for _, unit := range []string{"bo", "dienluc"} {
		board := s.get("/board?lang=en&unit=" + unit).Body.String()
		for _, kpi := range []string{"on_time_share", "online_filing_share", "overdue_open", "handling_time_mean"} {
			row := rowOf(t, board, kpi)
			seen := 0
			for _, cell := range monthCell.FindAllStringSubmatch(row, -1) {
				label, known := months[cell[1]]
				if !known {
					continue
				}
				seen++
				page := s.get("/kpis/" + kpi + "?lang=en&unit=" + unit + "&period=" + label).Body.String()
				if want := strings.TrimSpace(bigNumber.FindStringSubmatch(page)[1]); strings.TrimSuffix(strings.TrimSuffix(cell[2], " working days"), " working day") != want {
					t.Errorf("%s of %s in %s is %q on the board, %q on its page", kpi, unit, label, cell[2], want)
				}
			}
			if seen != len(months) {
				t.Errorf("%s of %s: %d months, want %d", kpi, unit, seen, len(months))
			}
		}
	}
}

// What is not known is a gap and not 0: before the first data, where nothing came, and of the list of procedures.
func TestGapsOnTheBoard(t *testing.T) {
	s := newSite(t, "")
	board := s.get("/board?lang=en&unit=thitruong").Body.String()
	for kpi, want := range map[string][]string{
		"overdue_open":        {`December 2024</th><td>no figure<`, `January 2025</th><td>0<`, "9 of them have no figure."},
		"online_filing_share": {`December 2024</th><td>no figure<`, `March 2026</th><td>no figure<`},
		"service_full_share":  {"there is no history"},
	} {
		row := rowOf(t, board, kpi)
		for _, text := range want {
			if !strings.Contains(row, text) {
				t.Errorf("%s does not say %q:\n%s", kpi, text, row)
			}
		}
		if !strings.HasPrefix(row, "card none stale") && !strings.HasPrefix(row, "card met stale") && !strings.HasPrefix(row, "card risk stale") {
			t.Errorf("%s of a silent unit does not look old: %.40s", kpi, row)
		}
	}
	if row := rowOf(t, board, "service_full_share"); strings.Contains(row, "<svg") {
		t.Error("the list of procedures has a picture of its past")
	}
}

// On the board of a procedure shares are held against the unit's target, counts are not, and nothing is foretold.
func TestTheBoardOfAProcedure(t *testing.T) {
	s := newSite(t, "")
	board := s.get("/board?lang=en&unit=dienluc&procedure=DL-01").Body.String()
	if row := rowOf(t, board, "on_time_share"); !strings.Contains(row, "Target ≥ 95%") || strings.Contains(row, "expected by the end") {
		t.Errorf("the share on time: %s", row)
	}
	if row := rowOf(t, board, "overdue_open"); strings.Contains(row, "Target ≤") {
		t.Errorf("a count is held against the unit's target: %s", row)
	}
	for _, other := range []string{"service_full_share", "single_window_groups"} {
		if strings.Contains(board, "/kpis/"+other) {
			t.Errorf("%s is not a procedure's", other)
		}
	}
}

// Weeks after a system could last be read are gaps: that nothing ended in them tells of the system, and not of the unit.
func TestTheBoardOfAUnitThatIsNotRead(t *testing.T) {
	v := newVisitor(t)
	v.now = now.AddDate(0, 1, 0)
	row := rowOf(t, v.sees("/board?lang=en&by=week&unit=dienluc"), "overdue_open")
	for _, text := range []string{"9 Mar 2026 – 15 Mar 2026</th><td>5<", "23 Mar 2026 – 29 Mar 2026</th><td>no figure<", "20 Apr 2026</th><td>no figure<"} {
		if !strings.Contains(row, text) {
			t.Errorf("the row does not say %q:\n%s", text, row)
		}
	}
	if !strings.HasPrefix(row, "card ") || !strings.Contains(row[:30], "stale") {
		t.Errorf("the row does not look old: %.40s", row)
	}
}

// A unit that has just begun: one bar, no line of three months, no year before, and a day on which nothing ended is not 0 %.
func TestTheBoardOfAUnitThatHasJustBegun(t *testing.T) {
	s := newSite(t, "")
	s.write("xuctien.csv", dossiers("XT", []string{"XT-01"}, day(2026, 3, 17), day(2026, 3, 19), 2, 0))
	if _, err := s.agent.Collect(t.Context(), agent.CollectOptions{Sources: []string{"xuctien/baocao"}}); err != nil {
		t.Fatal(err)
	}
	board := s.get("/board?lang=en&unit=xuctien").Body.String()
	row := rowOf(t, board, "online_filing_share")
	for _, text := range []string{"March 2026</th><td>66.7%<", "February 2026</th><td>no figure<", "23 of them have no figure.", "2025 to date: no figure."} {
		if !strings.Contains(row, text) {
			t.Errorf("the row does not say %q:\n%s", text, row)
		}
	}
	for _, class := range []string{"trend", "before", "ahead"} {
		if strings.Contains(row, `<path class="`+class+`"`) {
			t.Errorf("after three days there is a line %s", class)
		}
	}
	if row := rowOf(t, board, "on_time_share"); !strings.Contains(row, "There is no figure yet") {
		t.Errorf("0 out of 0 is a figure: %s", row)
	}
	if strings.Contains(board, "NaN") || strings.Contains(board, "Inf") {
		t.Error("the board has numbers that are none")
	}
}
