package ledger

import (
	"context"
	"database/sql"
	"slices"

	"kpiagent/internal/kpi"
)

// recountChunk is how many dossiers are counted between two additions to the daybook: it bounds the memory.
const recountChunk = 50_000

// countAnew counts all dossiers of configured sources into an empty daybook. It is what the daybook must always equal.
func (l *Ledger) countAnew(ctx context.Context, q querier, daybook *kpi.Daybook) error {
	for id, key := range l.keys {
		daybook.AddBook(id, key)
	}
	rules := map[int64]kpi.Rules{}
	for name, r := range l.options.Rules {
		if s := l.sources[name]; s != nil {
			rules[s.id] = r
		}
	}
	var sums kpi.Deltas
	counted := 0
	err := each(ctx, q, func(scan func(...any) error) error {
		s, err := scanDossier(scan, l.keys)
		if err != nil {
			return err
		}
		r, configured := rules[s.source]
		if !configured {
			return nil
		}
		sums.Put(s.book, r, &s.dossier)
		if counted++; counted%recountChunk == 0 {
			daybook.Apply(sums.Sum())
			sums.Reset()
		}
		return nil
	}, "select "+dossierColumns+" from dossier")
	daybook.Apply(sums.Sum())
	return err
}

// recount replaces the daybook by a full count; only in memory where the ledger is read-only.
func (l *Ledger) recount(ctx context.Context) error {
	if l.options.ReadOnly {
		return l.countAnew(ctx, l.reader, l.figures.Daybook)
	}
	return l.transact(ctx, func(tx *sql.Tx) (err error) {
		if err := l.countAnew(ctx, tx, l.figures.Daybook); err != nil {
			return err
		}
		if l.segments, err = fold(ctx, tx, l.figures.Daybook); err != nil {
			return err
		}
		for name, s := range l.sources {
			s.basis = "" // not configured: counted when it is again
			if r, configured := l.options.Rules[name]; configured {
				s.basis = basis(r)
			}
			if _, err := tx.ExecContext(ctx, "update source set basis = ? where id = ?", s.basis, s.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Audit counts all dossiers anew and gives, per unit of the tree, how many counts of the daybook differ from that. All
// zero is what the ledger promises; anything else is a fault to report.
func (l *Ledger) Audit(ctx context.Context) (map[string]int64, error) {
	l.write.Lock()
	defer l.write.Unlock()
	anew := kpi.NewDaybook(l.options.Units)
	if err := l.countAnew(ctx, l.reader, anew); err != nil {
		return nil, l.explain("count the dossiers anew", err)
	}
	l.read.RLock()
	kept := slices.Collect(l.figures.Daybook.Walk)
	l.read.RUnlock()
	differences := map[string]int64{}
	for _, u := range l.options.Units {
		differences[u.ID] = 0
	}
	differ := func(d kpi.Delta) {
		key := l.keys[d.Book]
		if l.configured(key.Source) {
			differences[key.Unit]++
		}
	}
	i := 0
	for d := range anew.Walk {
		for i < len(kept) && before(kept[i], d) {
			differ(kept[i])
			i++
		}
		if i < len(kept) && kept[i] == d {
			i++
			continue
		}
		differ(d)
		if i < len(kept) && !before(d, kept[i]) {
			i++
		}
	}
	for ; i < len(kept); i++ {
		differ(kept[i])
	}
	return differences, nil
}

// before orders counts as Walk does.
func before(a, b kpi.Delta) bool {
	if a.Book != b.Book {
		return a.Book < b.Book
	}
	if a.Measure != b.Measure {
		return a.Measure < b.Measure
	}
	return a.Day < b.Day
}
