package ledger

import (
	"context"
	"database/sql"

	"kpiagent/internal/kpi"
)

// A complete read also shows which procedures and observations are gone: each that it has shown is listed by a name.
func procedureName(unit, code string) string { return "p\x00" + unit + "\x00" + code }

func observationName(key kpi.ObservationKey, day kpi.Day) string {
	return "o\x00" + key.Unit + "\x00" + key.Measure + "\x00" + day.String()
}

// takeProcedure stores a procedure where it is new or has changed.
func (t *taking) takeProcedure(ctx context.Context, p *kpi.Procedure) error {
	t.listed = append(t.listed, procedureName(p.Unit, p.Code))
	values := []any{t.run.source.id, p.Unit, p.Code, p.Name, p.Field, p.Level, p.Online, p.StatutoryDay, p.WorkingDays, int64(p.Fee),
		p.Group, dayTo(p.From), dayTo(p.To)}
	result, err := t.tx.ExecContext(ctx, `insert into procedure (source, unit, code, name, field, level, online, statutory_days, working_days,
		fee, swg, from_day, to_day) values (?,?,?,?,?,?,?,?,?,?,?,?,?) on conflict do nothing`, values...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		t.Added += n
		t.procedures++
		return err
	}
	result, err = t.tx.ExecContext(ctx, `update procedure set name = ?4, field = ?5, level = ?6, online = ?7, statutory_days = ?8, working_days = ?9,
		fee = ?10, swg = ?11, from_day = ?12, to_day = ?13 where source = ?1 and unit = ?2 and code = ?3 and
		(name, field, level, online, statutory_days, working_days, fee, swg, from_day, to_day) <> (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`, values...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	t.Changed += n
	t.procedures += int(n)
	return err
}

// takeObservation stores a reported value where it is new or has changed.
func (t *taking) takeObservation(ctx context.Context, o *kpi.Observation) error {
	key := kpi.ObservationKey{Source: t.run.source.name, Unit: o.Unit, Measure: o.Measure}
	t.listed = append(t.listed, observationName(key, o.Day))
	var old float64
	err := t.tx.QueryRowContext(ctx, "select value from observation where source = ? and unit = ? and measure = ? and day = ?",
		t.run.source.id, o.Unit, o.Measure, o.Day.Unix()).Scan(&old)
	switch {
	case err == nil && old == o.Value:
		return nil
	case err == nil:
		t.Changed++
	case err == sql.ErrNoRows:
		t.Added++
	default:
		return err
	}
	t.observed = append(t.observed, observedValue{key, o.Day, o.Value})
	_, err = t.tx.ExecContext(ctx, "insert or replace into observation (source, unit, measure, day, value) values (?, ?, ?, ?, ?)",
		t.run.source.id, o.Unit, o.Measure, o.Day.Unix(), o.Value)
	return err
}

// gone are a source's entries that a complete read did not show, and how many there are in all.
type gone struct {
	stored       int
	dossiers     []stored
	procedures   []kpi.Procedure
	observations []observedValue
}

func (g *gone) missing() int { return len(g.dossiers) + len(g.procedures) + len(g.observations) }

// findGone compares what is stored with what the run has shown.
func (r *Run) findGone(ctx context.Context, tx *sql.Tx) (gone, error) {
	var g gone
	err := each(ctx, tx, func(scan func(...any) error) error {
		var key int64
		if err := scan(&key); err != nil {
			return err
		}
		g.stored++
		if !r.seen.has(key) {
			g.dossiers = append(g.dossiers, stored{key: key})
		}
		return nil
	}, "select key from dossier where source = ?", r.source.id)
	if err != nil {
		return g, err
	}
	err = each(ctx, tx, func(scan func(...any) error) error {
		var p kpi.Procedure
		if err := scan(&p.Unit, &p.Code); err != nil {
			return err
		}
		g.stored++
		if !r.listed[procedureName(p.Unit, p.Code)] {
			g.procedures = append(g.procedures, p)
		}
		return nil
	}, "select unit, code from procedure where source = ?", r.source.id)
	if err != nil {
		return g, err
	}
	return g, each(ctx, tx, func(scan func(...any) error) error {
		var o observedValue
		var day int32
		if err := scan(&o.key.Unit, &o.key.Measure, &day); err != nil {
			return err
		}
		o.key.Source, o.day = r.source.name, kpi.DayFromUnix(day)
		g.stored++
		if !r.listed[observationName(o.key, o.day)] {
			g.observations = append(g.observations, o)
		}
		return nil
	}, "select unit, measure, day from observation where source = ?", r.source.id)
}

// remove takes out what is gone and gathers what that changes in the daybook.
func (r *Run) remove(ctx context.Context, tx *sql.Tx, g gone) ([]kpi.Delta, error) {
	var sums kpi.Deltas
	for _, d := range g.dossiers {
		row := tx.QueryRowContext(ctx, "select "+dossierColumns+" from dossier where key = ?", d.key)
		s, err := scanDossier(row.Scan, r.ledger.keys)
		if err != nil {
			return nil, err
		}
		sums.Take(s.book, r.rules, &s.dossier)
		if _, err := tx.ExecContext(ctx, "delete from dossier where key = ?", d.key); err != nil {
			return nil, err
		}
	}
	for _, p := range g.procedures {
		if _, err := tx.ExecContext(ctx, "delete from procedure where source = ? and unit = ? and code = ?", r.source.id, p.Unit, p.Code); err != nil {
			return nil, err
		}
	}
	for _, o := range g.observations {
		if _, err := tx.ExecContext(ctx, "delete from observation where source = ? and unit = ? and measure = ? and day = ?",
			r.source.id, o.key.Unit, o.key.Measure, o.day.Unix()); err != nil {
			return nil, err
		}
	}
	deltas := sums.Sum()
	if len(deltas) == 0 {
		return nil, nil
	}
	return deltas, insertSegment(ctx, tx, false, encode(deltas))
}
