package daily

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// plan is what there is to write.
type plan struct {
	manifest *manifest
	days     map[exposition.Part]extent
	begin    kpi.Day // the first day of all, also where it is not kept
	zone     *time.Location
	labels   labels.Labels
	register *kpi.Register
}

// plan compares what is written with what the ledger and the configuration have now, notes on the disk what is behind, and
// removes what is over: so what it has learnt is not forgotten whatever happens.
func (s *Store) plan(ctx context.Context, source Source) (*plan, error) {
	s.mu.RLock()
	m := s.manifest.clone()
	s.mu.RUnlock()
	touched, err := source.Touched(ctx, m.Serial) // before the books are read: what comes in between is told the next time
	if err != nil {
		return nil, err
	}
	p := &plan{manifest: m}
	var fingerprint string
	names := map[string]string{}
	source.Read(func(moment Moment) {
		p.zone, p.labels, p.register = moment.Zone, moment.Labels, moment.Books.Register
		all := moment.extent()
		p.begin, p.days = all.first, s.kept(m, all)
		if fingerprint, err = moment.fingerprint(); err == nil && s.register != any(p.register) {
			names = namesOf(&moment)
		}
	})
	if err != nil {
		return nil, err
	}
	var since kpi.Day // the first day that is no longer right
	switch {
	case m.Fingerprint != fingerprint || m.Ledger != touched.Identity:
		since = p.days[exposition.OfUnits].first
	case s.register != any(p.register):
		renamed, err := s.renamed(ctx, names)
		if err != nil {
			return nil, err
		}
		if since = touched.From; renamed {
			since = p.days[exposition.OfUnits].first
		}
	default:
		since = touched.From
	}
	m.Fingerprint, m.Ledger, m.Serial = fingerprint, touched.Identity, touched.Serial
	gone := m.compare(p.days, since)
	if !reflect.DeepEqual(m, s.manifest) { // only a writer changes it, and that is us
		if err := s.put(m.clone(), gone); err != nil {
			return nil, err
		}
	}
	s.register = p.register
	s.mu.Lock()
	s.lastDay = p.days[exposition.OfUnits].last
	s.mu.Unlock()
	return p, nil
}

// Recognize is for before anything new comes into the ledger: where an older copy was put in its place, all days are behind.
// Later the copy may have come past the serial that distinguishes it from the ledger that was there before.
func (s *Store) Recognize(ctx context.Context, l interface {
	Touched(ctx context.Context, after int64) (ledger.Touched, error)
}) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.RLock()
	m := s.manifest.clone()
	s.mu.RUnlock()
	touched, err := l.Touched(ctx, m.Serial)
	if err != nil || touched.Serial >= m.Serial {
		return err
	}
	m.Ledger, m.Serial = "", touched.Serial // no ledger is called that
	return s.put(m, nil)
}

// kept returns the days that are kept of each part: whole months, by age and by what the size limit allows.
func (s *Store) kept(m *manifest, all extent) map[exposition.Part]extent {
	if m.AtLimit != s.options.MaxBytes {
		clear(m.Dropped)
		m.AtLimit = 0
	}
	oldest := func(e extent, days int) extent {
		e.first = max(e.first, monthOf(e.last+1-kpi.Day(days)).first())
		return e
	}
	if !all.empty() && s.options.Days > 0 {
		all = oldest(all, s.options.Days)
	}
	kept := map[exposition.Part]extent{exposition.OfUnits: all}
	if !all.empty() && s.options.ProcedureDays > 0 {
		kept[exposition.OfProcedures] = oldest(all, s.options.ProcedureDays)
	}
	for dropped := range m.Dropped {
		e := kept[dropped.part]
		e.first = max(e.first, (dropped.month + 1).first())
		kept[dropped.part] = e
	}
	return kept
}

// of returns the days of a piece; none where it is not kept.
func of(days map[exposition.Part]extent, p piece) extent {
	e := days[p.part]
	if e.empty() {
		return extent{}
	}
	return e.within(p.month.first(), p.month.last())
}

// compare notes which pieces are behind, where the days since one are no longer right, and forgets those that are over.
func (m *manifest) compare(days map[exposition.Part]extent, since kpi.Day) (gone map[piece]*tsdb.Block) {
	gone = map[piece]*tsdb.Block{}
	for piece := range m.Blocks {
		if of(days, piece).empty() {
			gone[piece] = nil
			delete(m.Blocks, piece)
		}
	}
	for piece := range m.Behind {
		if of(days, piece).empty() {
			delete(m.Behind, piece)
		}
	}
	for part, all := range days {
		if all.empty() {
			continue
		}
		for month := monthOf(all.first); month <= monthOf(all.last); month++ {
			p := piece{part, month}
			want := of(days, p)
			e, there := m.Blocks[p]
			if there {
				first, last, err := e.days()
				there = err == nil && first == want.first && last == want.last
			}
			if !there || since != 0 && since <= want.last {
				m.Behind[p] = true
			}
		}
	}
	return gone
}

// infoName is the series that names a procedure. Names are of today also in the past, so that boards can join them at any time.
const infoName = "egov_procedure_info"

// whose returns the procedure that a series names.
func whose(l labels.Labels) string { return l.Get("unit") + "\x00" + l.Get("procedure") }

// namesOf returns the series that name the procedures now.
func namesOf(m *Moment) map[string]string {
	one := *m
	one.Catalogue, one.ProcedureLabels, one.SeriesPerUnit = nil, true, 0
	b := newBuilder(func(do func(Moment)) { do(one) }, exposition.OfProcedures, m.Labels)
	names := map[string]string{}
	for _, s := range b.day(m.Today - 1) {
		if s.labels.Get(model.MetricNameLabel) == infoName {
			names[whose(s.labels)] = s.labels.String()
		}
	}
	return names
}

// renamed reports whether a procedure has another name or field in some block than now.
func (s *Store) renamed(ctx context.Context, names map[string]string) (bool, error) {
	q, err := s.Querier(0, s.Through())
	if err != nil {
		return false, err
	}
	defer q.Close()
	found := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, infoName))
	for found.Next() {
		l := found.At().Labels()
		if now, known := names[whose(l)]; known && now != l.String() {
			return true, nil
		}
	}
	if err := found.Err(); err != nil {
		return false, fmt.Errorf("history of past days: the names of procedures: %w", err)
	}
	return false, nil
}
