package agent

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kpiagent/collectors"
)

// Thirty full reads that end in the same night need two audits, not thirty: one, and one more for those that ended while it
// ran.
func TestManyFullReadsNeedFewAudits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAudits()
		var group sync.WaitGroup
		done := 0 // audits exclude each other
		audit := func() {
			time.Sleep(time.Minute)
			done++
		}
		group.Go(func() { a.do(t.Context(), audit) })
		time.Sleep(time.Second)
		for range 29 {
			group.Go(func() { a.do(t.Context(), audit) })
		}
		group.Wait()
		if done != 2 {
			t.Errorf("%d audits", done)
		}
		a.do(t.Context(), audit) // a later read has its own
		if done != 3 {
			t.Errorf("%d audits", done)
		}
	})
}

// A full read that found nothing to take needs no audit.
func TestAuditAfterFullReads(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	r := a.readers[0]
	r.reading, r.serving = context.Background(), t.Context()
	r.config.Jitter = 0
	audited := func() bool {
		a.Metrics.auditDifferences.Reset()
		a.turn(r, options{full: true})
		families, err := a.Metrics.Registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "egov_ledger_audit_differences" {
				return len(f.GetMetric()) > 0
			}
		}
		return false
	}
	if !audited() {
		t.Error("no audit after a full read")
	}
	r.source = failing{}
	if audited() {
		t.Error("an audit after a read that could not begin")
	}
}

// failing is a source that cannot be reached.
type failing struct{ panicking }

func (failing) Read(context.Context, collectors.Request, collectors.Sink) (collectors.Result, error) {
	return collectors.Result{}, collectors.ErrTimeout
}
