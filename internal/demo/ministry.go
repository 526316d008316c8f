package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kpiagent/internal/kpi"
)

// Ministry is a sample ministry on disk. Its methods may be called from several goroutines.
type Ministry struct {
	// Dir is the folder, Config the configuration file in it.
	Dir, Config string

	world  world
	zone   *time.Location
	mu     sync.Mutex
	state  state
	units  []*unit
	totals *totals
}

// unit is an office at work.
type unit struct {
	*office
	system system
	stock  stock
}

// system is where an office keeps its dossiers.
type system interface {
	// present says whether the file is where it belongs.
	present() (bool, error)
	create(ctx context.Context, rows []change, dirty []dirtyRow) error
	// put adds dossiers, or replaces those that it has.
	put(ctx context.Context, rows []change) error
	load(ctx context.Context) (stock, error)
}

// zoneName is where the ministry is.
const zoneName = "Asia/Ho_Chi_Minh"

const (
	configName = "kpiagent.yml"
	totalsName = "tonghop.csv"
)

// Build makes the sample ministry in dir, with two years of dossiers up to now, or goes on with the one that is there: what
// should have happened since it was left is then made up for. The same seed and now make the same files. It refuses a
// folder that holds such files but was not made by it, or with another seed.
func Build(ctx context.Context, dir string, seed uint64, now time.Time) (*Ministry, error) {
	return build(ctx, dir, seed, now, historyFor)
}

// build is Build with a history of so many days.
func build(ctx context.Context, dir string, seed uint64, now time.Time, days kpi.Day) (*Ministry, error) {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, fmt.Errorf("the time zone of the sample ministry: %w", err)
	}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		return nil, fmt.Errorf("the calendar of the sample ministry: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder of the sample ministry: %w", err)
	}
	m := &Ministry{Dir: dir, Config: filepath.Join(dir, configName), zone: zone, totals: &totals{path: filepath.Join(dir, totalsName)}}
	m.world = world{seed: seed, calendar: calendar}
	for i := range offices {
		m.units = append(m.units, newUnit(&offices[i], dir))
	}
	at := kpi.StampOf(now.In(zone))
	found, err := readState(dir)
	switch {
	case err != nil:
		return nil, err
	case found.Complete && found.Seed != seed:
		return nil, fmt.Errorf("the sample ministry in %s was made with seed %d, not %d; take that seed, another folder, or remove this one", dir, found.Seed, seed)
	case found.Complete && found.clock() > at:
		return nil, fmt.Errorf("the sample ministry in %s has lived until %s, which is after now, %s; set the clock right, or remove the folder", dir, found.clock(), at)
	case found.Complete:
		m.state = found
		err = m.goOn(ctx, at)
	default:
		err = m.found(ctx, at, days, found.Version == 0)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func newUnit(o *office, dir string) *unit {
	u := &unit{office: o, stock: newStock()}
	if path := filepath.Join(dir, o.file); o.id == trade {
		u.system = &oneStop{path}
	} else {
		u.system = newReport(o, path)
	}
	return u
}

// found makes everything. The state is written first, unfinished, so that a beginning that was broken off is recognised as
// ours; in a folder without it nothing may be overwritten.
func (m *Ministry) found(ctx context.Context, now kpi.Stamp, days kpi.Day, untouched bool) error {
	names := []string{configName, totalsName}
	for _, u := range m.units {
		names = append(names, u.file)
	}
	for _, name := range names {
		path := filepath.Join(m.Dir, name)
		there, err := present(path)
		switch {
		case err != nil:
			return fmt.Errorf("the folder of the sample ministry: %w", err)
		case there && untouched:
			return fmt.Errorf("%s is there already and was not made by the sample ministry; name an empty folder", path)
		case there:
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("beginning the sample ministry anew: %w", err)
			}
		}
	}
	m.world.built = now.Day()
	m.state = state{Version: stateVersion, Seed: m.world.seed, Built: now.Day().String(), Clock: now.String(), Usual: map[string]int{}, Rejects: map[string]map[kpi.Reason]int{}}
	if err := m.state.save(m.Dir); err != nil {
		return err
	}
	for _, u := range m.units {
		if err := m.open(ctx, u, now.Day()-days, now); err != nil {
			return err
		}
	}
	m.totals.extend(&m.world, now.Day()-days, now.Day(), now)
	if err := m.totals.save(ctx); err != nil {
		return err
	}
	if err := m.configure(); err != nil {
		return err
	}
	m.state.Complete = true
	return m.state.save(m.Dir)
}

// open makes the system of a unit with its history from a day on.
func (m *Ministry) open(ctx context.Context, u *unit, from kpi.Day, now kpi.Stamp) error {
	changes := m.world.history(u.office, from, now)
	dirty := m.world.dirty(u.office, now.Day())
	if err := u.system.create(ctx, changes, dirty); err != nil {
		return fmt.Errorf("the system of %s: %w", u.id, err)
	}
	u.stock.update(changes)
	m.state.Usual[u.id] = len(u.stock.open)
	m.state.Rejects[u.id] = map[kpi.Reason]int{}
	for _, row := range dirty {
		m.state.Rejects[u.id][row.reason]++
	}
	return nil
}

// history gives the dossiers that came from a day on, as they stand at a moment.
func (w *world) history(o *office, from kpi.Day, now kpi.Stamp) []change {
	var changes []change
	for day := from; day <= now.Day(); day++ {
		for _, d := range w.arrivals(o, day, now) {
			changes = append(changes, w.course(o, &d).apply(d, now))
		}
	}
	return changes
}

// goOn reads the systems back and makes up for the time since they were left. A system that is not there stays as it is.
func (m *Ministry) goOn(ctx context.Context, now kpi.Stamp) error {
	clock := m.state.clock()
	built, err := kpi.ParseDay(m.state.Built)
	if err != nil {
		return fmt.Errorf("the state of the sample ministry in %s: %w", m.Dir, err)
	}
	m.world.built = built
	for _, u := range m.units {
		if err := m.reopen(ctx, u, clock, now); err != nil {
			return err
		}
	}
	there, err := m.totals.present()
	if err == nil && there {
		err = m.totals.load()
	}
	if err != nil {
		return err
	}
	if there {
		m.totals.extend(&m.world, clock.Day()+1, now.Day(), now)
		if err := m.totals.save(ctx); err != nil {
			return err
		}
	}
	if there, err := present(m.Config); err != nil || !there {
		if err := errors.Join(err, m.configure()); err != nil {
			return err
		}
	}
	m.state.Clock = now.String()
	return m.state.save(m.Dir)
}

func (m *Ministry) reopen(ctx context.Context, u *unit, clock, now kpi.Stamp) error {
	there, err := u.system.present()
	if err != nil {
		return fmt.Errorf("the system of %s: %w", u.id, err)
	}
	if !there {
		return fmt.Errorf("the system of %s, %s, is not there; put it back, or remove the whole folder to begin anew", u.id, filepath.Join(m.Dir, u.file))
	}
	if u.stock, err = u.system.load(ctx); err != nil {
		return err
	}
	var changes []change
	for _, d := range u.stock.open {
		if c, changed := m.world.overdue(u.office, d, clock, now); changed {
			changes = append(changes, c)
		}
	}
	changes = append(changes, m.world.history(u.office, clock.Day()+1, now)...)
	if len(changes) == 0 {
		return nil
	}
	if err := u.system.put(ctx, changes); err != nil {
		return fmt.Errorf("the system of %s: %w", u.id, err)
	}
	u.stock.update(changes)
	return nil
}

// overdue gives what happened to an open dossier between two moments: what its course had for it, but nothing before the
// first of them, which the agent may have read already.
func (w *world) overdue(o *office, d kpi.Dossier, clock, now kpi.Stamp) (change, bool) {
	r := chance(w.seed, "late", d.ID, clock.String())
	soon := w.calendar.AddWorkSeconds(clock, 60+r.Int64N(2*workday))
	c := w.course(o, &d)
	end := c.finished
	if end <= clock {
		end = soon
	}
	at := kpi.Stamp(0)
	if waits(&d) {
		d.Pauses = append([]kpi.Pause(nil), d.Pauses...)
		if last := &d.Pauses[len(d.Pauses)-1]; soon <= now {
			last.To, at = soon, soon
		}
		end = max(end, soon)
	}
	if end <= now {
		c.close(&d, end)
		at = end
	}
	return change{d, at}, at != 0
}

// Count is how many dossiers a unit's system holds.
type Count struct {
	Unit                     string
	Received, Open, Finished int
	Rejects                  map[kpi.Reason]int // rows that are wrong on purpose and count nowhere else
}

// Counts tells what the systems hold, unit by unit.
func (m *Ministry) Counts() []Count {
	m.mu.Lock()
	defer m.mu.Unlock()
	var counts []Count
	for _, u := range m.units {
		open := len(u.stock.open)
		counts = append(counts, Count{Unit: u.id, Received: u.stock.received, Open: open, Finished: u.stock.received - open, Rejects: m.state.Rejects[u.id]})
	}
	return counts
}

// Run moves the ministry every so often until ctx ends, and then returns nil. A step that fails is logged; the next one
// tries again.
func (m *Ministry) Run(ctx context.Context, every time.Duration, now func() time.Time, log *slog.Logger) error {
	if every <= 0 {
		return fmt.Errorf("the sample ministry cannot move every %s; give it a second or more", every)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		moved, err := m.Move(ctx, now())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			log.Warn("the sample ministry could not move", "err", err)
		default:
			log.Debug("the sample ministry moved", "step", moved.Step, "received", moved.Received, "finished", moved.Finished, "down", moved.Down)
		}
	}
}
