package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/labels"
)

// Builder makes new pages. One goroutine at a time uses it.
type Builder struct {
	page     *Page
	gatherer prometheus.Gatherer
	encoder  *encoder
	samples  *Samples
	changed  bool      // the samples are not on the page yet
	figures  []segment // their text, as of the last Publish
	own      *Samples  // of the gatherer, as of the last Publish
	found    []Imbalance
	serial   int64 // of the books of the last Compute
}

// NewBuilder makes a builder for a page. The gatherer has the series of AgentFamilies and whatever else the agent says of
// itself.
func NewBuilder(page *Page, gatherer prometheus.Gatherer) (*Builder, error) {
	e, err := newEncoder()
	if err != nil {
		return nil, err
	}
	return &Builder{page: page, gatherer: gatherer, encoder: e, samples: new(Samples), own: new(Samples)}, nil
}

// Compute works out all figures and keeps them for the next Publish. It is the only step that reads the books, so only
// here the caller has to hold them still.
func (b *Builder) Compute(in Input) {
	c := newCalculation(in)
	c.run()
	b.samples, b.found, b.changed, b.serial = c.samples, c.imbalances, true, in.Books.Serial
}

// Samples returns the figures of the last Compute.
func (b *Builder) Samples() *Samples { return b.samples }

// Own returns what the gatherer had at the last Publish.
func (b *Builder) Own() *Samples { return b.own }

// Imbalances lists the units whose books did not balance at the last Compute: a defect that deserves a line in the log.
func (b *Builder) Imbalances() []Imbalance { return slices.Clone(b.found) }

// Publish puts the figures of the last Compute and the present state of the gatherer on the page. Without a new Compute
// only the latter changes. An error says what is missing; all else is on the page nevertheless.
func (b *Builder) Publish() error {
	if b.changed {
		figures, err := b.encoder.encode(b.samples)
		if err != nil {
			return err
		}
		b.figures, b.changed = figures, false
	}
	families, problem := b.gather()
	text, left := encode(families, expfmt.FmtText)
	open, alsoLeft := encode(families, expfmt.FmtOpenMetrics_1_0_0)
	own, err := samplesOf(families)
	b.own = own
	problem = errors.Join(problem, left, alsoLeft, err)

	next := &snapshot{serial: b.serial}
	if next.text, err = b.body(text); err != nil {
		return errors.Join(problem, err)
	}
	if next.openMetrics, err = b.body(open); err != nil {
		return errors.Join(problem, err)
	}
	b.page.current.Store(next)
	return problem
}

// body makes a page of the figures, whose lines are the same in all formats, and the rest.
func (b *Builder) body(rest []byte) (body, error) {
	s, err := b.encoder.segment(rest)
	if err != nil {
		return body{}, err
	}
	return bodyOf(append(b.figures[:len(b.figures):len(b.figures)], s)), nil
}

// gather asks the gatherer. A family that is also one of the figures is left out: twice on a page, it makes Prometheus
// refuse all of it.
func (b *Builder) gather() ([]*dto.MetricFamily, error) {
	families, err := b.gatherer.Gather()
	if err != nil {
		err = fmt.Errorf("gathering the agent's own metrics: %w", err)
	}
	kept := families[:0]
	for _, f := range families {
		if slices.ContainsFunc(figureFamilies[:], func(d Family) bool { return d.Name == f.GetName() }) {
			err = errors.Join(err, fmt.Errorf("metric %s is made from the books, so nothing else may register it", f.GetName()))
			continue
		}
		kept = append(kept, f)
	}
	return kept, err
}

// encode writes the families in one format, with what ends a page in it. A family that cannot be written is left out.
func encode(families []*dto.MetricFamily, format expfmt.Format) (text []byte, err error) {
	var out bytes.Buffer
	encoder := expfmt.NewEncoder(&out, format)
	for _, f := range families {
		start := out.Len()
		if problem := encoder.Encode(f); problem != nil {
			out.Truncate(start)
			err = errors.Join(err, fmt.Errorf("metric %s is left out of /metrics: %w", f.GetName(), problem))
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		err = errors.Join(err, closer.Close())
	}
	return out.Bytes(), err
}

// samplesOf returns the samples of families.
func samplesOf(families []*dto.MetricFamily) (*Samples, error) {
	vector, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, families...)
	b := labels.NewScratchBuilder(4)
	return NewSamples(func(yield func(labels.Labels, float64) bool) {
		for _, s := range vector {
			b.Reset()
			for name, value := range s.Metric {
				if value != "" {
					b.Add(string(name), string(value))
				}
			}
			b.Sort()
			if !yield(b.Labels(), float64(s.Value)) {
				return
			}
		}
	}), err
}
