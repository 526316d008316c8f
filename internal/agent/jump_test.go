package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// A list that suddenly has no end dates counts, and is told of with both numbers: by a read, and by a trial that reads nothing in.
func TestAListThatHasJumped(t *testing.T) {
	s := newSite(t)
	list := func(rows, ended int) {
		var text strings.Builder
		text.WriteString("ma,thutuc,kenh,nhan,hen,xong\n")
		for i := range rows {
			end := ""
			if i < ended {
				end = "2026-02-05"
			}
			fmt.Fprintf(&text, "H-%03d,1.001,tt,2026-02-02,2026-02-09,%s\n", i, end)
		}
		s.write("hoachat.csv", text.String())
	}
	configuration, _, _ := strings.Cut(strings.ReplaceAll(twoReports, "outcome: {constant: settled}",
		"outcome: {column: xong, values: [{pattern: '.+', to: settled}, {from: '', to: ''}]}"), "  - unit: dienluc")
	list(100, 96)
	a := s.agent(configuration)
	collect(t, a, CollectOptions{})
	list(103, 50)
	s.now = s.now.Add(time.Hour)
	tried, err := Try(t.Context(), a.Model(), nil, 0, s.surroundings())
	if err != nil || tried[0].Warned[kpi.JumpedValues] != 1 {
		t.Errorf("a trial warns %v, %v", tried[0].Warned, err)
	}
	if got := collect(t, a, CollectOptions{})["hoachat/baocao"]; got.Good != 103 || got.Warned != 1 {
		t.Errorf("the read: %s", got.Summary)
	}
	findings, err := a.Ledger.Findings(t.Context(), "hoachat/baocao", 10)
	want := sourcelog.Finding{Taken: true, Record: "xong", Reason: "jumped_values",
		Detail: `column "xong": 4 % of its cells were empty in the read of 2026-03-20, now 51 %`}
	if err != nil || !slices.Contains(findings, want) {
		t.Errorf("findings %+v, %v", findings, err)
	}
}
