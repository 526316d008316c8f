package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kpiagent/internal/kpi"
)

// Ministry is a sample ministry: a folder, and systems that answer over HTTP while it is open. Its methods may be called
// from several goroutines.
type Ministry struct {
	// Dir is the folder, Config the configuration file in it.
	Dir, Config string
	// Address is where the systems are that answer over HTTP, as host:port.
	Address string

	world     world
	zone      *time.Location
	mu        sync.Mutex
	state     state
	units     []*unit
	endpoints *endpoints
	written   map[string]kpi.Day // when each of the office's files was written last
}

// unit is an office at work.
type unit struct {
	*office
	system system
	stock  stock
	lived  kpi.Stamp // up to when its system has gone on
	loaded bool      // the stock is known
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
	tokenName  = "tmdt.token"
)

// Build makes the sample ministry in dir, with two years of dossiers up to now, or goes on with the one that is there: what
// should have happened since it was left is then made up for. The same seed, now and size make the same files, but for the port
// in the configuration. It refuses a folder that holds such files but was not made by it, or with another seed. The
// systems answer until Close.
func Build(ctx context.Context, dir string, seed uint64, now time.Time, size Size) (*Ministry, error) {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, fmt.Errorf("the time zone of the sample ministry: %w", err)
	}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		return nil, fmt.Errorf("the calendar of the sample ministry: %w", err)
	}
	// The configuration and the addresses of databases name it, and neither means the folder that the agent was started in.
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("the folder of the sample ministry: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder of the sample ministry: %w", err)
	}
	m := &Ministry{Dir: dir, Config: filepath.Join(dir, configName), zone: zone, written: map[string]kpi.Day{}, world: world{seed: seed, calendar: calendar, size: size.orWhole()}}
	if err := m.begin(ctx, kpi.StampOf(now.In(zone))); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// begin makes the ministry or goes on with it.
func (m *Ministry) begin(ctx context.Context, now kpi.Stamp) error {
	found, err := readState(m.Dir)
	switch {
	case err != nil:
		return err
	case found.Complete && found.Seed != m.world.seed:
		return fmt.Errorf("the sample ministry in %s was made with seed %d, not %d; take that seed, another folder, or remove this one", m.Dir, found.Seed, m.world.seed)
	case found.Complete && found.clock() > now:
		return fmt.Errorf("the sample ministry in %s has lived until %s, which is after now, %s; set the clock right, or remove the folder", m.Dir, found.clock(), now)
	case found.Complete:
		m.state = found
		return m.goOn(ctx, now)
	}
	return m.found(ctx, now, found.Version == 0)
}

// staff gives the ministry its offices, and their systems a place; the HTTP server begins to answer.
func (m *Ministry) staff(ctx context.Context, built kpi.Day) error {
	list, err := staffed(built)
	if err != nil {
		return err
	}
	m.world.built, m.world.offices = built, list
	for _, o := range list {
		m.units = append(m.units, &unit{office: o, system: m.systemOf(o), stock: newStock()})
	}
	m.endpoints, err = serve(ctx, m.state.Address, handlerOf(m.endpointList()))
	if err != nil {
		return err
	}
	m.Address = m.endpoints.address
	return nil
}

// Close ends the systems that answer over HTTP. What is on disk stays.
func (m *Ministry) Close() error {
	if m.endpoints == nil {
		return nil
	}
	return m.endpoints.close()
}

// found makes everything. The state is written first, unfinished, so that a beginning that was broken off is recognised as
// ours; in a folder without it nothing may be overwritten.
func (m *Ministry) found(ctx context.Context, now kpi.Stamp, untouched bool) error {
	if err := m.clear(untouched); err != nil {
		return err
	}
	m.state = state{Version: stateVersion, Seed: m.world.seed, Built: now.Day().String(), Clock: now.String(), Lived: map[string]string{},
		Usual: map[string]int{}, Rejects: map[string]map[kpi.Reason]int{}, Grown: map[string]map[string]int{}}
	if err := m.state.save(m.Dir); err != nil {
		return err
	}
	if err := m.staff(ctx, now.Day()); err != nil {
		return err
	}
	m.state.Address = m.Address
	making, together := errgroup.WithContext(ctx)
	for _, u := range m.units {
		making.Go(func() error { return m.open(together, u, now) })
	}
	if err := making.Wait(); err != nil {
		return err
	}
	for _, u := range m.units {
		m.note(u)
	}
	if _, err := m.publish(ctx, now, true, every); err != nil {
		return err
	}
	if err := errors.Join(m.writeCatalogue(ctx), m.writeToken(), m.configure()); err != nil {
		return err
	}
	m.state.Complete = true
	return m.state.save(m.Dir)
}

// clear makes room in the folder: for what was broken off, never for what is somebody else's.
func (m *Ministry) clear(untouched bool) error {
	names := []string{configName, catalogueName, tokenName}
	for _, f := range m.officeFiles() {
		names = append(names, f.name)
	}
	for _, o := range offices {
		names = append(names, o.file)
	}
	for _, name := range names {
		path := m.path(name)
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
	return nil
}

// open makes the system of a unit with its history.
func (m *Ministry) open(ctx context.Context, u *unit, now kpi.Stamp) error {
	u.lived = now
	if u.id == domestic {
		u.lived = m.silentSince(now)
	}
	changes := m.world.history(u.office, now.Day()-m.world.size.Days, u.lived)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := u.system.create(ctx, changes, m.world.dirty(u.office, u.lived.Day())); err != nil {
		return fmt.Errorf("the system of %s: %w", u.id, err)
	}
	u.stock.update(changes)
	u.loaded = true
	return nil
}

// note keeps what the state says of a new system.
func (m *Ministry) note(u *unit) {
	m.state.Lived[u.id] = u.lived.String()
	m.state.Usual[u.id] = len(u.stock.open)
	m.state.Rejects[u.id] = map[kpi.Reason]int{}
	for _, row := range m.world.dirty(u.office, u.lived.Day()) {
		m.state.Rejects[u.id][row.reason]++
	}
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
