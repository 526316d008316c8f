package grafana

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"kpiagent/internal/outbound"
)

// Plan says what Apply would do, and what Prune would. It writes nothing, neither into Grafana nor to disk. The error is about
// what keeps all of it from being done; what concerns one thing is in its step.
func (s *Site) Plan(ctx context.Context, around outbound.Env) (*Report, error) {
	return s.round(ctx, around, func(r *round) error {
		for _, o := range s.objects {
			step, _, err := r.decide(ctx, o)
			if err := r.note(step, err); err != nil {
				return err
			}
		}
		return r.surplus(ctx, true)
	}, true)
}

// Apply puts everything into its place, in an order in which each thing finds what it needs, and deletes nothing.
func (s *Site) Apply(ctx context.Context, around outbound.Env) (*Report, error) {
	return s.round(ctx, around, func(r *round) error {
		for _, o := range s.objects {
			step, err := r.apply(ctx, o)
			if err := r.note(step, err); err != nil {
				return err
			}
		}
		return nil
	}, false)
}

// Prune deletes what this agent has made and the configuration no longer wants.
func (s *Site) Prune(ctx context.Context, around outbound.Env) (*Report, error) {
	return s.round(ctx, around, func(r *round) error { return r.surplus(ctx, false) }, false)
}

// round is one plan, apply or prune.
type round struct {
	site  *Site
	on    *connection
	state *state
	Report
}

func (s *Site) round(ctx context.Context, around outbound.Env, do func(*round) error, dry bool) (_ *Report, err error) {
	state, err := openState(s.statePath, s.settings.URL, s.prefix, dry)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.close()) }()
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	on, err := connect(ctx, s.settings, around)
	if err != nil {
		return nil, err
	}
	defer on.close()
	if err := s.reveal(around); err != nil {
		return nil, err
	}
	for _, o := range s.objects {
		if r, is := o.(*alertRule); is {
			r.know(on.version)
		}
	}
	r := &round{site: s, on: on, state: state}
	err = do(r)
	if err != nil && ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("grafana: not done within grafana.timeout %s: %w", s.settings.Timeout, err)
	}
	return &r.Report, err
}

// reveal reads the secrets of the moment.
func (s *Site) reveal(around outbound.Env) error {
	for _, o := range s.objects {
		c, is := o.(*contactPoint)
		if !is || c.reveal == nil {
			continue
		}
		var err error
		if c.hidden, err = c.reveal(around); err != nil {
			return fmt.Errorf("alerts.receivers: %s: %w", c.title(), err)
		}
	}
	return nil
}

// note adds a step. The error is one after which nothing else would do better.
func (r *round) note(step Step, err error) error {
	step.Err = err
	r.Steps = append(r.Steps, step)
	if err != nil && step.Kind == KindFolder {
		return err // everything that follows lies in it
	}
	if hasStatus(err, http.StatusUnauthorized) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, new(*strangeError)) {
		return err
	}
	return nil
}

// decide says what has to be done about an object, and what was found in its place.
func (r *round) decide(ctx context.Context, o object) (Step, *found, error) {
	step := Step{Kind: o.kind(), ID: o.id(), Title: o.title()}
	f, err := o.look(ctx, r.on)
	if err != nil {
		return step, nil, err
	}
	known, ours := r.state.here[key(o)]
	if f == nil {
		step.Action = Create
		if ours && o.kind() == KindViewers && !r.site.settings.Overwrite {
			step.Action, step.Why = Keep, "somebody took it away: give it back by hand, or set grafana.overwrite"
		} else if ours {
			step.Why = "somebody deleted it"
		}
		return step, nil, nil
	}
	wanted, err := wish(o)
	mark, problem := f.mark()
	if err := errors.Join(err, problem); err != nil {
		return step, nil, err
	}
	untouched := ours && known.Left == mark
	if untouched && known.Wanted == wanted {
		step.Action = InStep
		return step, f, nil
	}
	if step.Differences, err = differences(o.wanted(), f.content); err != nil {
		return step, nil, err
	}
	_, hides := o.(secretive)
	switch {
	case len(step.Differences) == 0 && hides && f.foreign == "" && known.Wanted != wanted:
		step.Action, step.Why = Change, "its secret is another one, or is not known"
	case len(step.Differences) == 0:
		step.Action = InStep
	case f.foreign != "":
		step.Action, step.Why = Keep, f.foreign
	case untouched:
		step.Action = Change
	case r.site.settings.Overwrite && ours:
		step.Action, step.Why = Change, "somebody changed it; grafana.overwrite undoes that"
	case r.site.settings.Overwrite:
		step.Action, step.Why = Change, "it was there before this agent's state knew of it; grafana.overwrite"
	case ours:
		step.Action, step.Why = Keep, "somebody changed it: save it under another name to keep the change, then delete it here, "+
			"or set grafana.overwrite"
	default:
		step.Action, step.Why = Keep, "it was there before this agent's state knew of it: delete it in Grafana, "+
			"or set grafana.overwrite"
	}
	return step, f, nil
}

// races is how often a thing is looked at again when it was changed in the same moment.
const races = 3

func (r *round) apply(ctx context.Context, o object) (step Step, err error) {
	for range races {
		var f *found
		if step, f, err = r.decide(ctx, o); err != nil {
			return step, err
		}
		switch step.Action {
		case InStep:
			return step, r.remember(o, f)
		case Keep:
			return step, nil
		}
		if err = o.put(ctx, r.on, f); err == nil {
			f, err = o.look(ctx, r.on)
			if err == nil && f == nil {
				err = fmt.Errorf("grafana: %s %s was written, but is not there; look at Grafana's log", o.kind(), o.id())
			}
			if err != nil {
				return step, err
			}
			return step, r.remember(o, f)
		}
		if !hasStatus(err, http.StatusConflict, http.StatusPreconditionFailed) {
			return step, err
		}
	}
	return step, err
}

// remember notes how an object was left, unless it is not the agent's own.
func (r *round) remember(o object, f *found) error {
	if f.foreign != "" {
		return nil
	}
	wanted, err := wish(o)
	mark, problem := f.mark()
	if err := errors.Join(err, problem); err != nil {
		return err
	}
	return r.state.remember(key(o), sent{Wanted: wanted, Left: mark, Title: o.title()})
}
