package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// longAway is how long a system may have rested before what it missed is made up for.
const longAway = kpi.Stamp(3600)

// goOn reads the systems back and makes up for the time since they were left. A system that is not there stays as it is
// until somebody puts it back.
func (m *Ministry) goOn(ctx context.Context, now kpi.Stamp) error {
	built, err := kpi.ParseDay(m.state.Built)
	if err != nil {
		return fmt.Errorf("the state of the sample ministry in %s: %w", m.Dir, err)
	}
	if err := m.staff(ctx, built); err != nil {
		return err
	}
	for _, u := range m.units {
		u.lived = stamp(time.DateTime, m.state.Lived[u.id])
		if _, err := m.wake(ctx, u, now); err != nil {
			return err
		}
	}
	if _, err := m.publish(ctx, now, false, every); err != nil {
		return err
	}
	if err := m.readdress(); err != nil {
		return err
	}
	m.state.Clock = now.String()
	return m.state.save(m.Dir)
}

// wake makes a unit's system ready to go on: it is read back where it was not yet, and what it missed is made up for. there
// is false while its file is away.
func (m *Ministry) wake(ctx context.Context, u *unit, now kpi.Stamp) (there bool, err error) {
	if there, err = u.system.present(); err != nil || !there {
		return false, err
	}
	if !u.loaded {
		if u.stock, err = u.system.load(ctx); err != nil {
			return true, err
		}
		u.loaded = true
	}
	if now-u.lived < longAway {
		return true, nil
	}
	var changes []change
	for _, d := range u.stock.open {
		if c, changed := m.world.overdue(u.office, d, u.lived, now); changed {
			changes = append(changes, c)
		}
	}
	changes = append(changes, m.world.history(u.office, u.lived.Day()+1, now)...)
	return true, m.put(ctx, u, changes, now)
}

// put brings changes into a unit's system, which has then lived until now.
func (m *Ministry) put(ctx context.Context, u *unit, changes []change, now kpi.Stamp) error {
	if len(changes) > 0 {
		if err := u.system.put(ctx, changes); err != nil {
			return fmt.Errorf("the system of %s: %w", u.id, err)
		}
		u.stock.update(changes)
	}
	u.lived = now
	m.state.Lived[u.id] = now.String()
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

// silentSince is when domestic trade gave its last answer: an afternoon some working days ago.
func (m *Ministry) silentSince(now kpi.Stamp) kpi.Stamp {
	day := now.Day()
	for passed := 0; passed < silentFor; {
		if day--; m.world.calendar.IsWorkday(day) {
			passed++
		}
	}
	return day.Stamp() + 15*3600 + 40*60
}

// Silence tells which unit has stopped reporting and since when. falls is true while its system still has to stop: as long
// as it answers, an agent can be shown what it knew then.
func (m *Ministry) Silence() (unit string, since time.Time, falls bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.units {
		if u.id == domestic {
			day := u.lived.Day().Time()
			return u.id, time.Date(day.Year(), day.Month(), day.Day(), 0, 0, int(u.lived.SecondOfDay()), 0, m.zone), !m.state.Silent
		}
	}
	return "", time.Time{}, false
}

// away is what is added to the name of a file that was taken away.
const away = ".away"

// FallSilent stops the system of the unit that has stopped reporting; once only, for somebody may have put it back.
func (m *Ministry) FallSilent() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.Silent {
		return nil
	}
	for _, u := range m.units {
		if u.id == domestic {
			if err := os.Rename(m.path(u.file), m.path(u.file+away)); err != nil {
				return fmt.Errorf("the system of %s: %w", u.id, err)
			}
		}
	}
	m.state.Silent = true
	return m.state.save(m.Dir)
}

// readdress writes the address of the systems into the configuration where it has changed; all else in it stays. A
// configuration that is not there is made anew.
func (m *Ministry) readdress() error {
	before := m.state.Address
	m.state.Address = m.Address
	text, err := os.ReadFile(m.Config)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return m.configure()
	case err != nil:
		return fmt.Errorf("the configuration of the sample ministry: %w", err)
	case before == m.Address:
		return nil
	}
	return replace(m.Config, []byte(strings.ReplaceAll(string(text), before, m.Address)))
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
