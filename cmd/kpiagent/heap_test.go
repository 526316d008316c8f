package main

import (
	"runtime/metrics"
	"testing"
)

func TestHeapGrowth(t *testing.T) {
	growth := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before := growth()
	for _, c := range []struct {
		environ []string
		want    uint64
	}{
		{nil, heapGrowth},
		{[]string{"GOGC=100"}, before},
		{[]string{"GOGC=off"}, before}, // the runtime has seen to it before we began
	} {
		p := process{environ: c.environ}
		restore := p.boundHeap()
		if got := growth(); got != c.want {
			t.Errorf("with %q the heap may grow by %d %%, want %d", c.environ, got, c.want)
		}
		if restore(); growth() != before {
			t.Errorf("with %q the heap may still grow by %d %% afterwards, not %d", c.environ, growth(), before)
		}
	}
}
