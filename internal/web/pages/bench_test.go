package pages_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
	"kpiagent/internal/web/pages"
)

// large is an agent that has read 30 units with two years of dossiers each, and reads nothing more.
type large struct {
	model   *model.Model
	books   *kpi.Books
	sources []sourcelog.Status
}

func (l *large) Model() *model.Model                        { return l.model }
func (l *large) Read(do func(m *model.Model, b *kpi.Books)) { do(l.model, l.books) }
func (l *large) Sources() []sourcelog.Status                { return l.sources }

const largeUnits, largeProcedures, largePerDay = 30, 10, 8

func newLarge(t testing.TB) *large {
	t.Helper()
	var text strings.Builder
	text.WriteString("units:\n  - {id: bo, name: {vi: Bộ}}\n")
	for i := range largeUnits {
		fmt.Fprintf(&text, "  - {id: cuc_%d, parent: bo, name: {vi: Cục số %d}}\n", i, i)
	}
	text.WriteString("kpis:\n")
	for i := range 3 {
		fmt.Fprintf(&text, "  - {id: kpi_%d, name: {vi: Chỉ số %d}, kind: share, numerator: [{count: received, channel: [postal]}], denominator: [{count: received}], direction: up, no_data: none}\n", i, i)
	}
	text.WriteString("targets:\n")
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		catalogue = append(catalogue, kpi.Definition{ID: fmt.Sprintf("kpi_%d", i)})
	}
	for _, def := range catalogue {
		fmt.Fprintf(&text, "  - {kpi: %s, year: 2026, value: 0.9, margin: 0.01}\n", def.ID)
	}
	text.WriteString("sources:\n")
	for i := range largeUnits {
		text.WriteString(report + fmt.Sprintf("cuc_%d, file: {path: x.csv}}\n", i))
	}
	file := filepath.Join(t.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	l := &large{}
	if l.model, err = model.New(c); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Sources {
		l.sources = append(l.sources, sourcelog.Status{Unit: s.Unit, ID: s.ID, Name: model.SourceName(s), Up: true, LastSuccess: now, LastRun: now, StaleAfter: time.Hour})
	}
	l.fill()
	return l
}

// fill makes 150,000 dossiers, some late and some open.
func (l *large) fill() {
	r := rand.New(rand.NewPCG(1, 2))
	var procedures []kpi.Procedure
	l.books = &kpi.Books{Daybook: kpi.NewDaybook(l.model.Tree.Units()), Observed: kpi.NewObserved(l.model.Tree.Units(), nil)}
	rules := kpi.Rules{Calendar: l.model.Calendar}
	first, last := kpi.Date(2024, 3, 20), kpi.DayOf(now)
	var deltas []kpi.Delta
	var all []kpi.BookID
	for unit := range largeUnits {
		for p := range largeProcedures {
			id := kpi.BookID(unit*largeProcedures + p + 1)
			name, code := fmt.Sprintf("cuc_%d", unit), fmt.Sprintf("%d.%03d", unit, p)
			l.books.Daybook.AddBook(id, kpi.BookKey{Source: name + "/baocao", Unit: name, Procedure: code})
			procedures = append(procedures, kpi.Procedure{Unit: name, Code: code, Name: "Thủ tục " + code, Field: fmt.Sprintf("Lĩnh vực %d", p%3), Level: 4})
			all = append(all, id)
		}
		for day := first; day <= last; day++ {
			if !l.model.Calendar.IsWorkday(day) {
				continue
			}
			for range r.IntN(2*largePerDay + 1) {
				d := kpi.Dossier{Channel: kpi.Channel(1 + r.IntN(3)), Received: day.Stamp() + 9*3600, Due: (day + 7).Stamp()}
				if end := day + kpi.Day(1+r.IntN(9)); end <= last {
					d.Finished, d.Outcome = end.Stamp()+kpi.Stamp(9+r.IntN(8))*3600, kpi.Settled
				}
				for _, e := range rules.Contribution(&d, nil) {
					deltas = append(deltas, kpi.Delta{Book: kpi.BookID(unit*largeProcedures + 1 + r.IntN(largeProcedures)), Measure: e.Measure, Day: e.Day, N: 1})
				}
			}
		}
	}
	l.books.Register = kpi.NewRegister(l.model.Tree.Units(), procedures)
	l.books.Daybook.Apply(deltas)
	l.books.Daybook.Reveal(all...)
}

func BenchmarkPages(b *testing.B) {
	l := newLarge(b)
	p, err := pages.New(pages.Options{Agent: l, Version: "1.0", Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{"overview": "/", "unit": "/units/cuc_3", "ministry": "/units/bo", "kpi": "/kpis/on_time_share", "board": "/board", "board of a unit": "/board?unit=cuc_3"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				recorder := httptest.NewRecorder()
				p.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
				if size = recorder.Body.Len(); recorder.Code != 200 {
					b.Fatal(recorder.Code)
				}
			}
			request := httptest.NewRequest("GET", path, nil)
			request.Header.Set("Accept-Encoding", "gzip")
			recorder := httptest.NewRecorder()
			p.ServeHTTP(recorder, request)
			b.ReportMetric(float64(size), "bytes/page")
			b.ReportMetric(float64(recorder.Body.Len()), "bytes-gzip/page")
		})
	}
}
