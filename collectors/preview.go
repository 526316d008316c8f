package collectors

import (
	"context"

	"kpiagent/internal/kpi"
)

// Sample is one row as the source gave it and what the mapping makes of it: records, and the reasons why there are no more.
type Sample struct {
	Row      int64
	Raw      string // as a JSON object, or the line of text
	Records  []kpi.Record
	Rejects  []kpi.Reject
	Skipped  string // what passed the row over: "rule 'tổng'", "mapping.outcome"; else ""
	Warnings []kpi.Warned
}

// Preview reads the first request.Limit rows. It keeps those of them that are shown together with what they become, and sums up
// all; take gets what the rows became, one row at a time.
func Preview(ctx context.Context, source Source, mapping *Mapping, request Request, shown int, take func(*kpi.Batch)) ([]Sample, Summary, error) {
	p := &preview{mapping: mapping, shown: shown, emit: take, today: kpi.DayOf(request.Now.In(mapping.zones.own)),
		summary: Summary{Rejected: map[kpi.Reason]int64{}, Warned: map[kpi.Reason]int64{}}}
	_, err := read(ctx, source, request, p)
	p.summary.Profile, p.summary.Unmapped = kept(p.profiles.list, p.today.Time()), p.unmapped.list()
	return p.samples, p.summary, err
}

// preview is the Sink of Preview.
type preview struct {
	mapping  *Mapping
	shown    int
	emit     func(*kpi.Batch)
	today    kpi.Day
	binding  *Binding
	samples  []Sample
	summary  Summary
	profiles profiles
	unmapped unmapped
}

func (p *preview) Columns(origin string, names []string) error {
	binding, err := p.mapping.bound(p.binding, origin, names, p.today)
	if err == nil {
		p.binding = binding
		p.profiles.begin(binding)
	}
	return err
}

func (p *preview) Row(at Position, values []Value) error {
	if p.binding == nil {
		return errNoColumns
	}
	one := openBatch{batch: &kpi.Batch{}}
	p.binding.take(&one, at, values)
	if one.batch.Skipped == 0 {
		p.unmapped.add(p.binding)
		p.profiles.add(p.binding.row.values, len(one.batch.Rejects) == 0)
	}
	p.keep(at.Number, rawRow(p.binding.columns, p.binding.row.values), one.batch)
	return nil
}

func (p *preview) Malformed(number int64, text string, err error) error {
	if p.binding == nil {
		return errNoColumns
	}
	one := openBatch{batch: &kpi.Batch{}}
	p.binding.malformed(&one, number, text, err)
	p.keep(number, rawText(text), one.batch)
	return nil
}

func (p *preview) keep(number int64, raw string, batch *kpi.Batch) {
	p.summary.count(batch)
	p.emit(batch)
	if len(p.samples) == p.shown {
		return
	}
	one := Sample{Row: number, Raw: raw, Records: batch.Records, Rejects: batch.Rejects, Warnings: batch.Warnings}
	for by := range batch.SkippedBy {
		one.Skipped = by
	}
	p.samples = append(p.samples, one)
}

// Warn is about the last row, which may be one that is not shown.
func (p *preview) Warn(reason kpi.Reason, detail string) {
	p.summary.Warned[reason]++
	if n := len(p.samples); n > 0 && p.summary.Rows == int64(n) {
		p.samples[n-1].Warnings = append(p.samples[n-1].Warnings, kpi.Warned{Row: p.samples[n-1].Row, Reason: reason, Detail: detail})
	}
}

func (p *preview) Reached(string) {}
