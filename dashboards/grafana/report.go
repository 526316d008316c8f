package grafana

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Action is what has to be done, or was done, about one thing.
type Action string

// The actions.
const (
	InStep  Action = "in step"
	Create  Action = "create"
	Change  Action = "change"
	Keep    Action = "keep"    // it differs, and stays as it is; Why says why
	Surplus Action = "surplus" // no longer wanted; prune deletes it
	Delete  Action = "delete"
)

// Step is what holds of one thing in Grafana.
type Step struct {
	Kind        Kind
	ID, Title   string
	Action      Action
	Why         string
	Differences []string // from what is wanted, one a line
	Err         error    // what could not be done
}

// Report is what a plan, an apply or a prune came to.
type Report struct {
	Steps []Step
}

// Count returns how many steps have an action and no error.
func (r *Report) Count(actions ...Action) (n int) {
	for _, s := range r.Steps {
		if s.Err == nil && slices.Contains(actions, s.Action) {
			n++
		}
	}
	return n
}

// Failed returns how many steps could not be done, or looked at.
func (r *Report) Failed() (n int) {
	for _, s := range r.Steps {
		if s.Err != nil {
			n++
		}
	}
	return n
}

// Err joins what could not be done.
func (r *Report) Err() error {
	var errs []error
	for _, s := range r.Steps {
		errs = append(errs, s.Err)
	}
	return errors.Join(errs...)
}

// maxShown bounds how many differences of one thing are shown.
const maxShown = 8

// Print tells people; in step is what they need not hear of.
func (r *Report) Print(to io.Writer) {
	for _, s := range r.Steps {
		if s.Err != nil {
			fmt.Fprintf(to, "  failed   %s %q (%s)\n    %v\n", s.Kind, s.Title, s.ID, s.Err)
			continue
		}
		if s.Action == InStep {
			continue
		}
		fmt.Fprintf(to, "  %-8s %s %q (%s)\n", s.Action, s.Kind, s.Title, s.ID)
		if s.Why != "" {
			fmt.Fprintf(to, "    %s\n", s.Why)
		}
		for i, d := range s.Differences {
			if i == maxShown {
				fmt.Fprintf(to, "    … and %d more\n", len(s.Differences)-maxShown)
				break
			}
			fmt.Fprintf(to, "    %s\n", d)
		}
	}
}
