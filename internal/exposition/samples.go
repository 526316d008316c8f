package exposition

import (
	"iter"
	"math"
	"unique"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// Samples are series with the values of one moment. They never change, so that any number of goroutines may read them. Values lie
// in rows that share the labels of their columns, which takes a tenth of the memory that they take as text.
type Samples struct {
	blocks []block
	count  int
}

// block has the rows of one unit and one shape, one after the other in values.
type block struct {
	shape  *shape
	rows   []unique.Handle[labels.Labels]
	values []float64
}

// absentBits mark the cells of a row that have no sample: a NaN that no computation results in.
const absentBits = 0x7ff8_0000_0000_0e90

func isAbsent(v float64) bool { return math.Float64bits(v) == absentBits }

// NewSamples makes samples of any series, which must have a name and no label with an empty value.
func NewSamples(list iter.Seq2[labels.Labels, float64]) *Samples {
	s := new(Samples)
	last := ""
	for l, v := range list {
		name := l.Get(model.MetricNameLabel)
		if len(s.blocks) == 0 || name != last {
			columns := []column{{series: unique.Make(labels.FromStrings(model.MetricNameLabel, name))}}
			s.blocks, last = append(s.blocks, block{shape: &shape{columns: columns, indices: []int{0}}}), name
		}
		b := &s.blocks[len(s.blocks)-1]
		b.rows = append(b.rows, unique.Make(labels.NewBuilder(l).Del(model.MetricNameLabel).Labels()))
		b.values = append(b.values, v)
		s.count++
	}
	return s
}

// Len counts the samples.
func (s *Samples) Len() int { return s.count }

// Series names a series. It can be compared and be the key of a map: it is the same for the same series of any Samples.
type Series struct{ row, column unique.Handle[labels.Labels] }

// Labels returns the labels of the series, those without a value left out, and extra ones.
func (s Series) Labels(extra labels.Labels) labels.Labels {
	b := labels.NewScratchBuilder(8)
	add := func(l labels.Label) { b.Add(l.Name, l.Value) }
	s.column.Value().Range(add)
	s.row.Value().Range(add)
	extra.Range(add)
	b.Sort()
	return b.Labels()
}

// All returns each series with its value, unit by unit.
func (s *Samples) All() iter.Seq2[Series, float64] {
	return s.where(func(labels.Labels) bool { return true })
}

// WithoutProcedures is All without the series of single procedures, which are most of them.
func (s *Samples) WithoutProcedures() iter.Seq2[Series, float64] {
	return s.where(func(row labels.Labels) bool { return row.Get("procedure") == "" })
}

func (s *Samples) where(keep func(row labels.Labels) bool) iter.Seq2[Series, float64] {
	return func(yield func(Series, float64) bool) {
		for i := range s.blocks {
			b := &s.blocks[i]
			for r, row := range b.rows {
				if keep(row.Value()) && !b.row(r, b.shape.indices, yield) {
					return
				}
			}
		}
	}
}

// row yields the samples of a row in some columns.
func (b *block) row(r int, columns []int, yield func(Series, float64) bool) bool {
	n := len(b.shape.columns)
	for _, c := range columns {
		if v := b.values[r*n+c]; !isAbsent(v) && !yield(Series{b.rows[r], b.shape.columns[c].series}, v) {
			return false
		}
	}
	return true
}

// OfProcedures returns the series of single procedures that match, with the labels extra added to each.
func (s *Samples) OfProcedures(extra labels.Labels, matchers ...*labels.Matcher) iter.Seq2[Series, float64] {
	return func(yield func(Series, float64) bool) {
		for i := range s.blocks {
			b := &s.blocks[i]
			columns, others := b.shape.match(matchers)
			if len(columns) == 0 {
				continue
			}
			for r, row := range b.rows {
				l := row.Value()
				if l.Get("procedure") != "" && matches(l, extra, others) && !b.row(r, columns, yield) {
					return
				}
			}
		}
	}
}

// match returns the columns that match, and the matchers that are about other labels than theirs.
func (s *shape) match(matchers []*labels.Matcher) (columns []int, others []*labels.Matcher) {
	var own []*labels.Matcher
	for _, m := range matchers {
		if s.has(m.Name) {
			own = append(own, m)
		} else {
			others = append(others, m)
		}
	}
	for i := range s.columns {
		if matches(s.columns[i].series.Value(), labels.EmptyLabels(), own) {
			columns = append(columns, i)
		}
	}
	return columns, others
}

// matches reports whether labels match; extra are labels besides.
func matches(l, extra labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		v := l.Get(m.Name)
		if v == "" {
			v = extra.Get(m.Name)
		}
		if !m.Matches(v) {
			return false
		}
	}
	return true
}
