package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"kpiagent/internal/kpi"
)

// Moved tells what one step brought.
type Moved struct {
	Step     int
	Received int // dossiers that came in
	Finished int
	Paused   int      // a supplement was asked for
	Resumed  int      // it came
	Down     []string // files that are not where they belong: their systems stand still until they are back
}

// Move lets some minutes of office life happen at now, whatever the hour, so that figures visibly move; outside working
// hours only the portal takes dossiers in. Nothing is dated after now. The same state, now and number of steps bring the
// same changes. Where now lies before the last step, nothing happens.
func (m *Ministry) Move(ctx context.Context, now time.Time) (Moved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := kpi.StampOf(now.In(m.zone))
	moved := Moved{Step: m.state.Steps}
	if at < m.state.clock() {
		return moved, nil
	}
	m.state.Steps++
	m.state.Clock = at.String()
	moved.Step = m.state.Steps
	var errs []error
	for _, u := range m.units {
		if m.state.Steps%u.each == 0 {
			errs = append(errs, m.moveUnit(ctx, u, at, &moved))
		}
	}
	if m.state.Steps%4 == 0 {
		errs = append(errs, m.moveTotals(ctx, at, &moved))
	}
	errs = append(errs, m.state.save(m.Dir))
	return moved, errors.Join(errs...)
}

func (m *Ministry) moveUnit(ctx context.Context, u *unit, now kpi.Stamp, moved *Moved) error {
	there, err := m.wake(ctx, u, now)
	if err != nil {
		return fmt.Errorf("the system of %s: %w", u.id, err)
	}
	if !there {
		moved.Down = append(moved.Down, u.file)
		return nil
	}
	r := chance(m.world.seed, "step", u.id, strconv.Itoa(m.state.Steps))
	mean := u.pace * float64(u.each) * calm(u.stock.issued[now.Day()])
	pressure := float64(len(u.stock.open)) / float64(max(m.state.Usual[u.id], 1))
	finished := m.finish(u, r, poisson(r, mean*min(pressure, 4)), now)
	waited := m.supplement(u, r, now, finished)
	arrived := m.arrive(u, r, poisson(r, mean), now)
	changes := slices.Concat(finished, waited, arrived)
	if err := m.put(ctx, u, changes, now); err != nil {
		return err
	}
	moved.Received += len(arrived)
	moved.Finished += len(finished)
	for i := range waited {
		if waits(&waited[i].Dossier) {
			moved.Paused++
		} else {
			moved.Resumed++
		}
	}
	return nil
}

// calm slows a day down the more dossiers it has already seen, so that a demonstration left alone for days stays small.
func calm(today int) float64 { return 1 / (1 + float64(today)/600) }

// finish ends up to n open dossiers, rather the old ones than the new.
func (m *Ministry) finish(u *unit, r *rand.Rand, n int, now kpi.Stamp) []change {
	var ready []int
	for i := range u.stock.open {
		if d := &u.stock.open[i]; !waits(d) && d.Received <= now {
			ready = append(ready, i)
		}
	}
	var changes []change
	for ; n > 0 && len(ready) > 0; n-- {
		x := r.Float64()
		at := int(x * x * float64(len(ready)))
		d := u.stock.open[ready[at]]
		ready = slices.Delete(ready, at, at+1)
		m.world.course(u.office, &d).close(&d, now)
		changes = append(changes, change{d, now})
	}
	return changes
}

// supplement lets now and then an applicant be asked for a supplement, or bring it.
func (m *Ministry) supplement(u *unit, r *rand.Rand, now kpi.Stamp, finished []change) []change {
	if u.waits == 0 {
		return nil
	}
	asks, brings := r.Float64() < 0.15, r.Float64() < 0.15
	var changes []change
	for _, d := range u.stock.open {
		if slices.ContainsFunc(finished, func(c change) bool { return c.ID == d.ID }) {
			continue
		}
		switch last := len(d.Pauses) - 1; {
		case brings && waits(&d):
			brings = false
			d.Pauses = slices.Clone(d.Pauses)
			d.Pauses[last].To = max(now, d.Pauses[last].From)
			changes = append(changes, change{d, now})
		case asks && len(d.Pauses) == 0 && d.Received <= now && d.Due.Day() >= now.Day():
			asks = false
			d.Pauses = []kpi.Pause{{From: now}}
			changes = append(changes, change{d, now})
		}
	}
	return changes
}

// arrive files n new dossiers.
func (m *Ministry) arrive(u *unit, r *rand.Rand, n int, now kpi.Stamp) []change {
	day := now.Day()
	counterIsOpen := m.world.calendar.WorkSeconds(now-60, now) > 0
	open := u.choice(day)
	var changes []change
	for i := range n {
		d := m.world.filed(u.office, open.pick(r), r, idOf(u.office, day, u.stock.issued[day]+i+1), now)
		if !counterIsOpen {
			d.Channel, d.InputDigitised = kpi.Online, kpi.Yes
		}
		changes = append(changes, change{d, now})
	}
	return changes
}

// moveTotals lets some certificates be exchanged, and the office write anew what a new day has changed.
func (m *Ministry) moveTotals(ctx context.Context, now kpi.Stamp, moved *Moved) error {
	there, err := present(m.path(gatewayName))
	if err != nil {
		return fmt.Errorf("the office of the sample ministry: %w", err)
	}
	if there {
		m.exchangeCertificates(now)
	}
	down, err := m.publish(ctx, now, false, func(name string) bool { return name == gatewayName || m.written[name] != now.Day() })
	moved.Down = append(moved.Down, down...)
	return err
}

func (m *Ministry) exchangeCertificates(now kpi.Stamp) {
	r := chance(m.world.seed, "step", "totals", strconv.Itoa(m.state.Steps))
	grown := m.state.Grown[now.Day().String()]
	if grown == nil {
		grown = map[string]int{}
		m.state.Grown[now.Day().String()] = grown
	}
	out := poisson(r, 7)
	grown[sent] += out
	grown[acknowledged] += out - chosen(r, out, 0.05)
	grown[received] += poisson(r, 4)
}
