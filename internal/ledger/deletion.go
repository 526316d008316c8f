package ledger

import (
	"context"

	"kpiagent/internal/kpi"
)

// mostDeleted bounds how many deleted dossiers of one read are remembered, so that older rows of them do not bring them back.
const mostDeleted = 100_000

// takeDeletion notes that the system has deleted a dossier. What is known of it may be newer: then it was restored.
func (t *taking) takeDeletion(d kpi.Deletion) {
	if before, known := t.run.deleted[d.ID]; known || len(t.run.deleted) < mostDeleted {
		t.run.deleted[d.ID] = max(before, d.Changed)
	}
	for e := t.pending[hashOf(d.ID)]; e != nil; e = e.next {
		if e.now.source != t.run.source.id || e.now.dossier.ID != d.ID || d.Changed < e.now.changed {
			continue
		}
		if !e.deleted {
			t.gone = append(t.gone, e)
		}
		e.deleted = true
	}
}

// dropDeleted takes the dossiers out that are deleted, unless a later row has brought them back.
func (t *taking) dropDeleted(ctx context.Context) error {
	for _, e := range t.gone {
		if !e.deleted || e.was == nil {
			continue
		}
		if _, err := t.tx.ExecContext(ctx, "delete from dossier where key = ?", e.was.key); err != nil {
			return err
		}
		t.sums.Take(e.was.book, t.run.rules, &e.was.dossier)
		t.Removed++
		t.dossiers--
	}
	return nil
}
