package chart

import "math"

// Axis is a value axis from Low to High, with the values at which it is labelled, the lowest first.
type Axis struct {
	Low, High float64
	Ticks     []float64
}

// mostTicks is how many labels an axis has at most.
const mostTicks = 4

// FromZero makes an axis from 0 that holds all values: bars stand on it. limit, where not 0, is the most that a value can
// be, and the axis ends there if it would go beyond, or near it.
func FromZero(limit float64, values ...float64) Axis {
	high := 0.0
	for _, v := range values {
		high = max(high, v)
	}
	if limit > 0 && high > limit/2 {
		return Axis{0, limit, []float64{0, limit / 2, limit}}
	}
	if high == 0 {
		high = 1
	}
	return between(0, high)
}

// Around makes an axis that holds all values closely: lines are read on it. It does not go below 0 where no value does, nor
// above limit where that is not 0.
func Around(limit float64, values ...float64) Axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if low > high {
		return between(0, 1)
	}
	room := max((high-low)*0.15, math.Abs(high)*0.01, 1e-6)
	floor := low
	low, high = low-room, high+room
	if floor >= 0 {
		low = max(low, 0)
	}
	a := between(low, high)
	if limit > 0 && a.High > limit {
		a.High = limit
		for len(a.Ticks) > 0 && a.Ticks[len(a.Ticks)-1] > limit+1e-9 {
			a.Ticks = a.Ticks[:len(a.Ticks)-1]
		}
	}
	return a
}

// between widens a span to round numbers, which are its ticks.
func between(low, high float64) Axis {
	step := math.Pow(10, math.Floor(math.Log10(high-low)-1))
	for _, nice := range []float64{1, 2, 2.5, 5, 10, 20, 25, 50} {
		first, last := math.Floor(low/(nice*step)), math.Ceil(high/(nice*step)-1e-9)
		if last-first+1 > mostTicks {
			continue
		}
		a := Axis{Low: first * nice * step, High: last * nice * step}
		for i := first; i <= last; i++ {
			a.Ticks = append(a.Ticks, i*nice*step)
		}
		return a
	}
	return Axis{low, high, []float64{low, high}}
}

// y returns where a value lies, from 0 at the top to Height.
func (a Axis) y(v float64) float64 {
	return Height * min(max((a.High-v)/(a.High-a.Low), 0), 1)
}
