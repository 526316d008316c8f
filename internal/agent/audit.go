package agent

import (
	"context"
	"sync/atomic"
)

// audits has the audit done that is due after full reads: never twice at the same time, and once for all reads that have
// ended while another was running.
type audits struct {
	due  atomic.Bool
	slot chan struct{} // taken while one runs
}

func newAudits() *audits { return &audits{slot: make(chan struct{}, 1)} }

// do returns once an audit that began after this call has ended, or when ctx has; audit is not called where that of another
// caller will do.
func (a *audits) do(ctx context.Context, audit func()) {
	a.due.Store(true)
	select {
	case a.slot <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-a.slot }()
	if ctx.Err() == nil && a.due.Swap(false) {
		audit()
	}
}

// audit compares the daybook with a full count and reports what differs, which is a defect.
func (a *Agent) audit(ctx context.Context) {
	differences, err := a.Ledger.Audit(ctx)
	if err != nil {
		a.around.Log.Error("the audit of the daybook failed", "err", err)
		return
	}
	for unit, n := range differences {
		a.Metrics.auditDifferences.WithLabelValues(unit).Set(float64(n))
		if n > 0 {
			a.around.Log.Error("the daybook differs from a full count of the dossiers; please report it", "unit", unit,
				"counts", n)
		}
	}
}
