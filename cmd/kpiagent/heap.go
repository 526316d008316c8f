package main

import "runtime/debug"

// heapGrowth is by how many per cent the heap of a running agent may grow before garbage is collected. Most of it is there to
// stay (books, the page of metrics, series), so that Go's usual 100 would let an agent take twice the memory that it needs;
// half of that room costs one or two per cent of a processor.
const heapGrowth = 50

// boundHeap sets heapGrowth until restore is called. Who sets GOGC knows better.
func (p *process) boundHeap() (restore func()) {
	if _, given := p.lookupEnv("GOGC"); given {
		return func() {}
	}
	before := debug.SetGCPercent(heapGrowth)
	return func() { debug.SetGCPercent(before) }
}
