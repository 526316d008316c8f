package ledger

import (
	"testing"

	"kpiagent/internal/kpi"
)

func TestCompleteReadFindsWhatIsGone(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))))
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2", settled(5)), dossier("A3")))
	if got := incremental(t, l, sourceA, rows(dossier("A1"))); got.Removed != 0 {
		t.Errorf("an incremental read removes nothing: %s", got)
	}
	got := complete(t, l, sourceA, rows(dossier("A1")), rows(dossier("A3")))
	if got.Removed != 1 || got.Held != 0 {
		t.Errorf("%s", got)
	}
	for range 2 {
		wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 0/0/0, open 2, overdue 2", "cuc-b": "received 1, finished 0/0/0, open 1, overdue 1"})
		wantSound(t, l)
		l = reopened(t, l)
	}
	if l.Count() != 3 {
		t.Errorf("%d dossiers", l.Count())
	}
	if got := complete(t, l, sourceA, rows(dossier("A1"), dossier("A2"), dossier("A3"))); got.Added != 1 {
		t.Errorf("what comes back is there again: %s", got)
	}
	wantSound(t, reopened(t, l))
}

// A row that says that its dossier is deleted takes it out at once, also where older rows of it come along.
func TestDeletedDossiersGoAtOnce(t *testing.T) {
	deleted := func(id string, changed int64) *kpi.Batch {
		return &kpi.Batch{Rows: 1, Skipped: 1, Deleted: []kpi.Deletion{{ID: id, Changed: changed}}}
	}
	versioned := func(id string, changed int64) *kpi.Batch {
		b := rows(dossier(id))
		b.Records[0].Changed = changed
		return b
	}
	both := func(first, second *kpi.Batch) *kpi.Batch {
		return &kpi.Batch{Rows: 2, Skipped: 1, Records: append(first.Records, second.Records...), Deleted: append(first.Deleted, second.Deleted...)}
	}
	for _, test := range []struct {
		name    string
		read    []*kpi.Batch
		full    bool
		left    int64
		removed int64
	}{
		{"known", []*kpi.Batch{deleted("A1", 5)}, false, 2, 1},
		{"not known", []*kpi.Batch{deleted("B1", 5)}, false, 3, 0},
		{"known in a newer version: it was restored", []*kpi.Batch{deleted("A1", 3)}, false, 3, 0},
		{"an older row follows", []*kpi.Batch{deleted("A1", 5), versioned("A1", 4)}, false, 2, 1},
		{"an older row in the same batch", []*kpi.Batch{both(versioned("A1", 4), deleted("A1", 5))}, false, 2, 1},
		{"a newer row follows: it was restored", []*kpi.Batch{deleted("A1", 5), versioned("A1", 6)}, false, 3, 1},
		{"entered and deleted in one batch", []*kpi.Batch{both(versioned("B1", 4), deleted("B1", 5))}, false, 3, 0},
		{"entered and deleted in one read", []*kpi.Batch{versioned("B1", 4), deleted("B1", 5)}, false, 3, 1},
		{"a complete read shows it deleted", []*kpi.Batch{versioned("A1", 4), versioned("A2", 4), deleted("A3", 5)}, true, 2, 1},
		{"a complete read shows it deleted after a row of it", []*kpi.Batch{rows(dossier("A1"), dossier("A2"), dossier("A3")), deleted("A3", 5)}, true, 2, 1},
		{"a complete read lacks another one", []*kpi.Batch{versioned("A1", 4), versioned("A3", 4), deleted("A3", 5)}, true, 1, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			complete(t, l, sourceA, versioned("A1", 4), versioned("A2", 4), versioned("A3", 4))
			r := begun(t, l, sourceA, test.full)
			taken(t, r, test.read...)
			if got := finished(t, r, Ending{Complete: test.full}); got.Removed != test.removed {
				t.Errorf("%s, want %d removed", got, test.removed)
			}
			if n := l.Count(); n != test.left || len(dossiersOf(t, l)) != int(n) {
				t.Errorf("%d dossiers are left, want %d", n, test.left)
			}
			wantSound(t, l)
			wantSound(t, reopened(t, l))
		})
	}
}

// Of a source whose rows may move while they are read, two complete reads have to lack what is removed.
func TestWhatOnlyOneReadLacksStays(t *testing.T) {
	l := opened(t, sampleOptions(t))
	drifting := func(want int64, shown ...*kpi.Dossier) {
		t.Helper()
		r := begun(t, l, sourceA, true)
		taken(t, r, rows(shown...))
		if got := finished(t, r, Ending{Complete: true, Drifts: true}); l.Count() != want {
			t.Errorf("%d dossiers are left, want %d: %s", l.Count(), want, got)
		}
	}
	a, b, c := dossier("A1"), dossier("A2"), dossier("A3")
	drifting(3, a, b, c)
	drifting(3, a, b) // A3 may have slipped through
	drifting(3, a, c) // it has; A2 may have
	finished(t, begun(t, l, sourceA, false), Ending{})
	drifting(2, a, c) // two complete reads lack A2
	wantSound(t, reopened(t, l))
}

func TestWhatACompleteReadDoesNotRemove(t *testing.T) {
	four := []*kpi.Dossier{dossier("A1"), dossier("A2"), dossier("A3"), dossier("A4")}
	for _, test := range []struct {
		name          string
		read          []*kpi.Batch
		ending        Ending
		removed, held int64
	}{
		{"half are gone", []*kpi.Batch{rows(four[:2]...)}, Ending{Complete: true}, 2, 0},
		{"more than half are gone", []*kpi.Batch{rows(four[:1]...)}, Ending{Complete: true}, 0, 3},
		{"more than half, and that is right", []*kpi.Batch{rows(four[:1]...)}, Ending{Complete: true, AcceptDrop: true}, 3, 0},
		{"nothing is there any more", nil, Ending{Complete: true}, 0, 4},
		{"nothing, and that is right", nil, Ending{Complete: true, AcceptDrop: true}, 4, 0},
		{"the file is the same as last time", nil, Ending{Complete: true, Unchanged: true}, 0, 0},
		{"the system shows recent dossiers only", []*kpi.Batch{rows(four[:3]...)}, Ending{Complete: true, KeepMissing: true}, 0, 0},
		{"the missing one has a bad row", []*kpi.Batch{rows(four[:3]...), rejects(rejected("A4", kpi.BadDate, "{}"))}, Ending{Complete: true}, 0, 0},
		{"the bad row comes first", []*kpi.Batch{rejects(rejected("A4", kpi.BadDate, "{}")), rows(four[:3]...)}, Ending{Complete: true}, 0, 0},
		{"a row cannot be read at all", []*kpi.Batch{rows(four[:3]...), rejects(rejected("", kpi.MalformedRow, `"A4`))}, Ending{Complete: true}, 0, 1},
		{"it cannot be read, and that is right", []*kpi.Batch{rows(four[:3]...), rejects(rejected("", kpi.MalformedRow, `"A4`))}, Ending{Complete: true, AcceptDrop: true}, 1, 0},
		{"a row of which not even the id was looked at: its change time is no date", []*kpi.Batch{rows(four[:3]...), rejects(rejected("", kpi.BadDate, "A4;32/03/2026"))}, Ending{Complete: true}, 0, 1},
		{"its version is no number", []*kpi.Batch{rows(four[:3]...), rejects(rejected("", kpi.BadValue, "A4;x"))}, Ending{Complete: true}, 0, 1},
		{"a row without an id", []*kpi.Batch{rows(four[:3]...), rejects(rejected("", kpi.MissingField, "Tổng cộng: 3"))}, Ending{Complete: true}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			complete(t, l, sourceA, rows(four...))
			r := begun(t, l, sourceA, true)
			taken(t, r, test.read...)
			got := finished(t, r, test.ending)
			if got.Removed != test.removed || got.Held != test.held || got.Unchanged != test.ending.Unchanged {
				t.Errorf("%s, want %d removed and %d held", got, test.removed, test.held)
			}
			if n := l.Count(); n != 4-test.removed || len(dossiersOf(t, l)) != int(n) {
				t.Errorf("%d dossiers are left", n)
			}
			wantSound(t, l)
			wantSound(t, reopened(t, l))
		})
	}
}

func TestAReportThatReplacesTheLastOneIsADrop(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2")))
	if got := complete(t, l, sourceA, rows(dossier("A3")), rows(dossier("A4"), dossier("A5"))); got.Removed != 0 || got.Held != 2 || got.HeldWhy != "more than half of the 2 that are known" {
		t.Errorf("%s, because %s", got, got.HeldWhy)
	}
	wantSound(t, reopened(t, l))
}

// Folding changes how the daybook is stored, not what it says.
func TestFoldingKeepsTheDaybook(t *testing.T) {
	l := opened(t, sampleOptions(t))
	l.foldAt = foldLimits{bytes: 1 << 30, changes: 3}
	for day := range 12 {
		incremental(t, l, sourceA, rows(dossier("A1", due(day+10)), dossier("A2", settled(day+3))))
		if n := segmentCount(t, l); n > 4 {
			t.Errorf("%d segments", n)
		}
		wantSound(t, l)
	}
	want := tallyOf(l, "bo")
	l = reopened(t, l)
	if got := tallyOf(l, "bo"); got != want {
		t.Errorf("loaded %+v, want %+v", got, want)
	}
	wantSound(t, l)
}
