package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"kpiagent/internal/kpi"
)

// A complete read also shows which procedures and observations are gone: each that it has shown is listed by a name.
func procedureName(unit, code string) string { return "p\x00" + unit + "\x00" + code }

func observationName(key kpi.ObservationKey, day kpi.Day) string {
	return "o\x00" + key.Unit + "\x00" + key.Measure + "\x00" + day.String()
}

// earlier tells what this read has shown of a procedure or observation before: the change time of the row that counts.
func (t *taking) earlier(name string) (changed int64, shown bool) {
	if changed, shown = t.listed[name]; !shown {
		changed, shown = t.run.listed[name]
	}
	return changed, shown
}

// supersedes says whether a row that differs from what is stored takes its place, by the rule that dossiers follow too:
// within one read the later version counts, and where none is later the first.
func (t *taking) supersedes(name, id string, record *kpi.Record, row any) (yes bool, contradiction []finding) {
	changed, shown := t.earlier(name)
	switch {
	case !shown, record.Changed > changed:
		t.listed[name] = record.Changed
		return true, nil
	case record.Changed < changed:
		return false, nil
	}
	return false, []finding{conflict(record, id, row, "an earlier row of the same read says otherwise and neither is newer; the earlier one counts")}
}

// takeProcedure stores a procedure where it is new or has changed.
func (t *taking) takeProcedure(ctx context.Context, record *kpi.Record) ([]finding, error) {
	p := record.Procedure
	name := procedureName(p.Unit, p.Code)
	values := []any{t.run.source.id, p.Unit, p.Code, p.Name, p.Field, p.Level, p.Online, p.StatutoryDay, p.WorkingDays, int64(p.Fee),
		p.Group, dayTo(p.From), dayTo(p.To)}
	var equal bool
	err := t.tx.QueryRowContext(ctx, `select (name, field, level, online, statutory_days, working_days, fee, swg, from_day, to_day) =
		(?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) from procedure where source = ?1 and unit = ?2 and code = ?3`, values...).Scan(&equal)
	if err != nil && err != sql.ErrNoRows {
		return nil, err
	}
	if equal {
		t.note(name, record.Changed)
		return nil, nil
	}
	if yes, contradiction := t.supersedes(name, p.Code, record, p); !yes {
		return contradiction, nil
	}
	t.count(err == sql.ErrNoRows)
	t.procedures++
	_, err = t.tx.ExecContext(ctx, `insert or replace into procedure (source, unit, code, name, field, level, online, statutory_days, working_days,
		fee, swg, from_day, to_day) values (?,?,?,?,?,?,?,?,?,?,?,?,?)`, values...)
	return nil, err
}

// takeObservation stores a reported value where it is new or has changed.
func (t *taking) takeObservation(ctx context.Context, record *kpi.Record) ([]finding, error) {
	o := record.Observation
	key := kpi.ObservationKey{Source: t.run.source.name, Unit: o.Unit, Measure: o.Measure}
	name := observationName(key, o.Day)
	var old float64
	err := t.tx.QueryRowContext(ctx, "select value from observation where source = ? and unit = ? and measure = ? and day = ?",
		t.run.source.id, o.Unit, o.Measure, o.Day.Unix()).Scan(&old)
	if err != nil && err != sql.ErrNoRows {
		return nil, err
	}
	isNew := err == sql.ErrNoRows
	findings, err := t.fallen(ctx, record)
	if err != nil {
		return nil, err
	}
	if !isNew && old == o.Value {
		if changed, shown := t.earlier(name); shown && changed == record.Changed {
			return []finding{repeated(record)}, nil
		}
		t.note(name, record.Changed)
		return findings, nil
	}
	if yes, contradiction := t.supersedes(name, o.Measure, record, o); !yes {
		return contradiction, nil
	}
	t.count(isNew)
	t.observed = append(t.observed, observedValue{key, o.Day, o.Value})
	_, err = t.tx.ExecContext(ctx, "insert or replace into observation (source, unit, measure, day, value) values (?, ?, ?, ?, ?)",
		t.run.source.id, o.Unit, o.Measure, o.Day.Unix(), o.Value)
	return findings, err
}

// fallen warns of a total of the year so far that is below the one before it.
func (t *taking) fallen(ctx context.Context, record *kpi.Record) ([]finding, error) {
	o, options := record.Observation, &t.run.ledger.options
	if !slices.Contains(options.Running, o.Measure) {
		return nil, nil
	}
	var day int32
	var before float64
	err := t.tx.QueryRowContext(ctx, `select day, value from observation
		where source = ? and unit = ? and measure = ? and day < ? and day >= ? order by day desc limit 1`, t.run.source.id, o.Unit, o.Measure,
		o.Day.Unix(), kpi.PeriodOf(kpi.PeriodYear, o.Day, options.CutOff).From.Unix()).Scan(&day, &before)
	if err == sql.ErrNoRows || err == nil && o.Value >= before {
		return nil, nil
	}
	return []finding{{taken: true, row: record.Row, record: o.Measure, raw: rawOf(o), fault: kpi.Fault{Reason: kpi.FallenTotal, Field: "value",
		Detail: kpi.In(fmt.Sprintf("%v for %s, %s, %s is below the %v of %s, and a total of the year so far only grows: correct the one that is wrong, "+
			"or write kind: flow if it counts the month alone", o.Value, o.Unit, o.Measure, o.Day, before, kpi.DayFromUnix(day)), record.Origin)}}}, err
}

// repeated warns of a value that one read gives twice: of two parts that should have been added up, only one counts.
func repeated(record *kpi.Record) finding {
	o := record.Observation
	return finding{taken: true, row: record.Row, record: o.Measure, raw: rawOf(o), fault: kpi.Fault{Reason: kpi.RepeatedRow, Field: "measure", Detail: fmt.Sprintf(
		"an earlier row of the same read has the same value for %s, %s, %s: it counts once; if they are two parts, have the system add them up", o.Unit, o.Measure, o.Day)}}
}

// note marks as shown what is stored already.
func (t *taking) note(name string, changed int64) {
	if before, shown := t.earlier(name); !shown || changed > before {
		t.listed[name] = changed
	}
}

func (t *taking) count(isNew bool) {
	if isNew {
		t.Added++
	} else {
		t.Changed++
	}
}

// gone are a source's entries that a complete read did not show, and how many there are in all.
type gone struct {
	stored       int
	dossiers     []int64 // keys
	procedures   []kpi.Procedure
	observations []observedValue
}

func (g *gone) missing() int { return len(g.dossiers) + len(g.procedures) + len(g.observations) }

// confirm leaves what an earlier read lacked as well, and returns the rest: what only this read lacks.
func (g *gone) confirm(before map[string]bool) (rest map[string]bool) {
	rest = map[string]bool{}
	isNew := func(name string) bool {
		if !before[name] {
			rest[name] = true
		}
		return !before[name]
	}
	g.dossiers = slices.DeleteFunc(g.dossiers, func(key int64) bool { return isNew(strconv.FormatInt(key, 10)) })
	g.procedures = slices.DeleteFunc(g.procedures, func(p kpi.Procedure) bool { return isNew(procedureName(p.Unit, p.Code)) })
	g.observations = slices.DeleteFunc(g.observations, func(o observedValue) bool { return isNew(observationName(o.key, o.day)) })
	return rest
}

// findGoneDossiers compares the stored dossiers with those that the run has shown.
func (r *Run) findGoneDossiers(ctx context.Context, tx *sql.Tx, g *gone) error {
	if r.seen.size == r.source.dossiers {
		g.stored += int(r.source.dossiers)
		return nil // all of them: no need to look
	}
	return each(ctx, tx, func(scan func(...any) error) error {
		var key int64
		if err := scan(&key); err != nil {
			return err
		}
		g.stored++
		if !r.seen.has(key) {
			g.dossiers = append(g.dossiers, key)
		}
		return nil
	}, "select key from dossier where source = ?", r.source.id)
}

// findGone compares what is stored with what the run has shown.
func (r *Run) findGone(ctx context.Context, tx *sql.Tx) (gone, error) {
	var g gone
	if err := r.findGoneDossiers(ctx, tx, &g); err != nil {
		return g, err
	}
	err := each(ctx, tx, func(scan func(...any) error) error {
		var p kpi.Procedure
		if err := scan(&p.Unit, &p.Code); err != nil {
			return err
		}
		g.stored++
		if _, shown := r.listed[procedureName(p.Unit, p.Code)]; !shown && !r.spared[p.Code] {
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
		if _, shown := r.listed[observationName(o.key, o.day)]; !shown && !r.spared[o.key.Measure] {
			g.observations = append(g.observations, o)
		}
		return nil
	}, "select unit, measure, day from observation where source = ?", r.source.id)
}

// remove takes out what is gone and gathers what that changes in the daybook.
func (r *Run) remove(ctx context.Context, tx *sql.Tx, g *gone) (deltas []kpi.Delta, segmentBytes int, err error) {
	var sums kpi.Deltas
	find, err := tx.PrepareContext(ctx, "select "+dossierColumns+" from dossier where key = ?")
	if err != nil {
		return nil, 0, err
	}
	defer find.Close()
	drop, err := tx.PrepareContext(ctx, "delete from dossier where key = ?")
	if err != nil {
		return nil, 0, err
	}
	defer drop.Close()
	for _, key := range g.dossiers {
		s, err := scanDossier(find.QueryRowContext(ctx, key).Scan, r.ledger.keys)
		if err != nil {
			return nil, 0, err
		}
		sums.Take(s.book, r.rules, &s.dossier)
		if _, err := drop.ExecContext(ctx, key); err != nil {
			return nil, 0, err
		}
	}
	for _, p := range g.procedures {
		if _, err := tx.ExecContext(ctx, "delete from procedure where source = ? and unit = ? and code = ?", r.source.id, p.Unit, p.Code); err != nil {
			return nil, 0, err
		}
	}
	for _, o := range g.observations {
		if _, err := tx.ExecContext(ctx, "delete from observation where source = ? and unit = ? and measure = ? and day = ?",
			r.source.id, o.key.Unit, o.key.Measure, o.day.Unix()); err != nil {
			return nil, 0, err
		}
	}
	if deltas = sums.Sum(); len(deltas) == 0 {
		return nil, 0, nil
	}
	data := encode(deltas)
	return deltas, len(data), insertSegment(ctx, tx, false, data)
}

// reported gives all observations of the source.
func (r *Run) reported(ctx context.Context, tx *sql.Tx) (list []observedValue, err error) {
	err = each(ctx, tx, func(scan func(...any) error) error {
		var o observedValue
		var day int32
		err := scan(&o.key.Unit, &o.key.Measure, &day, &o.value)
		o.key.Source, o.day = r.source.name, kpi.DayFromUnix(day)
		list = append(list, o)
		return err
	}, "select unit, measure, day, value from observation where source = ?", r.source.id)
	return list, err
}

// reportedNames gives the codes of procedures and the measures that are stored of the source.
func (r *Run) reportedNames(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		r.names[name] = true
		return err
	}, "select code from procedure where source = ?1 union select measure from observation where source = ?1", r.source.id)
}
