package ledger

import (
	"context"
	"testing"

	"kpiagent/internal/kpi"
)

// touchedAfter asks, and gives the first day as text.
func touchedAfter(t testing.TB, l *Ledger, serial int64) (from string, next int64) {
	t.Helper()
	touched, err := l.Touched(context.Background(), serial)
	if err != nil {
		t.Fatal(err)
	}
	if len(touched.Identity) != 32 {
		t.Fatalf("the ledger's identity is %q", touched.Identity)
	}
	return touched.From.String(), touched.Serial
}

func TestTouchedSaysSinceWhenFiguresHaveChanged(t *testing.T) {
	l := opened(t, sampleOptions(t))
	var serial int64
	step := func(what, want string) {
		t.Helper()
		before := serial
		var from string
		if from, serial = touchedAfter(t, l, serial); from != want {
			t.Errorf("%s: touched since %q, want %q", what, from, want)
		}
		if again, _ := touchedAfter(t, l, serial); again != "" {
			t.Errorf("%s: told again from %s on", what, again)
		}
		if from, _ = touchedAfter(t, l, before); from != want {
			t.Errorf("%s: asked again with the old serial, it is %q, want %q", what, from, want)
		}
	}
	step("an empty ledger", "")
	r := begun(t, l, sourceA, true)
	taken(t, r, rows(dossier("1"), dossier("2", settled(5))))
	step("half an import is no figure", "")
	finished(t, r, Ending{Complete: true})
	step("the source counts", "2026-03-02")
	incremental(t, l, sourceA, rows(dossier("1"), dossier("2", settled(5))))
	step("nothing new", "")
	incremental(t, l, sourceA, rows(dossier("1", settled(12))))
	step("one has ended", "2026-03-12")
	incremental(t, l, sourceA, rows(dossier("1", settled(14))))
	step("its end was moved", "2026-03-12")
	incremental(t, l, sourceA, rows(dossier("1", settled(14), by(kpi.Postal))))
	step("the channel was corrected", "2026-03-02")
	complete(t, l, sourceA, rows(dossier("1", settled(14), by(kpi.Postal))))
	step("half of them gone", "2026-03-02")

	observe := func(day int, value float64) *kpi.Batch {
		return records(kpi.Record{Observation: &kpi.Observation{Unit: "bo", Measure: "giay_phep", Day: on(day).Day(), Value: value}})
	}
	complete(t, l, sourceP, observe(7, 1))
	step("a first total", "2026-03-07")
	incremental(t, l, sourceP, observe(9, 1))
	step("another total", "2026-03-09")
	incremental(t, l, sourceP, observe(7, 3))
	step("a total was corrected", "2026-03-07")

	l = reopened(t, l)
	if from, same := touchedAfter(t, l, serial); from != "" || same != serial {
		t.Errorf("opened again: %q, %d; want nothing, %d", from, same, serial)
	}
	incremental(t, l, sourceA, rows(dossier("3", settled(20))))
	incremental(t, l, sourceA, rows(dossier("1", settled(15), by(kpi.Postal))))
	step("two batches", "2026-03-02")
	if from, _ := touchedAfter(t, l, serial+1); from != everyDay.String() {
		t.Errorf("an older copy of the ledger: %q, want %q", from, everyDay)
	}
}

// The notes never grow beyond the days that there are, and are all told to whoever asks late.
func TestTouchedIsBounded(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("1")))
	_, serial := touchedAfter(t, l, 0)
	for i := range 60 {
		incremental(t, l, sourceA, rows(dossier("1", settled(5+i%7))))
	}
	var stored int
	if err := l.db.QueryRow("select count(*) from touched").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if stored > 8 {
		t.Errorf("%d notes are stored", stored)
	}
	if from, _ := touchedAfter(t, l, serial); from != "2026-03-05" {
		t.Errorf("touched since %s, want 2026-03-05", from)
	}
}
