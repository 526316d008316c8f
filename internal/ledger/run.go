package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Run is one read of one source, from Begin to Finish or Fail. It belongs to one goroutine.
type Run struct {
	ledger  *Ledger
	source  *source
	rules   kpi.Rules // of the configuration in force when a batch is taken
	id      int64
	full    bool
	seen    keySet           // the stored dossiers of which this read has shown a row, good or bad
	taken   keySet           // those of which it has shown a good one
	kept    keySet           // those that stay as they are known: a row of them as new as what is known, or newer, was rejected
	deleted map[string]int64 // those that it has shown as deleted, with the change time of that row, at most mostDeleted
	older   map[int64]stored // what was known of those that an older row has replaced in this read, by key
	listed  map[string]int64 // the procedures and observations that it has shown, as taking has them
	found   map[string]bool  // record ids with findings, so that a good row clears them
	names   map[string]bool  // the codes and measures that are stored of the source
	spared  map[string]bool  // those of them that a bad row is about

	unreadable    int64 // rows of which not even the id could be read
	registers     int   // Ledger.registers when the run began
	noOldFindings bool  // no finding of an earlier run is left that could give way
	sourcelog.Summary
}

// Plan says where the next read of a source has to go on, and whether it has to be a full one: because there was none
// yet or the source keeps no state, because the configuration that its rows are mapped with has changed, or because rejected
// rows may be good now. One that was broken off goes on where it stopped: from then on, it need not be full.
func (l *Ledger) Plan(name, fingerprint string) (state string, full bool) {
	l.write.Lock()
	defer l.write.Unlock()
	s := l.sources[name]
	if s == nil || s.fingerprint != fingerprint || s.needsFull {
		return s.kept(), true
	}
	return s.state, s.state == ""
}

// kept gives what stays of the state where everything is read anew.
func (s *source) kept() string {
	if s != nil && strings.HasPrefix(s.state, kpi.Kept) {
		return s.state
	}
	return ""
}

// Begin opens a run of a configured source. A run of the same source must not be open.
func (l *Ledger) Begin(ctx context.Context, name, fingerprint string, full bool, now time.Time) (*Run, error) {
	l.write.Lock()
	defer l.write.Unlock()
	rules, known := l.options.Rules[name]
	if !known {
		return nil, l.notConfigured(name)
	}
	r := &Run{ledger: l, rules: rules, full: full, deleted: map[string]int64{}, older: map[int64]stored{}, found: map[string]bool{}, listed: map[string]int64{}, names: map[string]bool{}, spared: map[string]bool{},
		registers: l.registers}
	r.ByReason = map[kpi.Reason]int64{}
	s := l.sources[name]
	var anew bool // it begins at its first row: without a state, the next one does so too, until a batch has brought one
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		if s == nil {
			if s, err = addSource(ctx, tx, name, basis(rules)); err != nil {
				return err
			}
		}
		r.source = s
		if anew = s.fingerprint != fingerprint || full && s.needsFull; anew {
			if _, err := tx.ExecContext(ctx, "update source set fingerprint = ?, state = ?, needs_full = needs_full and not ? where id = ?",
				fingerprint, s.kept(), full, s.id); err != nil {
				return err
			}
		}
		// One that is still open was left by a panic.
		if err := l.interrupt(ctx, tx, "source = ?", s.id); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, "insert into run (source, started, full) values (?, ?, ?)", s.id, now.Unix(), full)
		if err != nil {
			return err
		}
		if r.id, err = result.LastInsertId(); err != nil {
			return err
		}
		if err := r.reportedNames(ctx, tx); err != nil {
			return err
		}
		return each(ctx, tx, func(scan func(...any) error) error {
			var record string
			err := scan(&record)
			r.found[record] = true
			return err
		}, "select distinct record from finding where source = ? and record <> ''", s.id)
	})
	if err != nil {
		return nil, l.explain("begin a run of "+name, err)
	}
	l.sources[name] = s
	if anew {
		s.fingerprint, s.state, s.needsFull = fingerprint, s.kept(), s.needsFull && !full
	}
	return r, nil
}

func (l *Ledger) notConfigured(name string) error {
	return fmt.Errorf("ledger %s: source %s %w", l.path, name, ErrNotConfigured)
}

// refresh gives the run the rules of the configuration in force: it may be another one than when it began.
func (r *Run) refresh() error {
	rules, known := r.ledger.options.Rules[r.source.name]
	if !known {
		return r.ledger.notConfigured(r.source.name)
	}
	r.rules = rules
	return nil
}

func addSource(ctx context.Context, tx *sql.Tx, name, basis string) (*source, error) {
	result, err := tx.ExecContext(ctx, "insert into source (name, basis) values (?, ?)", name, basis)
	if err != nil {
		return nil, err
	}
	id, err := result.LastInsertId()
	return &source{id: id, name: name, basis: basis}, err
}

// Take puts a batch into the ledger, in one transaction with what it changes in the daybook and with the state that
// holds after it, and lets the figures follow.
func (r *Run) Take(ctx context.Context, b *kpi.Batch) error {
	l := r.ledger
	l.write.Lock()
	defer l.write.Unlock()
	if err := r.refresh(); err != nil {
		return err
	}
	t := &taking{run: r}
	err := l.transact(ctx, func(tx *sql.Tx) error {
		t.tx = tx
		return t.take(ctx, b)
	})
	if err != nil {
		l.forgetNewBooks(t.newBooks)
		return l.explain(fmt.Sprintf("take %d rows of %s", b.Rows, r.source.name), err)
	}
	if t.state != "" {
		r.source.state = t.state
	}
	r.source.dossiers += t.dossiers
	r.source.needsFull = r.source.needsFull || t.needsFull
	r.unreadable += t.unreadable
	r.Add(t.Summary)
	r.remember(t)
	l.grow(false, t.segmentBytes)
	ctx = context.WithoutCancel(ctx) // the batch is in, also where ctx has ended by now
	err = l.follow(ctx, t.serial, t.procedures > 0, func() { l.publish(r.source, t) })
	if err == nil && t.procedures > 0 {
		err = l.reregister(ctx, r.source)
	}
	return err
}

// remember marks what a batch that is now in the ledger has shown.
func (r *Run) remember(t *taking) {
	for _, e := range t.pending {
		for ; e != nil; e = e.next {
			if e.deleted {
				r.seen.remove(e.now.key)
				continue
			}
			if e.shown {
				r.seen.add(e.now.key)
			}
			if e.inBatch {
				r.taken.add(e.now.key)
			}
			if e.kept {
				r.kept.add(e.now.key)
			}
			if e.older != nil {
				r.older[e.now.key] = *e.older
			} else {
				delete(r.older, e.now.key)
			}
			if e.fresh && r.ledger.novel != nil {
				r.ledger.novel.add(e.now.hash)
			}
		}
	}
	if r.ledger.novel != nil && r.ledger.novel.added > noveltyMax {
		r.ledger.novel = nil
	}
	maps.Copy(r.listed, t.listed)
}

// publish lets the figures follow a batch.
func (l *Ledger) publish(s *source, t *taking) {
	for id, key := range t.newBooks {
		l.figures.Daybook.AddBook(id, key)
		if s.established {
			l.figures.Daybook.Reveal(id)
		}
	}
	l.figures.Daybook.Apply(t.deltas)
	if !s.established {
		return
	}
	for _, o := range t.observed {
		l.figures.Observed.Set(o.key, o.day, o.value)
	}
}

func (l *Ledger) forgetNewBooks(books map[kpi.BookID]kpi.BookKey) {
	for id, key := range books {
		delete(l.books, key)
		delete(l.keys, id)
	}
}

// reregister has the sources read everything again, after procedures have changed, that had rows with codes unknown until now.
func (l *Ledger) reregister(ctx context.Context, by *source) error {
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "update source set needs_full = 1 where id in (select source from finding where reason = ?)", kpi.UnknownProcedure)
		return err
	})
	if err != nil {
		return l.explain("after the procedures of "+by.name, err)
	}
	err = each(ctx, l.conn, func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		if s := l.sources[name]; s != nil {
			s.needsFull = true
		}
		return nil
	}, "select name from source where needs_full = 1")
	return l.explain("after the procedures of "+by.name, err)
}

// keySet is a set of dossier keys: keys are dense, so a bit each is enough.
type keySet struct {
	words []uint64
	size  int64
}

func (k *keySet) add(key int64) {
	word, bit := int(key/64), uint64(1)<<(key%64)
	if word >= len(k.words) {
		k.words = append(k.words, make([]uint64, word+1-len(k.words)+word/2)...)
	}
	if k.words[word]&bit == 0 {
		k.words[word] |= bit
		k.size++
	}
}

func (k *keySet) remove(key int64) {
	if k.has(key) {
		k.words[key/64] &^= 1 << (key % 64)
		k.size--
	}
}

func (k *keySet) has(key int64) bool {
	word := int(key / 64)
	return word < len(k.words) && k.words[word]&(1<<(key%64)) != 0
}
