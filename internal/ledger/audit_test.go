package ledger

import (
	"context"
	"testing"

	"kpiagent/internal/kpi"
)

// While the dossiers are counted anew, batches go in as ever; the audit is of the moment at which it began.
func TestBatchesGoInDuringAnAudit(t *testing.T) {
	l := opened(t, sampleOptions(t))
	list := manyDossiers(3000)
	complete(t, l, sourceA, inBatches(list, 1000)...)
	audit, err := l.beginAudit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	got := incremental(t, l, sourceA, rows(dossier("new", of("1.999")), dossier(list[0].ID, settled(9))))
	if got.Added != 1 || got.Changed != 1 {
		t.Errorf("%s", got)
	}
	differences, err := audit.differences()
	if err != nil {
		t.Fatal(err)
	}
	for unit, n := range differences {
		if n != 0 {
			t.Errorf("%s: %d counts differ", unit, n)
		}
	}
	wantSound(t, l)
}

// What an audit says of a daybook that is wrong.
func TestAnAuditFindsWhatDiffers(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2", settled(5))))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))))
	for d := range l.figures.Daybook.Walk {
		if l.keys[d.Book].Unit == "cuc-a" {
			l.figures.Daybook.Apply([]kpi.Delta{{Book: d.Book, Measure: d.Measure, Day: d.Day, N: 1}})
			break
		}
	}
	differences, err := l.Audit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for unit, n := range differences {
		if (n != 0) != (unit == "cuc-a") {
			t.Errorf("%s: %d counts differ", unit, n)
		}
	}
}
