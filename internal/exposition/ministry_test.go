package exposition_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// today is a Tuesday.
var today = kpi.Date(2026, time.March, 10)

// ministry is a ministry in a test: its units, and dossiers that go straight into the daybook.
type ministry struct {
	t     testing.TB
	units []kpi.Unit
	books kpi.Books
	rules kpi.Rules
	ids   map[kpi.BookKey]kpi.BookID
}

func newMinistry(t testing.TB, units []kpi.Unit, procedures []kpi.Procedure) *ministry {
	t.Helper()
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &ministry{
		t:     t,
		units: units,
		books: kpi.Books{
			Daybook:  kpi.NewDaybook(units),
			Register: kpi.NewRegister(units, procedures),
			Observed: kpi.NewObserved(units, []string{"single_window_groups"}),
		},
		rules: kpi.Rules{Calendar: calendar},
		ids:   map[kpi.BookKey]kpi.BookID{},
	}
}

// take puts dossiers into the daybook.
func (m *ministry) take(dossiers ...kpi.Dossier) {
	m.t.Helper()
	var deltas kpi.Deltas
	for i := range dossiers {
		d := &dossiers[i]
		key := kpi.BookKey{Source: d.Unit + "/mot_cua", Unit: d.Unit, Procedure: d.Procedure}
		id, known := m.ids[key]
		if !known {
			id = kpi.BookID(len(m.ids) + 1)
			m.ids[key] = id
			m.books.Daybook.AddBook(id, key)
			m.books.Daybook.Reveal(id)
		}
		deltas.Put(id, m.rules, d)
	}
	if unknown := m.books.Daybook.Apply(deltas.Sum()); unknown != 0 {
		m.t.Fatalf("%d counts of unknown books", unknown)
	}
}

func (m *ministry) observe(unit, measure string, day kpi.Day, value float64) {
	m.books.Observed.Set(kpi.ObservationKey{Source: unit + "/bao_cao", Unit: unit, Measure: measure}, day, value)
}

func (m *ministry) input() exposition.Input {
	m.t.Helper()
	catalogue, err := kpi.Builtin()
	if err != nil {
		m.t.Fatal(err)
	}
	return exposition.Input{
		Books: &m.books, Units: m.units, Catalogue: catalogue, Today: today,
		ProcedureLabels: true, SeriesPerUnit: 50_000,
	}
}

// publish makes a page of the input, without any metrics of the agent.
func publish(t testing.TB, in exposition.Input) *exposition.Page {
	t.Helper()
	page := new(exposition.Page)
	builder := newBuilder(t, page, prometheus.NewRegistry())
	builder.Compute(in)
	if err := builder.Publish(); err != nil {
		t.Fatal(err)
	}
	return page
}

func newBuilder(t testing.TB, page *exposition.Page, gatherer prometheus.Gatherer) *exposition.Builder {
	t.Helper()
	builder, err := exposition.NewBuilder(page, gatherer)
	if err != nil {
		t.Fatal(err)
	}
	return builder
}

// scrape asks for the page with the given headers, in pairs.
func scrape(t testing.TB, page http.Handler, headers ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	page.ServeHTTP(recorder, request)
	return recorder.Result()
}

// text gives the page as plain text.
func text(t testing.TB, page http.Handler) []byte {
	t.Helper()
	var body bytes.Buffer
	response := scrape(t, page)
	if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %s", response.Status, err, body.Bytes())
	}
	return body.Bytes()
}

// at gives a moment of a day so many days before today.
func at(daysAgo int, hour int) kpi.Stamp {
	return (today - kpi.Day(daysAgo)).Stamp() + kpi.Stamp(hour*3600)
}

// randomDossiers makes plausible and less plausible dossiers of the units and procedures, of the last so many days.
func randomDossiers(r *rand.Rand, n, days int, units []string, procedures int) []kpi.Dossier {
	dossiers := make([]kpi.Dossier, n)
	for i := range dossiers {
		received := r.IntN(days)
		d := kpi.Dossier{
			ID:        fmt.Sprint(i),
			Unit:      units[r.IntN(len(units))],
			Procedure: fmt.Sprintf("1.%06d.000.00.00.H01", r.IntN(procedures)),
			Channel:   kpi.Channel(1 + r.IntN(3)),
			Received:  at(received, 8+r.IntN(9)),
		}
		if r.IntN(10) > 0 {
			d.Due = at(received-r.IntN(20), 0)
		}
		if r.IntN(8) == 0 {
			p := kpi.Pause{From: d.Received + kpi.Stamp(r.IntN(5)*86400)}
			if r.IntN(2) == 0 {
				p.To = p.From + kpi.Stamp(r.IntN(9)*86400)
			}
			d.Pauses = []kpi.Pause{p}
		}
		if end := d.Received + kpi.Stamp(r.IntN(30*86400)); r.IntN(6) > 0 {
			d.Finished, d.Outcome = end, kpi.Settled
			if r.IntN(10) == 0 {
				d.Outcome = kpi.Outcome(1 + r.IntN(4))
			}
		}
		dossiers[i] = d
	}
	return dossiers
}

// families parses a page.
func families(t testing.TB, content []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	parsed, err := parser.TextToMetricFamilies(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
