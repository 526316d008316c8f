package ledger

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"kpiagent/internal/kpi"
)

// Audit counts all dossiers anew and gives, per unit of the tree, how many counts of the daybook differ from that. All
// zero is what the ledger promises; anything else is a fault to report. Batches go in meanwhile: it is about the moment at
// which it began.
func (l *Ledger) Audit(ctx context.Context) (map[string]int64, error) {
	a, err := l.beginAudit(ctx)
	if err != nil {
		return nil, err
	}
	return a.differences()
}

// audit compares the dossiers with the daybook as both were at one moment.
type audit struct {
	ledger  *Ledger
	options Options
	counting
	dossiers *sql.Rows
	kept     []kpi.Delta // the counts of the daybook
}

// beginAudit keeps the moment: while nothing is written, it copies the counts and starts the query, which sees the dossiers
// as they are now however long it runs. differences must follow.
func (l *Ledger) beginAudit(ctx context.Context) (*audit, error) {
	l.write.Lock()
	defer l.write.Unlock()
	a := &audit{ledger: l, options: l.options, counting: l.counting(&l.options)}
	a.keys = maps.Clone(a.keys)
	var err error
	if a.dossiers, err = l.reader.QueryContext(ctx, allDossiers); err != nil {
		return nil, l.explain("count the dossiers anew", err)
	}
	l.read.RLock()
	a.kept = slices.Collect(l.figures.Daybook.Walk)
	l.read.RUnlock()
	return a, nil
}

// differences counts the dossiers and says, per unit of the tree, how many counts differ.
func (a *audit) differences() (map[string]int64, error) {
	anew := kpi.NewDaybook(a.options.Units)
	if err := a.countAnew(a.dossiers, anew); err != nil {
		return nil, a.ledger.explain("count the dossiers anew", err)
	}
	differences := map[string]int64{}
	for _, u := range a.options.Units {
		differences[u.ID] = 0
	}
	differ := func(d kpi.Delta) {
		key := a.keys[d.Book]
		if a.options.configured(key.Source) {
			differences[key.Unit]++
		}
	}
	kept := a.kept
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
