package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// finding is a row that was rejected, or taken with a warning.
type finding struct {
	taken       bool
	row         int64
	record, raw string
	fault       kpi.Fault
}

func rejectedFinding(r kpi.Reject) finding {
	return finding{row: r.Row, record: r.ID, raw: r.Raw, fault: r.Fault}
}

func warnedFinding(w kpi.Warned) finding {
	return finding{taken: true, row: w.Row, record: w.ID, fault: kpi.Fault{Reason: w.Reason, Detail: w.Detail}}
}

// digest tells findings apart, so that the same bad row read every hour stays one finding.
func (f finding) digest() int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s", f.fault.Reason, f.fault.Field, f.record, f.raw)
	if f.record == "" && f.raw == "" {
		fmt.Fprint(h, f.row)
	}
	return int64(h.Sum64())
}

// storeFindings writes the findings of a batch and clears those of records that are good now.
func (t *taking) storeFindings(ctx context.Context, findings []finding) error {
	r := t.run
	for _, e := range t.order {
		// Left to itself, SQLite looks at all findings of the source for each record.
		if id := e.now.dossier.ID; e.inBatch && r.found[id] {
			if _, err := t.tx.ExecContext(ctx, "delete from finding indexed by finding_record where source = ? and record = ? and last_run <> ?", r.source.id, id, r.id); err != nil {
				return err
			}
			delete(r.found, id)
		}
	}
	if len(findings) == 0 {
		return nil
	}
	var kept keptFindings
	if err := t.tx.QueryRowContext(ctx, "select count(*), count(*) filter (where reason = ?) from finding where source = ?", string(kpi.UnknownProcedure), r.source.id).
		Scan(&kept.all, &kept.unknownProcedures); err != nil {
		return err
	}
	again, err := t.tx.PrepareContext(ctx, "update finding set last_run = ?, row = ?, detail = ? where source = ? and digest = ?")
	if err != nil {
		return err
	}
	defer again.Close()
	insert, err := t.tx.PrepareContext(ctx, `insert or ignore into finding (source, digest, taken, row, record, reason, field, detail, raw, first_run, last_run)
		values (?,?,?,?,?,?,?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, f := range findings {
		if f.taken {
			t.Warned++
		} else {
			t.Rejected++
			t.ByReason[f.fault.Reason]++
		}
		if err := t.storeFinding(ctx, f, again, insert, &kept); err != nil {
			return err
		}
	}
	return nil
}

// keptFindings counts what is kept of a source.
type keptFindings struct{ all, unknownProcedures int }

// storeFinding notes a finding. Beyond the bound the oldest of earlier runs give way; a row of an unknown procedure is
// always kept if it is the only one, because it is what has the source read again when the procedure is there.
func (t *taking) storeFinding(ctx context.Context, f finding, again, insert *sql.Stmt, kept *keptFindings) error {
	r := t.run
	result, err := again.ExecContext(ctx, r.id, f.row, f.fault.Detail, r.source.id, f.digest())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	most, unknownProcedure := r.ledger.options.KeptRejects, f.fault.Reason == kpi.UnknownProcedure
	if kept.all >= most {
		gone, err := t.forgetOldFindings(ctx, max(most/16, 1))
		if err != nil {
			return err
		}
		kept.all -= int(gone)
	}
	if kept.all >= most && !(unknownProcedure && kept.unknownProcedures == 0) {
		return nil
	}
	kept.all++
	if unknownProcedure {
		kept.unknownProcedures++
	}
	_, err = insert.ExecContext(ctx, r.source.id, f.digest(), f.taken, f.row, f.record, string(f.fault.Reason), f.fault.Field, f.fault.Detail,
		f.raw, r.id, r.id)
	return err
}

// forgetOldFindings drops up to n findings that this run has not seen again, the oldest first.
func (t *taking) forgetOldFindings(ctx context.Context, n int) (int64, error) {
	r := t.run
	if r.noOldFindings {
		return 0, nil
	}
	result, err := t.tx.ExecContext(ctx, `delete from finding where source = ?1 and digest in (select digest from finding
		where source = ?1 and last_run <> ?2 and reason <> ?3 order by last_run, row limit ?4)`, r.source.id, r.id, string(kpi.UnknownProcedure), n)
	if err != nil {
		return 0, err
	}
	gone, err := result.RowsAffected()
	r.noOldFindings = gone == 0
	return gone, err
}

// clearFindings drops what a complete read did not find again.
func (r *Run) clearFindings(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "delete from finding where source = ? and last_run <> ?", r.source.id, r.id)
	return err
}

// Findings gives the last findings of a source: one of each reason before any other, rejected rows before those taken.
func (l *Ledger) Findings(ctx context.Context, source string, limit int) ([]sourcelog.Finding, error) {
	var list []sourcelog.Finding
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		var f sourcelog.Finding
		err := scan(&f.Taken, &f.Row, &f.Record, &f.Reason, &f.Field, &f.Detail, &f.Raw)
		list = append(list, f)
		return err
	}, `select taken, row, record, reason, field, detail, raw from (
			select finding.*, row_number() over (partition by taken, reason order by last_run desc, row) > 1 as another
			from finding join source on source.id = finding.source where source.name = ?)
		order by another, taken, last_run desc, row limit ?`, source, limit)
	return list, l.explain("read the rejected rows", err)
}
