package daily

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// ministry is a ministry in a test: a real ledger that two systems and a report are read into, and the agent's day.
type ministry struct {
	t      testing.TB
	path   string // of the ledger
	ledger *ledger.Ledger
	moment Moment // without books
	clock  int64  // of changes
	holds  map[string]map[string]*kpi.Dossier
	known  []kpi.Procedure
}

var units = []kpi.Unit{{ID: "bct", Name: kpi.Text{"vi": `Bộ "Công Thương"`}}, {ID: "xnk", Parent: "bct"}, {ID: "hc", Parent: "bct"}}

const (
	oneStop = "xnk/mot_cua"
	portal  = "hc/cong"
	report  = "bct/bao_cao" // totals and procedures
)

const manyProcedures = 3

// start is a Friday in the first year of the examples.
var start = kpi.Date(2023, time.November, 24)

func ledgerOptions(path string, zone *time.Location) (ledger.Options, error) {
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	rules := kpi.Rules{Calendar: calendar}
	return ledger.Options{Path: path, Units: units, Rules: map[string]kpi.Rules{oneStop: rules, portal: rules, report: rules},
		Levels: []string{"single_window_groups"}, KeptRejects: 10, KeptRuns: 10, Location: zone}, err
}

func newMinistry(t testing.TB) *ministry {
	t.Helper()
	m := &ministry{t: t, path: filepath.Join(t.TempDir(), "so.db"), holds: map[string]map[string]*kpi.Dossier{oneStop: {}, portal: {}}}
	m.moment = momentOf(t, location(t, "Asia/Ho_Chi_Minh"))
	m.reopen()
	return m
}

// reopen opens the ledger.
func (m *ministry) reopen() {
	m.t.Helper()
	o, err := ledgerOptions(m.path, m.moment.Zone)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.ledger, err = ledger.Open(context.Background(), o); err != nil {
		m.t.Fatal(err)
	}
	opened := m.ledger
	m.t.Cleanup(func() { opened.Close() })
}

func momentOf(t testing.TB, zone *time.Location) Moment {
	t.Helper()
	m, err := storyMoment(zone)
	if err != nil {
		t.Fatal(err)
	}
	m.Today = start + 40
	return m
}

// storyMoment is the configuration of the examples.
func storyMoment(zone *time.Location) (Moment, error) {
	catalogue, err := kpi.Builtin()
	some := []string{"on_time_share", "overdue_open", "handling_time_p90", "service_level_share", "certificates_exchanged"} // one of each kind
	catalogue = slices.DeleteFunc(catalogue, func(d kpi.Definition) bool { return !slices.Contains(some, d.ID) })
	return Moment{Input: exposition.Input{Units: units, Catalogue: catalogue, Today: start + 150, ProcedureLabels: true,
		Targets: []kpi.Target{{KPI: "on_time_share", Year: 2023, Value: 0.9, Margin: 0.05}, {KPI: "on_time_share", Year: 2024, Value: 0.95, Margin: 0.05}}},
		Zone: zone, Labels: labels.FromStrings("instance", "kpi.example", "job", "kpiagent")}, err
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func (m *ministry) source() Source { return sourceOf(m.ledger, &m.moment) }

func sourceOf(l *ledger.Ledger, moment *Moment) Source {
	return Source{Touched: l.Touched, Read: func(do func(Moment)) {
		l.Read(func(b *kpi.Books) {
			now := *moment
			now.Books = b
			do(now)
		})
	}}
}

// read lets the agent read records from a source, all that it holds or what is new.
func (m *ministry) read(source string, complete bool, records ...kpi.Record) {
	m.t.Helper()
	ctx := context.Background()
	r, err := m.ledger.Begin(ctx, source, "v1", complete, time.Unix(1, 0))
	if err != nil {
		m.t.Fatal(err)
	}
	batch := &kpi.Batch{Records: records, Rows: int64(len(records))}
	for i := range batch.Records {
		m.clock++
		batch.Records[i].Row, batch.Records[i].Changed = int64(i+1), m.clock
	}
	if err := r.Take(ctx, batch); err != nil {
		m.t.Fatal(err)
	}
	if _, err := r.Finish(ctx, ledger.Ending{Complete: complete, AcceptDrop: true, Now: time.Unix(2, 0)}); err != nil {
		m.t.Fatal(err)
	}
}

func (m *ministry) register(procedures ...kpi.Procedure) {
	m.known = procedures
	m.readReport(nil)
}

func (m *ministry) readReport(observed []kpi.Observation) {
	var records []kpi.Record
	for i := range m.known {
		records = append(records, kpi.Record{Procedure: &m.known[i]})
	}
	for i := range observed {
		records = append(records, kpi.Record{Observation: &observed[i]})
	}
	m.read(report, true, records...)
}

func (m *ministry) readAll(source string) {
	var records []kpi.Record
	for _, id := range slices.Sorted(maps.Keys(m.holds[source])) {
		records = append(records, kpi.Record{Dossier: m.holds[source][id]})
	}
	m.read(source, true, records...)
}

// randomDossier is one received between two days, finished by the later one or open.
func randomDossier(r *rand.Rand, id, unit string, from, to kpi.Day) *kpi.Dossier {
	received := (from + kpi.Day(r.IntN(int(to-from)+1))).Stamp() + kpi.Stamp(8*3600+r.IntN(8*3600))
	d := &kpi.Dossier{ID: id, Unit: unit, Procedure: fmt.Sprintf("1.00%d", r.IntN(manyProcedures)), Channel: kpi.Channel(1 + r.IntN(3)), Received: received,
		FeeDue: kpi.Mark(r.IntN(3)), PaidOnline: kpi.Mark(r.IntN(3)), Satisfied: kpi.Mark(r.IntN(3))}
	if r.IntN(6) > 0 {
		d.Due = received + kpi.Stamp(r.IntN(15)*86400)
	}
	if r.IntN(5) == 0 {
		d.Pauses = []kpi.Pause{{From: received + 86400, To: received + 3*86400}}
	}
	if end := received + kpi.Stamp((4+r.IntN(20))*86400); r.IntN(4) > 0 && end.Day() <= to {
		d.Finished, d.Outcome = end, kpi.Outcome(1+r.IntN(4))
	}
	return d
}

func procedures(names string) (list []kpi.Procedure) {
	for i := range manyProcedures {
		list = append(list, kpi.Procedure{Unit: "bct", Code: fmt.Sprintf("1.00%d", i), Name: fmt.Sprintf("%s %d", names, i), Field: "Hóa chất", Online: "full", Level: 4})
	}
	return list
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet()
	}
	if o.ProcedureDays == 0 {
		o.ProcedureDays = 1_000_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func write(t testing.TB, s *Store, source Source) Progress {
	t.Helper()
	done, err := s.Write(context.Background(), source, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// end stands for the mark of an end among values, which equals itself.
var end = math.Inf(-1)

// dump gives all that a store says: per series, value by time.
func dump(t testing.TB, s *Store, matchers ...*labels.Matcher) map[string]map[int64]float64 {
	t.Helper()
	q, err := s.Querier(0, time.Now().AddDate(100, 0, 0).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if matchers == nil {
		matchers = []*labels.Matcher{labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, "")}
	}
	all := map[string]map[int64]float64{}
	set := q.Select(context.Background(), true, nil, matchers...)
	for set.Next() {
		name := set.At().Labels().String()
		if all[name] != nil {
			t.Fatalf("%s is there twice", name)
		}
		all[name] = map[int64]float64{}
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			at, v := it.At()
			if value.IsStaleNaN(v) {
				v = end
			}
			if _, twice := all[name][at]; twice {
				t.Fatalf("%s has two samples at %d", name, at)
			}
			all[name][at] = v
		}
		if err := it.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// anew writes everything into a store of its own and gives what that says.
func (m *ministry) anew() map[string]map[int64]float64 { return m.anewWith(0) }

func (m *ministry) anewWith(procedureDays int) map[string]map[int64]float64 {
	s := open(m.t, Options{Folder: m.t.TempDir(), ProcedureDays: procedureDays})
	write(m.t, s, m.source())
	return dump(m.t, s)
}

func equal(want, got map[string]map[int64]float64) bool { return maps.EqualFunc(want, got, maps.Equal) }

// same compares what two stores say.
func same(t testing.TB, what string, want, got map[string]map[int64]float64) {
	t.Helper()
	if equal(want, got) {
		return // much quicker than looking for differences
	}
	if diff := cmp.Diff(want, got); diff != "" {
		lines := strings.SplitAfterN(diff, "\n", 40)
		t.Fatalf("%s (-anew +kept):\n%s", what, strings.Join(lines[:len(lines)-1], ""))
	}
}
