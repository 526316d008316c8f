package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// taking is one batch on its way into the ledger.
type taking struct {
	run *Run
	tx  *sql.Tx

	pending map[uint64]*entry // by id hash: stored dossiers that the batch touches, and new ones
	order   []*entry          // those of this source, in the order in which the batch shows them
	block   []entry           // memory for the next ones
	sums    kpi.Deltas

	gone []*entry // that were deleted in the batch

	deltas       []kpi.Delta
	newBooks     map[kpi.BookID]kpi.BookKey
	observed     []observedValue
	listed       map[string]int64 // procedures and observations shown, with the change time of the row that counts
	procedures   int
	serial       int64 // the number of the books after the batch; 0 where no figure changes
	dossiers     int64 // of Added
	unreadable   int64
	needsFull    bool
	state        string // of the source after the batch; "" leaves it as it is
	segmentBytes int
	sourcelog.Summary
}

// entry is a dossier before and after the batch.
type entry struct {
	now     stored
	was     *stored // nil where fresh
	next    *entry  // another one with the same hash
	fresh   bool    // not in the ledger before the batch
	dirty   bool    // to be written
	shown   bool    // the batch has a row of it
	inBatch bool    // an earlier row of this batch was taken
	deleted bool    // a row says that it is
	kept    bool    // as Run.kept
	older   *stored // as Run.older
}

// mostOlder bounds how many dossiers of one read may fall back to an older row while it is remembered what was known of
// them. Those beyond stay as they are known, and fall back with the next reads.
const mostOlder = 100_000

type observedValue struct {
	key   kpi.ObservationKey
	day   kpi.Day
	value float64
}

func (t *taking) take(ctx context.Context, b *kpi.Batch) error {
	t.newBooks = map[kpi.BookID]kpi.BookKey{}
	t.listed = map[string]int64{}
	t.pending = make(map[uint64]*entry, len(b.Records))
	t.order = make([]*entry, 0, len(b.Records))
	t.ByReason = map[kpi.Reason]int64{}
	t.Rows, t.Skipped = b.Rows, b.Skipped
	t.SkippedBy = b.SkippedBy
	if err := t.findStored(ctx, b); err != nil {
		return err
	}
	var findings []finding
	for i := range b.Records {
		record := &b.Records[i]
		var err error
		var contradictions []finding
		switch {
		case record.Dossier != nil:
			findings, err = t.takeDossier(ctx, record, findings)
		case record.Procedure != nil:
			contradictions, err = t.takeProcedure(ctx, record)
		case record.Observation != nil:
			contradictions, err = t.takeObservation(ctx, record)
		}
		if err != nil {
			return err
		}
		findings = append(findings, contradictions...)
	}
	for _, d := range b.Deleted {
		t.takeDeletion(d)
	}
	for _, rejected := range b.Rejects {
		findings = append(findings, rejectedFinding(rejected))
		t.spare(&rejected)
	}
	for _, w := range b.Warnings {
		findings = append(findings, warnedFinding(w))
	}
	if err := t.storeDossiers(ctx); err != nil {
		return err
	}
	if err := t.storeFindings(ctx, findings); err != nil {
		return err
	}
	t.Good = int64(len(b.Records)) - (t.Rejected - int64(len(b.Rejects))) // less those that contradict others
	if err := t.touch(ctx); err != nil {
		return err
	}
	t.state = t.stateAfter(b)
	return t.storeProgress(ctx)
}

// touch notes since which day figures change. Until the source is established, only procedures show in figures.
func (t *taking) touch(ctx context.Context) (err error) {
	var first kpi.Day
	if t.run.source.established {
		first = firstOf(t.deltas, t.observed)
	}
	if first == 0 && t.procedures > 0 {
		first = noPastDay
	}
	t.serial, err = touch(ctx, t.tx, first)
	return err
}

// spare keeps what a bad row is about: it is still a row, so its dossier, procedure or measure is not gone. A row whose id
// could not be read may be about any of them; one whose id is missing, such as a total, is about none.
func (t *taking) spare(rejected *kpi.Reject) {
	if rejected.ID == "" {
		if rejected.Fault.Reason != kpi.MissingField {
			t.unreadable++
		}
		return
	}
	if t.run.names[rejected.ID] {
		t.run.spared[rejected.ID] = true
	}
	for e := t.pending[hashOf(rejected.ID)]; e != nil; e = e.next {
		if e.now.source == t.run.source.id && e.now.dossier.ID == rejected.ID {
			e.shown = true
			t.keepKnown(e, rejected.Changed)
		}
	}
}

// keepKnown leaves a dossier as it is known where a row of it was rejected that is as new or newer: an older row of the same
// read does not take its place, and one that has is taken back.
func (t *taking) keepKnown(e *entry, changed int64) {
	if changed == 0 || e.fresh {
		return
	}
	known := &e.now
	if e.older != nil {
		known = e.older
	}
	if changed < known.changed {
		return
	}
	e.kept = true
	if e.older != nil {
		e.now, e.older = *e.older, nil
		if !e.dirty {
			e.dirty = true
			t.order = append(t.order, e)
		}
	}
}

// fallsBack reports whether the first row of a dossier in this read may replace what is known although it is older: the
// newer one has vanished from the system. It may not where the newer one is there and was rejected.
func (t *taking) fallsBack(e *entry) bool {
	if e.kept || t.run.kept.has(e.now.key) || len(t.run.older) >= mostOlder {
		return false
	}
	known := e.now
	e.older = &known
	return true
}

// findStored looks up the dossiers that the batch may touch.
func (t *taking) findStored(ctx context.Context, b *kpi.Batch) error {
	l := t.run.ledger
	hashes := make([]uint64, 0, len(b.Records))
	ask := func(id string) {
		if h := hashOf(id); l.novel == nil || !l.novel.new(h) {
			hashes = append(hashes, h)
		}
	}
	for i := range b.Records {
		if d := b.Records[i].Dossier; d != nil {
			ask(d.ID)
		}
	}
	for _, rejected := range b.Rejects {
		if rejected.ID != "" {
			ask(rejected.ID)
		}
	}
	for _, d := range b.Deleted {
		ask(d.ID)
	}
	return l.lookUp(ctx, t.tx, hashes, func(s stored) {
		e := t.enter(s)
		e.was = &s
		if older, fell := t.run.older[s.key]; fell {
			e.older = &older
		}
	})
}

// enter makes an entry for a dossier.
func (t *taking) enter(s stored) *entry {
	if len(t.block) == cap(t.block) {
		t.block = make([]entry, 0, 64)
	}
	t.block = append(t.block, entry{now: s, next: t.pending[s.hash]})
	e := &t.block[len(t.block)-1]
	t.pending[s.hash] = e
	return e
}

// takeDossier compares a dossier with what is known of it. Within one read the version with the later change time wins;
// two rows that differ and of which none is newer contradict each other: the first stays, the second is rejected.
func (t *taking) takeDossier(ctx context.Context, record *kpi.Record, findings []finding) ([]finding, error) {
	d := record.Dossier
	if at, deleted := t.run.deleted[d.ID]; deleted && record.Changed <= at {
		return findings, nil // an older version
	}
	hash := hashOf(d.ID)
	var e *entry
	for candidate := t.pending[hash]; candidate != nil; candidate = candidate.next {
		if candidate.now.dossier.ID != d.ID {
			continue
		}
		if candidate.now.source == t.run.source.id {
			e = candidate
		} else if known := t.run.ledger.keys[candidate.now.book]; t.run.ledger.options.configured(known.Source) {
			findings = append(findings, inOtherSource(record, known))
		}
	}
	switch {
	case e == nil:
		e = t.enter(stored{hash: hash, source: t.run.source.id})
		e.fresh = true
		t.order = append(t.order, e)
	case e.inBatch || t.run.taken.has(e.now.key):
		if record.Changed != e.now.changed && d.Unit != e.now.dossier.Unit {
			findings = append(findings, inOtherUnit(record, e))
		}
		if record.Changed < e.now.changed {
			return findings, nil // an older version
		}
		if record.Changed == e.now.changed {
			if !same(d, &e.now.dossier) {
				known := &e.now.dossier
				findings = append(findings, conflict(record, d.ID, d, fmt.Sprintf("an earlier row of the same read says otherwise "+
					"(received %s, due %q, finished %q) and neither is newer; the earlier one counts", known.Received, known.Due, known.Finished)))
			}
			return findings, nil
		}
	}
	e.shown = true
	if !e.inBatch && !e.fresh {
		if record.Changed < e.now.changed && !t.run.taken.has(e.now.key) && !t.fallsBack(e) {
			return findings, nil
		}
		t.order = append(t.order, e)
	}
	e.inBatch, e.deleted = true, false
	if e.older != nil && record.Changed >= e.older.changed {
		e.older = nil
	}
	if !e.fresh && same(d, &e.now.dossier) && record.Changed == e.now.changed {
		return findings, nil
	}
	book, err := t.book(ctx, kpi.BookKey{Source: t.run.source.name, Unit: d.Unit, Procedure: d.Procedure})
	if err != nil {
		return nil, err
	}
	e.dirty = true
	e.now.book, e.now.changed, e.now.dossier = book, record.Changed, *d
	return findings, nil
}

// inOtherSource warns of an id that another source holds as well, in the book given.
func inOtherSource(record *kpi.Record, known kpi.BookKey) finding {
	w := kpi.Warned{Row: record.Row, ID: record.Dossier.ID, Reason: kpi.IDInOtherUnit,
		Detail: fmt.Sprintf("source %s of unit %s holds a dossier of the same id; each counts in its unit", known.Source, known.Unit)}
	if known.Unit == record.Dossier.Unit {
		w.Reason = kpi.IDInOtherSource
		w.Detail = fmt.Sprintf("source %s of the same unit, %s, holds a dossier of the same id; if it is the same dossier, it counts twice", known.Source, known.Unit)
	}
	w.Detail = kpi.In(w.Detail, record.Origin)
	return warnedFinding(w)
}

// inOtherUnit warns of an id that one read shows in two units: of two dossiers only the newer one would be kept. A transfer
// from one unit to the other shows in two reads, or in one that lists older versions as well.
func inOtherUnit(record *kpi.Record, known *entry) finding {
	before, now := known.now.dossier.Unit, record.Dossier.Unit
	detail := fmt.Sprintf("an earlier row of the same read has this id in unit %s; the newer one, of unit %s, counts", before, now)
	if record.Changed < known.now.changed {
		detail = fmt.Sprintf("an earlier row of the same read has this id in unit %s and is newer: it counts, this one, of unit %s, does not", before, now)
	}
	return finding{taken: true, row: record.Row, record: record.Dossier.ID, fault: kpi.Fault{Reason: kpi.IDInOtherUnit, Field: "unit",
		Detail: kpi.In(detail+"; if they are two dossiers, make the id of unit and number (id: {columns: [...], join: \"-\"}), "+
			"or read each unit with a source of its own", record.Origin)}}
}

// conflict is a row that contradicts an earlier one; row is what it says.
func conflict(record *kpi.Record, id string, row any, detail string) finding {
	if record.Changed == 0 {
		detail += "; if the later one is newer, a change column has to say so"
	}
	return rejectedFinding(kpi.Reject{Row: record.Row, ID: id, Raw: rawOf(row), Fault: kpi.Fault{Reason: kpi.ConflictingRow, Field: "id",
		Detail: kpi.In(detail, record.Origin)}})
}

// rawOf shows what a row says.
func rawOf(row any) string {
	if d, is := row.(*kpi.Dossier); is {
		row = map[string]string{"id": d.ID, "unit": d.Unit, "procedure": d.Procedure, "channel": d.Channel.String(),
			"received": d.Received.String(), "due": d.Due.String(), "finished": d.Finished.String(), "outcome": d.Outcome.String()}
	}
	raw, err := json.Marshal(row)
	if err != nil {
		raw = []byte(err.Error())
	}
	return string(raw)
}

// book gives the number of a book, entering it where it is new.
func (t *taking) book(ctx context.Context, key kpi.BookKey) (kpi.BookID, error) {
	l := t.run.ledger
	if id, known := l.books[key]; known {
		return id, nil
	}
	result, err := t.tx.ExecContext(ctx, "insert into book (source, unit, procedure) values (?, ?, ?)", t.run.source.id, key.Unit, key.Procedure)
	if err != nil {
		return 0, err
	}
	number, err := result.LastInsertId()
	id := kpi.BookID(number)
	l.books[key], l.keys[id], t.newBooks[id] = id, key, key
	return id, err
}

// storeDossiers writes the changed dossiers and what they change in the daybook.
func (t *taking) storeDossiers(ctx context.Context) error {
	added, changed := make([]*stored, 0, len(t.order)), []*stored(nil)
	for _, e := range t.order {
		if !e.dirty || e.deleted {
			continue
		}
		if e.fresh {
			added = append(added, &e.now)
			t.Added++
			t.dossiers++
		} else {
			changed = append(changed, &e.now)
			if same(&e.was.dossier, &e.now.dossier) {
				continue // only its change time is new
			}
			t.Changed++
			t.sums.Take(e.was.book, t.run.rules, &e.was.dossier)
		}
		t.sums.Put(e.now.book, t.run.rules, &e.now.dossier)
	}
	if err := t.run.ledger.store(ctx, added, changed); err != nil {
		return err
	}
	if err := t.dropDeleted(ctx); err != nil {
		return err
	}
	if t.deltas = t.sums.Sum(); len(t.deltas) == 0 {
		return nil
	}
	data := encode(t.deltas)
	t.segmentBytes = len(data)
	return insertSegment(ctx, t.tx, false, data)
}

// stateAfter gives the state that holds after the batch, or "" where it stays as it was: a full read that so far has only
// brought rejected rows is as good as not begun, so that the next one begins at the first row again.
func (t *taking) stateAfter(b *kpi.Batch) string {
	if t.run.full && t.run.Good+t.Good == 0 {
		return ""
	}
	return b.State
}

// storeProgress writes the run's counts so far and, where the batch has brought one, the source's state.
func (t *taking) storeProgress(ctx context.Context) error {
	r := t.run
	_, err := t.tx.ExecContext(ctx, `update run set rows = rows + ?, added = added + ?, changed = changed + ?, removed = removed + ?,
		rejected = rejected + ?, warned = warned + ? where id = ?`, t.Rows, t.Added, t.Changed, t.Removed, t.Rejected, t.Warned, r.id)
	if err != nil {
		return err
	}
	// Rows of procedures that became known since the run began are good now.
	late := t.ByReason[kpi.UnknownProcedure] > 0 && r.registers != r.ledger.registers
	_, err = t.tx.ExecContext(ctx, `update source set dossiers = dossiers + ?1, state = case when ?2 = '' then state else ?2 end,
		needs_full = needs_full or ?3 where id = ?4`, t.dossiers, t.state, late, r.source.id)
	t.needsFull = late
	return err
}
