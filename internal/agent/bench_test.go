package agent

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/history"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
)

// BenchmarkCycle measures what the agent does with 1,000 changed dossiers, from rows read to the new metrics page: a
// ledger of 200,000 dossiers and 300 procedures under a ministry and one unit; with the agent's own history, and without.
func BenchmarkCycle(b *testing.B) {
	b.Run("without history", func(b *testing.B) { benchmarkCycle(b, nil) })
	b.Run("with history", func(b *testing.B) {
		benchmarkCycle(b, func() *history.History {
			h, err := history.Open(b.Context(), history.Options{Path: b.TempDir(), Interval: time.Minute, Detail: 24 * time.Hour, Lookback: time.Hour, Location: time.UTC,
				Limits: history.Limits{Samples: 1000, Series: 1000, Timeout: time.Second, AtOnce: 1}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			return h
		})
	})
}

func benchmarkCycle(b *testing.B, keep func() *history.History) {
	folder := b.TempDir()
	var text strings.Builder
	text.WriteString("units: [{id: bo}, {id: xnk, parent: bo}]\nprocedures:\n")
	for p := range 300 {
		fmt.Fprintf(&text, "  - {unit: bo, code: %q}\n", fmt.Sprintf("1.%06d", p))
	}
	text.WriteString(`sources:
  - unit: xnk
    id: motcua
    kind: file
    file: {path: never-read.csv}
    mapping: {id: {column: a}, procedure: {column: b}, channel: {constant: online}, received: {column: c}}
`)
	if err := os.WriteFile(filepath.Join(folder, "kpiagent.yml"), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(b.Context(), config.Options{File: filepath.Join(folder, "kpiagent.yml")})
	if err != nil {
		b.Fatal(err)
	}
	m, err := model.New(c)
	if err != nil {
		b.Fatal(err)
	}
	s := &site{now: kpi.Date(2026, 1, 20).Time(), log: new(strings.Builder)}
	around := s.surroundings()
	if keep != nil {
		h := keep()
		defer h.Close()
		around.Recorders = []Recorder{h}
	}
	a, err := New(b.Context(), m, around)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()

	random := rand.New(rand.NewPCG(1, 1))
	dossiers := make([]kpi.Dossier, 200_000)
	var first kpi.Batch
	for i := range dossiers {
		received := kpi.Date(2025, 1, 1).Stamp() + kpi.Stamp(random.IntN(365*86400))
		dossiers[i] = kpi.Dossier{ID: fmt.Sprintf("G02.01-%07d", i), Unit: "xnk", Procedure: fmt.Sprintf("1.%06d", random.IntN(300)),
			Channel: kpi.Online, Received: received, Due: received + 5*86400}
		first.Records = append(first.Records, kpi.Record{Dossier: &dossiers[i]})
	}
	take := func(batch *kpi.Batch, full bool) {
		run, err := a.Ledger.Begin(b.Context(), "xnk/motcua", "", full, s.now)
		if err != nil {
			b.Fatal(err)
		}
		if err := run.Take(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		if _, err := run.Finish(b.Context(), ledger.Ending{State: "s", Complete: full, Now: s.now}); err != nil {
			b.Fatal(err)
		}
		if err := a.publisher.publish(); err != nil {
			b.Fatal(err)
		}
	}
	take(&first, true)
	b.ReportAllocs()
	version := int64(0)
	for b.Loop() {
		version++
		s.now = s.now.Add(time.Second)
		batch := kpi.Batch{Rows: 1000}
		for range 1000 {
			d := dossiers[random.IntN(len(dossiers))]
			if d.Finished = 0; version%2 == 1 {
				d.Finished, d.Outcome = d.Received+kpi.Stamp(random.IntN(14*86400)), kpi.Settled
			}
			d.Due += kpi.Stamp(version) * 86400
			batch.Records = append(batch.Records, kpi.Record{Dossier: &d, Changed: version})
		}
		take(&batch, false)
	}
}
