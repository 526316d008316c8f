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
	Sum          string // what the rows of the last read that had any became
	Profile      *profileView
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
	Sum                                     string // what the rows became, where not all count
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

func (p *Pages) sourceList(r *request) (*content, error) {
	view := &sourcesView{History: r.historyLines()}
	var rest []sourceLine
	counts := map[string]int{}
	for _, s := range r.sources {
		l := r.sourceLine(s)
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
			view.Tally = append(view.Tally, standingCount{s.class, s.sign, r.Count("sources."+s.class, float64(n))})
		}
	}
	return &content{template: "sourcelist", title: r.Say("nav.sources"), data: view}, nil
}

func (p *Pages) source(r *request) (*content, error) {
	name := r.http.PathValue("unit") + "/" + r.http.PathValue("id")
	var state *sourcelog.Status
	for i, s := range r.sources {
		if s.Name == name {
			state = &r.sources[i]
		}
	}
	if state == nil {
		return nil, r.missing("missing.source", name)
	}
	view := &sourceView{sourceLine: r.sourceLine(*state), Raw: r.mayReadRows()}
	view.UnitLink = r.toUnit(state.Unit)
	view.Facts = r.facts(*state)
	var err error
	if view.Profile, err = r.profile(name, view.Raw); err != nil {
		return nil, err
	}
	runs, err := p.Ledger.Runs(r.http.Context(), name, shownRuns)
	if err != nil {
		return nil, err
	}
	for i, run := range runs {
		row := r.runRow(run)
		if view.LastError == nil && row.Error != "" {
			last := row
			view.LastError = &last
		}
		if sum := r.sum(run.Summary); view.Sum == "" {
			view.Sum = sum
		} else if run.Rejected+run.Skipped > 0 && sum != r.sum(runs[i-1].Summary) {
			row.Sum = sum
		}
		if i > 0 && runs[i-1].Error == row.Error {
			row.Error = "" // the line above says it
		}
		view.Runs = append(view.Runs, row)
	}
	findings, err := p.Ledger.Findings(r.http.Context(), name, shownFindings+1)
	if err != nil {
		return nil, err
	}
	view.MoreFindings = len(findings) > shownFindings
	for _, f := range findings[:min(len(findings), shownFindings)] {
		view.Findings = append(view.Findings, r.findingRow(f, view.Raw))
	}
	return &content{template: "source", title: name, data: view, private: view.Raw}, nil
}

// facts are what the configuration says of a source.
func (r *request) facts(s sourcelog.Status) []fact {
	facts := []fact{
		{r.Say("source.kind"), s.Kind + ", " + r.Say("record."+s.Record)},
		{r.Say("source.schedule"), s.Schedule},
		{r.Say("source.next"), r.momentOrNone(s)},
		{r.Say("source.staleafter"), r.span(s.StaleAfter)},
	}
	if c, known := r.model.Source(s.Name); known {
		facts = append(facts, fact{r.Say("source.reconcile"), r.reconcile(c)})
	}
	return facts
}

func (r *request) momentOrNone(s sourcelog.Status) string {
	if s.NextRun.IsZero() {
		return r.Say("none.time")
	}
	return r.moment(s.NextRun)
}

func (r *request) reconcile(c config.Source) string {
	if c.Reconcile.Schedule == "" {
		return r.Say("no")
	}
	return c.Reconcile.Schedule
}

func (r *request) runRow(run sourcelog.Run) runRow {
	row := runRow{Started: r.exact(run.Started), Full: run.Full, OK: run.OK, Open: run.Ended.IsZero(),
		Rows: r.Whole(run.Rows), Added: r.Whole(run.Added), Changed: r.Whole(run.Changed), Removed: r.Whole(run.Removed), Rejected: r.Whole(run.Rejected), Error: run.Error}
	if !row.Open {
		row.Took = r.span(run.Ended.Sub(run.Started))
	}
	return row
}

func (r *request) findingRow(f sourcelog.Finding, raw bool) findingRow {
	row := findingRow{Row: r.Whole(f.Row), Reason: r.reason(f.Reason), Field: f.Field, Warning: f.Taken}
	if raw {
		row.Record, row.Detail, row.Raw = f.Record, f.Detail, f.Raw
	}
	return row
}

// reason returns a reason in words, or as the ledger has it where there are none.
func (l locale) reason(reason string) string {
	if l.Has("reason." + reason) {
		return l.Say("reason." + reason)
	}
	return reason
}
