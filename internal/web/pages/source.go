package pages

import (
	"kpiagent/config"
	"kpiagent/internal/sourcelog"
)

// sourcesView lists all sources, those in trouble first.
type sourcesView struct {
	History []historyLine
	Sources []sourceLine
	Tally   []standingCount
}

// sourceView is the page of one source.
type sourceView struct {
	sourceLine
	UnitLink     string
	Facts        []fact
	Runs         []runRow
	LastError    *runRow
	Findings     []findingRow
	MoreFindings bool
	Raw          bool // the visitor may see the rows
}

type fact struct{ Name, Value string }

type runRow struct {
	Started, Took                           string
	Full, OK, Open                          bool
	Rows, Added, Changed, Removed, Rejected string
	Error                                   string
}

type findingRow struct {
	Row, Reason, Field  string
	Warning             bool
	Record, Detail, Raw string // empty where the visitor may not see them
}

// How much of a source its page shows.
const (
	shownRuns     = 20
	shownFindings = 50
)

func (p *Pages) sourceList(v *visit) (*content, error) {
	view := &sourcesView{History: v.historyLines()}
	var rest []sourceLine
	counts := map[string]int{}
	for _, s := range v.sources {
		l := v.sourceLine(s)
		counts[l.Class]++
		if l.Class == "met" {
			rest = append(rest, l)
		} else {
			view.Sources = append(view.Sources, l)
		}
	}
	view.Sources = append(view.Sources, rest...)
	for _, s := range []struct{ class, sign string }{{"missed", "✕"}, {"risk", "▲"}, {"met", "✓"}, {"none", "–"}} {
		if n := counts[s.class]; n > 0 {
			view.Tally = append(view.Tally, standingCount{s.class, s.sign, v.Count("sources."+s.class, float64(n))})
		}
	}
	return &content{template: "sourcelist", title: v.Say("nav.sources"), data: view}, nil
}

func (p *Pages) source(v *visit) (*content, error) {
	name := v.request.PathValue("unit") + "/" + v.request.PathValue("id")
	var state *sourcelog.Status
	for i, s := range v.sources {
		if s.Name == name {
			state = &v.sources[i]
		}
	}
	if state == nil {
		return nil, v.missing("missing.source", name)
	}
	view := &sourceView{sourceLine: v.sourceLine(*state), Raw: v.mayReadRows()}
	view.UnitLink = v.toUnit(state.Unit)
	view.Facts = v.facts(*state)
	runs, err := p.Ledger.Runs(v.request.Context(), name, shownRuns)
	if err != nil {
		return nil, err
	}
	for i, run := range runs {
		row := v.runRow(run)
		if view.LastError == nil && row.Error != "" {
			last := row
			view.LastError = &last
		}
		if i > 0 && runs[i-1].Error == row.Error {
			row.Error = "" // the line above says it
		}
		view.Runs = append(view.Runs, row)
	}
	findings, err := p.Ledger.Findings(v.request.Context(), name, shownFindings+1)
	if err != nil {
		return nil, err
	}
	view.MoreFindings = len(findings) > shownFindings
	for _, f := range findings[:min(len(findings), shownFindings)] {
		view.Findings = append(view.Findings, v.findingRow(f, view.Raw))
	}
	return &content{template: "source", title: name, data: view, private: view.Raw}, nil
}

// facts are what the configuration says of a source.
func (v *visit) facts(s sourcelog.Status) []fact {
	facts := []fact{
		{v.Say("source.kind"), s.Kind + ", " + v.Say("record."+s.Record)},
		{v.Say("source.schedule"), s.Schedule},
		{v.Say("source.next"), v.momentOrNone(s)},
		{v.Say("source.staleafter"), v.span(s.StaleAfter)},
	}
	if c, known := v.model.Source(s.Name); known {
		facts = append(facts, fact{v.Say("source.reconcile"), v.reconcile(c)})
	}
	return facts
}

func (v *visit) momentOrNone(s sourcelog.Status) string {
	if s.NextRun.IsZero() {
		return v.Say("none.time")
	}
	return v.moment(s.NextRun)
}

func (v *visit) reconcile(c config.Source) string {
	if c.Reconcile.Schedule == "" {
		return v.Say("no")
	}
	return c.Reconcile.Schedule
}

func (v *visit) runRow(run sourcelog.Run) runRow {
	row := runRow{Started: v.exact(run.Started), Full: run.Full, OK: run.OK, Open: run.Ended.IsZero(), Rows: v.Whole(run.Rows), Added: v.Whole(run.Added),
		Changed: v.Whole(run.Changed), Removed: v.Whole(run.Removed), Rejected: v.Whole(run.Rejected), Error: run.Error}
	if !row.Open {
		row.Took = v.span(run.Ended.Sub(run.Started))
	}
	return row
}

func (v *visit) findingRow(f sourcelog.Finding, raw bool) findingRow {
	row := findingRow{Row: v.Whole(f.Row), Reason: v.reason(f.Reason), Field: f.Field, Warning: f.Taken}
	if raw {
		row.Record, row.Detail, row.Raw = f.Record, f.Detail, f.Raw
	}
	return row
}

// reason gives a reason in words, or as the ledger has it where there are none.
func (l locale) reason(reason string) string {
	if l.Has("reason." + reason) {
		return l.Say("reason." + reason)
	}
	return reason
}
