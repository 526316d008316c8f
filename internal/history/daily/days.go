package daily

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// Day is a past day with its samples.
type Day struct {
	Day kpi.Day
	At  int64 // the time of its samples, in milliseconds since 1970
	// Samples returns each series with its value, and after them those that end on this day, with the
	// value that marks an end (value.StaleNaN); valid until the next day.
	Samples iter.Seq2[labels.Labels, float64]
	Series  int // without those that end
}

// Days computes a part of the days from one to another, both included, oldest first, for other stores; 0 asks for no bound.
// Nothing is read from blocks or written to them. The pairs end with the first error.
func Days(ctx context.Context, source Source, part exposition.Part, from, to kpi.Day) iter.Seq2[Day, error] {
	return func(yield func(Day, error) bool) {
		for list, err := range days(ctx, source, part, from, to) {
			day := Day{Day: list.day, At: list.at, Series: len(list.series),
				Samples: func(yield func(labels.Labels, float64) bool) {
					for _, s := range list.series {
						if !yield(s.labels, s.value) {
							return
						}
					}
					for _, s := range list.ended {
						if !yield(s.labels, endMark) {
							return
						}
					}
				}}
			if !yield(day, err) {
				return
			}
		}
	}
}

// Extent returns the first and the last day that the source has a past of; both 0 where there is none.
func (s *Source) Extent() (first, last kpi.Day) {
	var all extent
	s.Read(func(m Moment) { all = m.extent() })
	if all.empty() {
		return 0, 0
	}
	return all.first, all.last
}

// computed is a day with its series, valid until the next one.
type computed struct {
	day    kpi.Day
	at     int64
	series []*series
	ended  []*series
}

func days(ctx context.Context, source Source, part exposition.Part, from, to kpi.Day) iter.Seq2[computed, error] {
	return func(yield func(computed, error) bool) {
		var all extent
		var zone *time.Location
		var extra labels.Labels
		source.Read(func(m Moment) { all, zone, extra = m.extent(), m.Zone, m.Labels })
		if all.empty() {
			return
		}
		begin := all.first
		all = all.within(from, to)
		b := newBuilder(source.Read, part, extra)
		b.begin(all.first, begin, zone)
		for day := all.first; day <= all.last; day++ {
			at, exists := EndOf(day, zone)
			if !exists {
				continue
			}
			if ctx.Err() != nil {
				yield(computed{}, context.Cause(ctx))
				return
			}
			if !yield(computed{day, at, b.day(day), b.ended}, nil) {
				return
			}
		}
	}
}

// OpenMetrics writes a part of the days from one to another, both included, as the text that `promtool tsdb create-blocks-from
// openmetrics` and the import of VictoriaMetrics read; 0 asks for no bound. Ends are not in it: text has no mark of an end that
// promtool would know. progress, where it is set, is told after each day.
func OpenMetrics(ctx context.Context, w io.Writer, source Source, part exposition.Part, from, to kpi.Day,
	progress func(Progress)) (done Progress, err error) {
	out := bufio.NewWriterSize(w, 1<<20)
	for _, f := range exposition.FigureFamilies() {
		fmt.Fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", f.Name, f.Type, f.Name, f.Help)
	}
	if first, last := source.Extent(); first != 0 {
		asked := extent{first, last}.within(from, to)
		done.AllDays = max(int(asked.last-asked.first)+1, 0)
	}
	var line []byte
	for day, err := range days(ctx, source, part, from, to) {
		if err != nil {
			return done, err
		}
		for _, s := range day.series {
			line = appendSample(line[:0], s.labels, s.value, day.at)
			if _, err := out.Write(line); err != nil {
				return done, err
			}
		}
		done.Days++
		done.Samples += int64(len(day.series))
		if done.Last = day.day; progress != nil {
			progress(done)
		}
	}
	if _, err := out.WriteString("# EOF\n"); err != nil {
		return done, err
	}
	return done, out.Flush()
}

// appendSample writes a line; samples are on whole seconds.
func appendSample(line []byte, series labels.Labels, value float64, at int64) []byte {
	line = append(exposition.AppendSeries(line, series), ' ')
	line = strconv.AppendFloat(line, value, 'g', -1, 64)
	line = append(line, ' ')
	line = strconv.AppendInt(line, at/1000, 10)
	return append(line, '\n')
}
