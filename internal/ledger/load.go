package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"kpiagent/internal/kpi"
)

// load reads what is kept in memory: sources, books, and what figures are computed from.
func (l *Ledger) load(ctx context.Context) error {
	if err := l.loadSources(ctx); err != nil {
		return l.explain("read the sources", err)
	}
	if err := l.loadBooks(ctx); err != nil {
		return l.explain("read the books", err)
	}
	figures, err := l.reckon(ctx, &l.options, func(daybook *kpi.Daybook) error { return l.loadSegments(ctx, daybook) })
	if err != nil {
		return err
	}
	l.figures = figures
	l.tellUncounted()
	return nil
}

// reckon gives what figures are computed from, by the options given. counts puts the stored counts into an empty daybook; it
// is not called where other rules ask for counting anew. That is the last step: where there is an error, nothing has changed.
func (l *Ledger) reckon(ctx context.Context, o *Options, counts func(*kpi.Daybook) error) (figures kpi.Books, err error) {
	if figures.Serial, err = l.serial(ctx); err != nil {
		return figures, l.explain("read the number of the books", err)
	}
	if figures.Register, err = l.register(ctx, o); err != nil {
		return figures, l.explain("read the procedures", err)
	}
	if figures.Observed, err = l.observed(ctx, o); err != nil {
		return figures, l.explain("read the observations", err)
	}
	figures.Daybook = kpi.NewDaybook(o.Units)
	for id, key := range l.keys {
		figures.Daybook.AddBook(id, key)
	}
	if name := l.countedOtherwise(o); name != "" {
		l.log.Info("the counting rules have changed: the daybook is counted anew", "source", name)
		err = l.recount(ctx, o, figures.Daybook)
	} else {
		err = counts(figures.Daybook)
	}
	if err != nil {
		return figures, l.explain("read the daybook", err)
	}
	figures.Daybook.Reveal(l.booksOf(func(name string) bool {
		s := l.sources[name]
		return s != nil && s.established && o.configured(name)
	})...)
	return figures, nil
}

// tellUncounted warns of what is stored and shows in no figure.
func (l *Ledger) tellUncounted() {
	for name, s := range l.sources {
		if !l.options.configured(name) && s.dossiers > 0 {
			l.log.Warn("the ledger holds dossiers of a source that is not configured; they show in no figure", "source", name, "dossiers", s.dossiers)
		}
	}
}

// configured says whether the source stands in the configuration: only then it counts.
func (o *Options) configured(name string) bool {
	_, known := o.Rules[name]
	return known
}

func (l *Ledger) loadSources(ctx context.Context) error {
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		s := new(source)
		if err := scan(&s.id, &s.name, &s.state, &s.fingerprint, &s.basis, &s.established, &s.needsFull, &s.dossiers, &s.held, &s.heldWhy); err != nil {
			return err
		}
		l.sources[s.name] = s
		return nil
	}, "select id, name, state, fingerprint, basis, established, needs_full, dossiers, held, held_why from source")
	if err != nil {
		return err
	}
	var last sql.NullInt64
	if err := l.reader.QueryRowContext(ctx, "select max(key) from dossier").Scan(&last); err != nil {
		return err
	}
	if last.Int64 < 0 || last.Int64 > maxKey {
		return l.corrupt("read the dossiers", fmt.Errorf("the last has the key %d", last.Int64))
	}
	l.nextKey = last.Int64 + 1
	if !last.Valid {
		l.novel = new(novelty)
	}
	return nil
}

func (l *Ledger) loadBooks(ctx context.Context) error {
	return each(ctx, l.reader, func(scan func(...any) error) error {
		var id kpi.BookID
		var key kpi.BookKey
		if err := scan(&id, &key.Source, &key.Unit, &key.Procedure); err != nil {
			return err
		}
		l.books[key], l.keys[id] = id, key
		return nil
	}, "select book.id, source.name, unit, procedure from book join source on source.id = book.source")
}

// countedOtherwise names a source whose dossiers were counted by other rules than those given; "" where there is none.
func (l *Ledger) countedOtherwise(o *Options) string {
	for name, rules := range o.Rules {
		if s := l.sources[name]; s != nil && s.basis != basis(rules) && (s.dossiers > 0 || s.basis != "") {
			return name
		}
	}
	return ""
}

// basis tells rules apart whose counts differ.
func basis(r kpi.Rules) string {
	return fmt.Sprintf("%d %s %s by_hour=%t", kpi.CountingVersion, r.Calendar.Fingerprint(), r.Clock, r.ByHour)
}

// register gives the declared procedures and those that the sources have brought.
func (l *Ledger) register(ctx context.Context, o *Options) (*kpi.Register, error) {
	list := slices.Clone(o.Declared)
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		var p kpi.Procedure
		var source string
		var from, to int32
		if err := scan(&source, &p.Unit, &p.Code, &p.Name, &p.Field, &p.Level, &p.Online, &p.StatutoryDay, &p.WorkingDays,
			&p.Fee, &p.Group, &from, &to); err != nil {
			return err
		}
		p.From, p.To = dayFrom(from), dayFrom(to)
		if o.configured(source) {
			list = append(list, p)
		}
		return nil
	}, `select source.name, unit, code, procedure.name, field, level, online, statutory_days, working_days, fee, swg, from_day, to_day
		from procedure join source on source.id = procedure.source order by source.name, unit, code`)
	if err != nil {
		return nil, err
	}
	return kpi.NewRegister(o.Units, list), nil
}

// observed gives the observations that count.
func (l *Ledger) observed(ctx context.Context, o *Options) (*kpi.Observed, error) {
	observed := kpi.NewObserved(o.Units, o.Levels)
	observed.CountRunning(o.Running, o.CutOff)
	return observed, each(ctx, l.reader, func(scan func(...any) error) error {
		var key kpi.ObservationKey
		var day int32
		var value float64
		if err := scan(&key.Source, &key.Unit, &key.Measure, &day, &value); err != nil {
			return err
		}
		if o.configured(key.Source) {
			observed.Set(key, kpi.DayFromUnix(day), value)
		}
		return nil
	}, "select source.name, unit, measure, day, value from observation join source on source.id = observation.source where source.established = 1")
}

// dayTo and dayFrom keep "no day" as 0, which is 1970-01-01: no procedure began on it and none ends on it by law.
func dayTo(d kpi.Day) int32 {
	if d == 0 {
		return 0
	}
	return d.Unix()
}

func dayFrom(n int32) kpi.Day {
	if n == 0 {
		return 0
	}
	return kpi.DayFromUnix(n)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each runs a query and hands every row to take.
func each(ctx context.Context, q querier, take func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachOf(rows, take)
}

// eachOf hands every row to take and closes the rows.
func eachOf(rows *sql.Rows, take func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
