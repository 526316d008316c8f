package kpi

import (
	"slices"
	"sort"
)

// point is one day of a series: while the series is settled, n is the sum of all counts up to and including the day.
type point struct {
	day Day
	n   int32
}

// series holds the counts of one measure by day, sparsely. It is settled (points hold running sums) for reading, and
// unsettled (points hold each day's count) while counts are added; going from one to the other costs one pass.
type series struct {
	points    []point
	unsettled bool
}

// add changes a day's count. It reports whether the series was settled until now and so has to be settled again.
func (s *series) add(day Day, n int32) (first bool) {
	if !s.unsettled {
		for i := len(s.points) - 1; i > 0; i-- {
			s.points[i].n -= s.points[i-1].n
		}
		s.unsettled, first = true, true
	}
	i := len(s.points)
	if i > 0 && s.points[i-1].day >= day {
		i = s.search(day)
		if s.points[i].day == day {
			s.points[i].n += n
			return first
		}
	}
	s.points = append(s.points, point{})
	copy(s.points[i+1:], s.points[i:])
	s.points[i] = point{day, n}
	return first
}

// settle drops days without a count and turns counts into running sums.
func (s *series) settle() {
	if !s.unsettled {
		return
	}
	kept := s.points[:0]
	var sum int32
	for _, p := range s.points {
		if p.n != 0 {
			sum += p.n
			kept = append(kept, point{p.day, sum})
		}
	}
	s.points, s.unsettled = kept, false
}

// fit gives back the room that a series has had for growing: after an import of years it grows by a day a day.
func (s *series) fit() {
	if cap(s.points)-len(s.points) > len(s.points)/8 {
		s.points = slices.Clone(s.points)
	}
}

// upTo gives the sum of the counts up to and including the day. The series has to be settled.
func (s *series) upTo(day Day) int64 {
	last := len(s.points) - 1
	if last < 0 || s.points[0].day > day {
		return 0
	}
	if s.points[last].day <= day {
		return int64(s.points[last].n)
	}
	return int64(s.points[s.search(day+1)-1].n)
}

// search gives the index of the first point on or after the day.
func (s *series) search(day Day) int {
	return sort.Search(len(s.points), func(i int) bool { return s.points[i].day >= day })
}
