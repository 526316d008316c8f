package daily

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// Source is where the past comes from.
type Source struct {
	// Read lets do see what figures are computed from; nothing changes while it runs. It is called for one day at a time.
	Read func(do func(Moment))
	// Touched is Ledger.Touched.
	Touched func(ctx context.Context, after int64) (ledger.Touched, error)
}

// Moment is what figures are computed from at one moment. Its Today is the day that is not over yet.
type Moment struct {
	exposition.Input
	Zone *time.Location // of the days
	// Labels are added to each series: those that a scrape adds, job and instance.
	Labels labels.Labels
	// Basis covers what decides how dossiers and reports are counted and does not show in Input: when it changes, all
	// figures may.
	Basis string
}

// version is part of every fingerprint: another one has the whole past written anew after an update that computes
// something differently.
const version = 2

// fingerprint covers all of the configuration that past figures depend on.
func (m *Moment) fingerprint() (string, error) {
	text, err := json.Marshal(struct {
		Version, Counting int
		Units             []kpi.Unit
		Catalogue         kpi.Catalogue
		Targets           []kpi.Target
		CutOff            string
		ProcedureLabels   bool
		SeriesPerUnit     int
		Zone, Labels      string
		Basis             string
	}{version, kpi.CountingVersion, m.Units, m.Catalogue, m.Targets, m.CutOff.String(), m.ProcedureLabels, m.SeriesPerUnit,
		m.Zone.String(), m.Labels.String(), m.Basis})
	if err != nil {
		return "", fmt.Errorf("the fingerprint of what past figures depend on: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// past returns what a part of the figures of a past day is computed from.
func (m *Moment) past(day kpi.Day, part exposition.Part) exposition.Input {
	in := m.Input
	in.Today, in.Past = day, part
	return in
}

// extent is what of the past there is: all days from first to last, none where first is 0 or after last.
type extent struct{ first, last kpi.Day }

func (m *Moment) extent() extent { return extent{m.Books.Begin(), m.Today - 1} }

func (e extent) empty() bool { return e.first == 0 || e.first > e.last }

// within cuts it to days asked for; 0 asks for no bound.
func (e extent) within(from, to kpi.Day) extent {
	e.first = max(e.first, from)
	if to != 0 {
		e.last = min(e.last, to)
	}
	return e
}
