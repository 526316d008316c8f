package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// chance gives the random numbers of one thing: a day, a dossier, a step. The same seed and name give the same numbers,
// whatever else was drawn before, so that history comes out the same however it is cut into pieces.
func chance(seed uint64, name ...string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(name, "/"))) // a hash takes everything
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// poisson draws how many things happen where mean are expected; mean is at most a few hundred.
func poisson(r *rand.Rand, mean float64) int {
	limit, product, n := math.Exp(-mean), r.Float64(), 0
	for product > limit {
		product *= r.Float64()
		n++
	}
	return n
}
