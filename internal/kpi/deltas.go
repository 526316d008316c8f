package kpi

import "slices"

// A count packs into one word: book, measure, day. Sorting words is several times faster than sorting structures, and an
// import has millions of counts.
const (
	dayBits     = 22 // up to the year 11,000
	measureBits = 18
)

// Deltas gathers the counts that a batch puts into the daybook and takes out of it. The zero Deltas is empty.
type Deltas struct {
	in, out []uint64
	buf     []Entry
}

// Put adds what a dossier contributes.
func (d *Deltas) Put(book BookID, rules Rules, dossier *Dossier) {
	d.buf = rules.Contribution(dossier, d.buf[:0])
	for _, e := range d.buf {
		d.in = append(d.in, pack(book, e))
	}
}

// Take takes out what a dossier contributed.
func (d *Deltas) Take(book BookID, rules Rules, dossier *Dossier) {
	d.buf = rules.Contribution(dossier, d.buf[:0])
	for _, e := range d.buf {
		d.out = append(d.out, pack(book, e))
	}
}

// Sum gives the changes in the order of book, measure and day; what was put and taken again is left out.
func (d *Deltas) Sum() []Delta {
	slices.Sort(d.in)
	slices.Sort(d.out)
	sum := make([]Delta, 0, len(d.in)/2+len(d.out))
	i, o := 0, 0
	for i < len(d.in) || o < len(d.out) {
		var key uint64
		if o >= len(d.out) || i < len(d.in) && d.in[i] <= d.out[o] {
			key = d.in[i]
		} else {
			key = d.out[o]
		}
		n := int32(0)
		for ; i < len(d.in) && d.in[i] == key; i++ {
			n++
		}
		for ; o < len(d.out) && d.out[o] == key; o++ {
			n--
		}
		if n != 0 {
			sum = append(sum, unpack(key, n))
		}
	}
	return sum
}

// Reset empties d and keeps its memory.
func (d *Deltas) Reset() { d.in, d.out = d.in[:0], d.out[:0] }

func pack(book BookID, e Entry) uint64 {
	return uint64(book)<<(dayBits+measureBits) | uint64(e.Measure)<<dayBits | uint64(e.Day)
}

func unpack(key uint64, n int32) Delta {
	return Delta{
		Book:    BookID(key >> (dayBits + measureBits)),
		Measure: Measure(key >> dayBits & (1<<measureBits - 1)),
		Day:     Day(key & (1<<dayBits - 1)),
		N:       n,
	}
}

// Valid says whether the delta fits the daybook: what is read back from storage may not.
func (d Delta) Valid() bool {
	return d.Book <= maxBookID && d.Day > 0 && d.Day <= endOfTime &&
		(d.Measure < fixedMeasures || d.Measure >= measureHandling && d.Measure <= measureHandling+maxHandlingHours)
}
