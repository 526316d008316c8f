package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
)

// CollectOptions are those of a read by hand.
type CollectOptions struct {
	Sources    []string // names, as unit/source; none means all
	Full       bool
	AcceptDrop bool
	// Progress, where it is set, is told how many rows of a source were taken so far.
	Progress func(source string, rows int64)
}

// Collected is what became of one read by hand.
type Collected struct {
	Source string `json:"source"`
	Full   bool   `json:"full"`
	sourcelog.Summary
	Took time.Duration `json:"took_ns"`
	Err  error         `json:"-"`
}

// Collect reads the named sources now, one after the other, those of procedures first. Each has its own result; the error
// is about names that are not configured.
func (a *Agent) Collect(ctx context.Context, o CollectOptions) ([]Collected, error) {
	wanted, err := selectSources(a.Model().Config.Sources, o.Sources)
	if err != nil {
		return nil, err
	}
	var results []Collected
	for _, procedures := range []bool{true, false} {
		for _, r := range a.readers {
			if !wanted[r.name] || (r.config.Record == "procedure") != procedures {
				continue
			}
			if o.Progress != nil {
				r.progress = func(rows int64) { o.Progress(r.name, rows) }
			}
			started := a.around.Now()
			summary, err := r.read(ctx, options{full: o.Full, acceptDrop: o.AcceptDrop, once: true})
			results = append(results, Collected{Source: r.name, Full: o.Full, Summary: summary,
				Took: a.around.Now().Sub(started), Err: err})
		}
	}
	if err := a.publisher.publish(); err != nil {
		a.around.Log.Error("the metrics page is not complete", "err", err)
	}
	return results, nil
}

// selectSources finds the sources by name; none named means all.
func selectSources(sources []config.Source, names []string) (map[string]bool, error) {
	known := map[string]bool{}
	var list []string
	for _, s := range sources {
		known[model.SourceName(s)] = true
		list = append(list, model.SourceName(s))
	}
	if len(names) == 0 {
		return known, nil
	}
	wanted := map[string]bool{}
	for _, name := range names {
		if !known[name] {
			return nil, fmt.Errorf("source %q: %w: there are %v", name, errNotConfigured, list)
		}
		wanted[name] = true
	}
	return wanted, nil
}

// Tried is what a source would bring, without the ledger having taken anything.
type Tried struct {
	Source  string `json:"source"`
	Rows    int64  `json:"rows"`
	Records int64  `json:"records"`
	Skipped int64  `json:"skipped"`
	// SkippedBy divides them by what passed them over.
	SkippedBy map[string]int64     `json:"skipped_by,omitempty"`
	Rejected  map[kpi.Reason]int64 `json:"rejected,omitempty"`
	Warned    map[kpi.Reason]int64 `json:"warned,omitempty"`
	Rejects   []kpi.Reject         `json:"first_rejects,omitempty"`
	Samples   []collectors.Sample  `json:"samples,omitempty"`
	// Unmapped are all the values that nothing says the meaning of.
	Unmapped []collectors.Unmapped `json:"unmapped,omitempty"`
	Profile  *sourcelog.Profile    `json:"-"` // of the columns
	Took     time.Duration         `json:"took_ns"`
	Err      error                 `json:"-"`
}

var errNotConfigured = errors.New("no such source is configured")

// keptRejects is how many rejected rows a trial shows, one for each reason and field.
const keptRejects = 10

// Try reads the named sources, maps their rows and takes nothing into the ledger. With limit it looks at the first rows
// only and shows what each becomes.
func Try(ctx context.Context, m *model.Model, names []string, limit int, around Options) ([]Tried, error) {
	wanted, err := selectSources(m.Config.Sources, names)
	if err != nil {
		return nil, err
	}
	around.Network = around.networkOf(m)
	known, err := whatIsKnown(ctx, m, around.Log)
	if err != nil {
		return nil, err
	}
	var results []Tried
	for _, procedures := range []bool{true, false} {
		for _, source := range m.Config.Sources {
			if !wanted[model.SourceName(source)] || (source.Record == "procedure") != procedures {
				continue
			}
			t := &trial{model: m, source: source, around: around, known: known}
			results = append(results, t.run(ctx, limit))
		}
	}
	return results, nil
}

// known is what the ledger tells a trial.
type known struct {
	register *kpi.Register
	profiles map[string]*sourcelog.Profile // of the last complete reads, by source
}

// whatIsKnown reads it: nothing but the declared procedures where there is no ledger yet.
func whatIsKnown(ctx context.Context, m *model.Model, log *slog.Logger) (*known, error) {
	k := &known{kpi.NewRegister(m.Tree.Units(), m.Declared), map[string]*sourcelog.Profile{}}
	l, err := OpenLedger(ctx, m, true, log)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	l.Read(func(b *kpi.Books) { k.register = b.Register })
	for _, source := range m.Config.Sources {
		var problem error
		k.profiles[model.SourceName(source)], problem = profileBefore(ctx, l, source)
		err = errors.Join(err, problem)
	}
	return k, errors.Join(err, l.Close())
}

// trial tries one source.
type trial struct {
	model  *model.Model
	source config.Source
	around Options
	known  *known
	found  []kpi.Procedure
}

func (t *trial) run(ctx context.Context, limit int) Tried {
	result := Tried{Source: model.SourceName(t.source)}
	started := t.around.Now()
	result.Err = t.read(ctx, limit, &result)
	result.Took = t.around.Now().Sub(started)
	if len(t.found) > 0 {
		// The sources that follow may have dossiers of these.
		all := append([]kpi.Procedure(nil), t.found...)
		for _, u := range t.model.Tree.Units() {
			all = append(all, t.known.register.Procedures(u.ID)...)
		}
		t.known.register = kpi.NewRegister(t.model.Tree.Units(), all)
	}
	return result
}

func (t *trial) read(ctx context.Context, limit int, result *Tried) (err error) {
	source, err := NewSource(t.model, t.source, t.around)
	if err != nil {
		return err
	}
	defer func() {
		if closing := source.Close(); err == nil {
			err = closing
		}
	}()
	mapping, err := NewMapping(t.model, t.source, func() *kpi.Register { return t.known.register })
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, t.source.Timeout)
	defer cancel()
	request := collectors.Request{Full: true, Limit: limit, Now: t.around.Now()}
	if limit > 0 {
		var summary collectors.Summary
		request.Limit = lookedAt(t.source, limit)
		result.Samples, summary, err = collectors.Preview(ctx, source, mapping, request, limit, func(b *kpi.Batch) { t.take(result, b) })
		result.add(summary)
		if t.source.Record == "procedure" && err == nil { // all of them, or the dossiers that follow seem to be of unknown ones
			request.Limit = 0
			_, _, err = collectors.Collect(ctx, source, mapping, request, collectors.Options{},
				func(b *kpi.Batch) error { t.take(nil, b); return nil })
		}
		return err
	}
	options := collectors.Options{MaxRows: t.source.MaxRows, Before: t.known.profiles[result.Source], Trial: true}
	_, summary, err := collectors.Collect(ctx, source, mapping, request, options, func(b *kpi.Batch) error { t.take(result, b); return nil })
	result.add(summary)
	return err
}

// lookedAt is how many rows a trial that shows some looks at: enough to say what the columns hold, but for a source that is asked
// once more for each row.
func lookedAt(source config.Source, shown int) int {
	const enough = 200
	if source.REST != nil && source.REST.Detail != nil {
		return shown
	}
	return max(shown, enough)
}

// add takes over what was counted.
func (t *Tried) add(s collectors.Summary) {
	t.Rows, t.Records, t.Skipped, t.SkippedBy = s.Rows, s.Records, s.Skipped, s.SkippedBy
	t.Rejected, t.Warned, t.Unmapped, t.Profile = s.Rejected, s.Warned, s.Unmapped, s.Profile
}

// take remembers of a batch which procedures there are, and examples of its rejected rows where result is not nil.
func (t *trial) take(result *Tried, b *kpi.Batch) {
	for _, record := range b.Records {
		t.note(record)
	}
	if result != nil {
		result.keepExamples(b.Rejects)
	}
}

// keepExamples keeps the first rejected row of each reason and field.
func (t *Tried) keepExamples(rejects []kpi.Reject) {
	for i := range rejects {
		known := slices.ContainsFunc(t.Rejects, func(r kpi.Reject) bool {
			return r.Fault.Reason == rejects[i].Fault.Reason && r.Fault.Field == rejects[i].Fault.Field
		})
		if !known && len(t.Rejects) < keptRejects {
			t.Rejects = append(t.Rejects, rejects[i])
		}
	}
}

func (t *trial) note(record kpi.Record) {
	if record.Procedure != nil {
		t.found = append(t.found, *record.Procedure)
	}
}
