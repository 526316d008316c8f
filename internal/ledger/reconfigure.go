package ledger

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"kpiagent/internal/kpi"
)

// Reconfigure lets the ledger count by another configuration: the tree of units, the sources and their rules, levels,
// declared procedures, and how much is kept. Path, ReadOnly, MaxPages and Log stay as they were when it was opened. Dossiers
// are counted anew only where the rules of their source have changed.
//
// Runs that are open go on: each batch is counted by what is in force when it is taken, and those of a source that is no
// longer configured end in ErrNotConfigured. Batches wait meanwhile, readers of figures do not. swapped is called in the
// moment in which the new figures take the place of the old ones, while nobody reads them. With an error, all is as before.
func (l *Ledger) Reconfigure(ctx context.Context, o Options, swapped func()) error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.options.ReadOnly {
		return fmt.Errorf("ledger %s: it is only looked at: open it again with the other configuration", l.path)
	}
	o.Path, o.ReadOnly, o.MaxPages, o.Log = l.options.Path, l.options.ReadOnly, l.options.MaxPages, l.options.Log
	figures, err := l.reckonAgain(ctx, &o)
	if err != nil {
		return err
	}
	l.read.Lock()
	l.options, l.figures = o, figures
	l.registers++ // rows of procedures that are declared now are good now
	swapped()
	l.read.Unlock()
	l.tellUncounted()
	return nil
}

// reckonAgain gives the figures by other options from what is in memory, where that will do.
func (l *Ledger) reckonAgain(ctx context.Context, o *Options) (figures kpi.Books, err error) {
	sameBooks := reflect.DeepEqual(o.Units, l.options.Units) && l.countedOtherwise(o) == "" &&
		maps.EqualFunc(o.Rules, l.options.Rules, func(kpi.Rules, kpi.Rules) bool { return true })
	if sameBooks && slices.Equal(o.Levels, l.options.Levels) && slices.Equal(o.Running, l.options.Running) &&
		(len(o.Running) == 0 || o.CutOff == l.options.CutOff) {
		figures = l.figures
		figures.Register, err = l.register(ctx, o)
		return figures, l.explain("read the procedures", err)
	}
	return l.reckon(ctx, o, func(daybook *kpi.Daybook) error {
		daybook.Apply(slices.Collect(l.figures.Daybook.Walk)) // only a writer changes it, and there is none now
		return nil
	})
}
