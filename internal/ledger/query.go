package ledger

import (
	"context"
	"maps"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Runs gives the last runs of a source, the newest first.
func (l *Ledger) Runs(ctx context.Context, source string, limit int) ([]sourcelog.Run, error) {
	var list []sourcelog.Run
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		e := sourcelog.Run{Source: source}
		var started int64
		var ended *int64
		var parts string
		err := scan(&started, &ended, &e.Full, &e.OK, &e.Error, &e.Rows, &e.Added, &e.Changed, &e.Removed, &e.Rejected, &e.Warned, &e.Held,
			&e.Good, &e.Skipped, &parts)
		if err == nil {
			err = readParts(parts, &e.Summary)
		}
		e.Started = time.Unix(started, 0)
		if ended != nil {
			e.Ended = time.Unix(*ended, 0)
		}
		list = append(list, e)
		return err
	}, `select started, ended, full, ok, error, rows, added, changed, removed, rejected, warned, held,
		good, skipped, parts from run
		where source = (select id from source where name = ?) order by id desc limit ?`, source, limit)
	return list, l.explain("read the run log", err)
}

// LastSuccess gives the end of the last run that went well of each source that ever had one: the last in the order in
// which they ran, whatever the clock said.
func (l *Ledger) LastSuccess(ctx context.Context) (map[string]time.Time, error) {
	last := map[string]time.Time{}
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		var name string
		var ended int64
		err := scan(&name, &ended)
		last[name] = time.Unix(ended, 0)
		return err
	}, "select source.name, ended from run join source on source.id = run.source where run.id in (select max(id) from run where ok = 1 group by source)")
	return last, l.explain("read the run log", err)
}

// Dossiers hands the dossiers of all configured sources that count to take, in no order, with the name of their source.
// It stops at the first error of take.
func (l *Ledger) Dossiers(ctx context.Context, take func(source string, d *kpi.Dossier) error) error {
	l.write.Lock()
	names := make(map[int64]string, len(l.sources))
	for name, s := range l.sources {
		if s.established && l.options.configured(name) {
			names[s.id] = name
		}
	}
	keys := maps.Clone(l.keys)
	rows, err := l.reader.QueryContext(ctx, "select "+dossierColumns+" from dossier") // sees what is there now, while nothing is written
	l.write.Unlock()
	if err != nil {
		return l.explain("read the dossiers", err)
	}
	err = eachOf(rows, func(scan func(...any) error) error {
		s, err := scanDossier(scan, keys)
		if err != nil {
			return err
		}
		if name, counts := names[s.source]; counts {
			return take(name, &s.dossier)
		}
		return nil
	})
	return l.explain("read the dossiers", err)
}

// HeldBack gives, for each source, how many records are held back since its last complete read.
func (l *Ledger) HeldBack() map[string]int64 {
	l.write.Lock()
	defer l.write.Unlock()
	held := map[string]int64{}
	for name, s := range l.sources {
		held[name] = s.held
	}
	return held
}

// Count gives the number of dossiers of all sources in the ledger.
func (l *Ledger) Count() int64 {
	l.write.Lock()
	defer l.write.Unlock()
	var n int64
	for _, s := range l.sources {
		n += s.dossiers
	}
	return n
}
