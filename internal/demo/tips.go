package demo

import (
	"fmt"

	"kpiagent/internal/i18n"
)

// Tips says what to open and what to try, a line each, in one language after the other. kpiagent is how the command is called
// here.
func (m *Ministry) Tips(kpiagent string) []string {
	report, portal := m.path("hoachat.csv"), m.path("tmdt.jsonl")
	silent := m.path("trongnuoc.jsonl")
	move := func(from, to string) string { return fmt.Sprintf("mv %s %s", from, to) }
	var tips []string
	for i, l := range i18n.Builtin().Languages() {
		if i > 0 {
			tips = append(tips, "")
		}
		tips = append(tips,
			l.Say("demo.tip.invented", m.Dir),
			l.Say("demo.tip.systems", m.Address, m.Config),
			l.Say("demo.tip.why", kpiagent+" tally --config "+m.Config+" --unit dienluc --by field"),
			l.Say("demo.tip.print"),
			l.Say("demo.tip.dossiers", kpiagent+" dossiers --config "+m.Config+" --unit dienluc --state overdue"),
			l.Say("demo.tip.report", move(report, report+away)),
			l.Say("demo.tip.portal", move(portal, portal+away)),
			l.Say("demo.tip.mend"),
			l.Say("demo.tip.silent", move(silent+away, silent)))
	}
	return tips
}
