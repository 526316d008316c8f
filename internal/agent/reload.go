package agent

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// ErrRefused is in the chain of the error of a reload after which the old configuration is in force.
var ErrRefused = errors.New("the configuration was not reloaded, the old one stays in force")

// errReplaced ends the reads of a source whose configuration has changed or that is gone.
var errReplaced = errors.New("the source's configuration has changed")

// Reload puts the configuration that load returns into the place of the one in force, all of it or, with ErrRefused, nothing:
// where load fails, where it has what needs a restart (ledger.path, history, remote_write.path and what the process listens
// on and logs with), or where the ledger cannot follow. Any other error is about something that is missing although the new
// configuration is in force.
//
// Only the sources whose own configuration has changed, that are new or that are gone are restarted or stopped; the others
// keep their connections, their schedule and the read that is under way. Sources that have refused a user or password are
// asked again. Figures, metrics and Model change in one moment. It returns once all of that is done, and the metrics page
// shows it; several calls at once are done one after the other.
func (a *Agent) Reload(ctx context.Context, load func(context.Context) (*model.Model, error)) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	if a.ended {
		return fmt.Errorf("%w: the agent is stopping", ErrRefused)
	}
	began := a.around.Now()
	e, err := a.prepare(ctx, load)
	if err == nil {
		err = a.commit(ctx, e)
	}
	if err != nil {
		a.Metrics.reloaded(false, began)
		a.tellRefused(err)
		return errors.Join(fmt.Errorf("%w:\n%w", ErrRefused, err), a.publisher.renew(true))
	}
	err = a.follow(ctx, e)
	a.Metrics.reloaded(true, a.around.Now())
	a.around.Log.Info("the configuration was reloaded", "started", names(e.made, e.replaces, false),
		"restarted", names(e.made, e.replaces, true),
		"stopped", names(e.retired, e.replacedBy(), false), "took", a.around.Now().Sub(began).Round(time.Millisecond))
	told := e.now.model.Warnings(a.around.Now())
	for _, warning := range e.next.model.Warnings(a.around.Now()) {
		if !slices.Contains(told, warning) {
			a.around.Log.Warn(warning)
		}
	}
	if err = errors.Join(err, a.publisher.publish()); err != nil {
		a.around.Log.Error("the new configuration is in force, but not all of it could be done", "err", err)
	}
	return err
}

// tellRefused logs each mistake on a line of its own, as the check prints them.
func (a *Agent) tellRefused(err error) {
	var wrong *config.Mistakes
	if !errors.As(err, &wrong) {
		a.around.Log.Error(ErrRefused.Error(), "err", err)
		return
	}
	for _, mistake := range wrong.List {
		a.around.Log.Error(ErrRefused.Error(), "mistake", mistake.String())
	}
}

// exchange is one configuration on its way into the place of another.
type exchange struct {
	now, next *inForce
	readers   []*reader                   // all that there will be, in the order of the configuration
	made      []*reader                   // those of them that are not running yet
	versions  map[*reader]*mappingVersion // for those that stay
	replaces  map[*reader]*reader         // from a new one to the one whose place it takes
	retired   []*reader                   // those that end
}

// prepare makes all that the new configuration needs, and changes nothing.
func (a *Agent) prepare(ctx context.Context, load func(context.Context) (*model.Model, error)) (*exchange, error) {
	next, err := load(ctx)
	if err != nil {
		return nil, err
	}
	now := a.current.Load()
	e := &exchange{now: now, next: &inForce{model: next, network: now.network}, versions: map[*reader]*mappingVersion{},
		replaces: map[*reader]*reader{}}
	if err := needsRestart(now.model.Config, next.Config); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(now.model.Config.Network, next.Config.Network) { // else sources that stay and new ones share them
		e.next.network = outbound.New(next.Config.Network, nil)
	}
	before := map[string]*reader{}
	for _, r := range a.readers {
		before[r.name] = r
	}
	var errs []error
	for _, source := range next.Config.Sources {
		errs = append(errs, a.prepareSource(e, before, source))
		delete(before, model.SourceName(source))
	}
	for _, r := range a.readers {
		if before[r.name] == r {
			e.retired = append(e.retired, r)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, e.abandon())
	}
	return e, nil
}

// prepareSource keeps the reader of a source, or makes one.
func (a *Agent) prepareSource(e *exchange, before map[string]*reader, source config.Source) error {
	old := before[model.SourceName(source)]
	if old != nil && reflect.DeepEqual(decides(e.now.model, old.config), decides(e.next.model, source)) {
		t, err := newMappingVersion(e.next.model, source, a.Ledger)
		e.versions[old] = t
		e.readers = append(e.readers, old)
		return err
	}
	r, err := a.newReader(e.next, source)
	if err != nil {
		return err
	}
	e.readers, e.made = append(e.readers, r), append(e.made, r)
	if old != nil {
		e.replaces[r] = old
		e.retired = append(e.retired, old)
	}
	return nil
}

// abandon closes what was made.
func (e *exchange) abandon() error {
	var errs []error
	for _, r := range e.made {
		errs = append(errs, r.source.Close())
	}
	return errors.Join(errs...)
}

// replacedBy is the inverse of replaces.
func (e *exchange) replacedBy() map[*reader]*reader {
	by := map[*reader]*reader{}
	for r, old := range e.replaces {
		by[old] = r
	}
	return by
}

// commit lets ledger and figures change over; with an error, nothing has changed.
func (a *Agent) commit(ctx context.Context, e *exchange) error {
	err := a.Ledger.Reconfigure(ctx, ledgerOptions(e.next.model), func() { a.current.Store(e.next) })
	if err != nil {
		return errors.Join(err, e.abandon())
	}
	return nil
}

// follow lets the readers and all else go by the configuration that is in force now.
func (a *Agent) follow(ctx context.Context, e *exchange) error {
	a.slots.resize(e.next.model.Config.Agent.Concurrency)
	a.mu.Lock()
	var errs []error
	for _, r := range e.retired {
		errs = append(errs, a.retire(r))
	}
	for r, t := range e.versions {
		r.mapping.Store(t)
	}
	a.readers = e.readers
	a.mu.Unlock()

	errs = append(errs, a.waitFor(e.retired, e.now.model.Config.Agent.StopTimeout))
	replaced := e.replacedBy()
	for _, r := range e.retired {
		if replaced[r] == nil {
			a.Metrics.forget(r.config)
		}
	}
	for _, u := range e.now.model.Tree.Units() {
		if _, stays := e.next.model.Tree.Unit(u.ID); !stays {
			a.Metrics.auditDifferences.DeleteLabelValues(u.ID)
		}
	}
	errs = append(errs, a.introduce(ctx, e.made))
	for r, old := range e.replaces {
		r.status.inherit(&old.status)
	}
	for _, r := range e.readers {
		if r.status.refusal() != "" {
			r.setRefusal("") // whoever reloads may have mended the system
		}
		r.metrics.show(r.status.snapshot())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Join(append(errs, a.start(e.made, func() {}))...)
}

// retire takes a reader off the schedule and has its reads end. Agent.mu is held.
func (a *Agent) retire(r *reader) error {
	var errs []error
	for _, job := range r.jobs {
		if a.run != nil {
			errs = append(errs, a.run.scheduler.RemoveJob(job.ID()))
		}
	}
	r.jobs = nil
	if r.stop != nil {
		r.stop(errReplaced)
	}
	return errors.Join(errs...)
}

// waitFor closes readers once their reads have ended. One whose system keeps it longer than patience is left behind: it
// cannot change the ledger any more, and the end of Run waits for it.
func (a *Agent) waitFor(retired []*reader, patience time.Duration) error {
	waiting := time.NewTimer(patience)
	defer waiting.Stop()
	var errs []error
	for _, r := range retired {
		closed := make(chan error, 1)
		a.work.Go(func() {
			r.turns.close()
			closed <- r.source.Close()
		})
		select {
		case err := <-closed:
			errs = append(errs, err)
		case <-waiting.C:
			waiting.Reset(0) // the others are not waited for any longer
			r.log.Warn("its system does not let go of the read that was under way; the new configuration is in force " +
				"all the same")
		}
	}
	return errors.Join(errs...)
}

// names lists the readers that stand in a table, or that do not.
func names(readers []*reader, table map[*reader]*reader, in bool) string {
	var list []string
	for _, r := range readers {
		if (table[r] != nil) == in {
			list = append(list, r.name)
		}
	}
	return strings.Join(list, " ")
}

// needsRestart lists what differs and cannot change while the agent runs.
func needsRestart(now, then *config.Config) error {
	var errs []error
	for _, key := range []struct{ name, now, then string }{
		{"ledger.path", now.Ledger.Path, then.Ledger.Path},
		{"history", fmt.Sprint(now.History), fmt.Sprint(then.History)},
		{"remote_write.path", now.RemoteWrite.Path, then.RemoteWrite.Path},
		{"web.listen", now.Web.Listen, then.Web.Listen},
		{"web.config_file", now.Web.ConfigFile, then.Web.ConfigFile},
		{"log.format", now.Log.Format, then.Log.Format},
	} {
		if key.now != key.then {
			errs = append(errs, fmt.Errorf("%s: needs a restart to change from %q to %q; nothing else of the new "+
				"configuration was applied either", key.name, key.now, key.then))
		}
	}
	return errors.Join(errs...)
}
