package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Builder makes new pages. One goroutine at a time uses it.
type Builder struct {
	page     *Page
	gatherer prometheus.Gatherer
	sheet    *sheet
	changed  bool // the sheet has figures that are not on the page yet
	press    *press
	figures  pressed
	own      []byte // the text of the gatherer's families, as of the last Publish
	found    []Imbalance
}

// NewBuilder makes a builder for a page. The gatherer has the series of AgentFamilies and whatever else the agent says of
// itself.
func NewBuilder(page *Page, gatherer prometheus.Gatherer) (*Builder, error) {
	p, err := newPress()
	if err != nil {
		return nil, err
	}
	s := newSheet()
	s.chunks = newChunks()
	return &Builder{page: page, gatherer: gatherer, sheet: s, press: p}, nil
}

// Compute works out all figures and keeps them for the next Publish. It is the only step that reads the books, so only
// here the caller has to hold them still.
func (b *Builder) Compute(in Input) {
	b.sheet.reset()
	w := newWriter(in, b.sheet)
	w.write()
	b.sheet.end()
	b.found = w.imbalances
	b.changed = true
}

// Series counts the series of the last Compute.
func (b *Builder) Series() int { return b.sheet.lines }

// Imbalances lists the units whose books did not balance at the last Compute: a defect that deserves a line in the log.
func (b *Builder) Imbalances() []Imbalance { return slices.Clone(b.found) }

// Publish puts the figures of the last Compute and the present state of the gatherer on the page. Without a new Compute
// only the latter changes. An error says what is missing; all else is on the page nevertheless.
func (b *Builder) Publish() error {
	if b.changed {
		figures, err := b.press.text(b.sheet.all)
		if err != nil {
			return err
		}
		b.figures, b.changed = figures, false
	}
	families, problem := b.gather()
	text, left := encode(families, expfmt.FmtText)
	open, alsoLeft := encode(families, expfmt.FmtOpenMetrics_1_0_0)
	problem = errors.Join(problem, left, alsoLeft)
	b.own = text

	next := snapshot{figures: b.figures.plain}
	var err error
	if next.text, err = b.body(text); err != nil {
		return errors.Join(problem, err)
	}
	if next.openMetrics, err = b.body(open); err != nil {
		return errors.Join(problem, err)
	}
	b.page.current.Store(&next)
	return problem
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

// body makes a page of the figures, whose lines are the same in all formats, and the rest.
func (b *Builder) body(rest []byte) (body, error) {
	b.press.out.Reset()
	if err := b.press.deflate(rest); err != nil {
		return body{}, err
	}
	crc := crc32.Update(b.figures.crc, crc32.IEEETable, rest)
	end := append(bytes.Clone(b.press.out.Bytes()), gzipTrailer(crc, b.figures.length+len(rest))...)
	return body{
		plain: slices.Concat(b.figures.plain, [][]byte{rest}),
		gzip:  [][]byte{gzipHeader, b.figures.deflated, end},
	}, nil
}
