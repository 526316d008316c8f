package kpi

// The experience of a unit by which a silence is told from a quiet day.
const (
	rhythmDays  = 60 // its last working days
	rhythmLeast = 10 // so many of them at least
	// missed is how many dossiers must have been expected in vain: where they come independently of one another, it
	// happens less than once in a thousand times by chance (e^-7).
	missed = 7
)

// Received counts the dossiers that came in a period.
func (v View) Received(p Period) int64 { return received(v, p.To) - received(v, p.From-1) }

// Holes finds, between two days (both included), the working days without a single dossier of a unit that usually brings
// some: a run of such days is a hole once seven dossiers or more were to be expected in it, by the mean of up to 60 working
// days before. A unit with fewer than ten working days behind it has none.
func (v View) Holes(c *Calendar, from, to Day) map[Day]bool {
	holes := map[Day]bool{}
	var (
		recent []int64 // per working day, without runs that are holes
		sum    int64
		run    []Day
		hole   bool // the run is one
	)
	start := max(from-2*rhythmDays, v.firstDay())
	for day := start; day <= to; day++ {
		if !c.IsWorkday(day) {
			continue
		}
		n := v.Received(Period{From: day, To: day})
		if n > 0 {
			for range run {
				if !hole {
					recent = append(recent, 0) // it was only quiet
				}
			}
			run, hole = run[:0], false
			recent, sum = append(recent, n), sum+n
			for len(recent) > rhythmDays {
				sum, recent = sum-recent[0], recent[1:]
			}
			continue
		}
		run = append(run, day)
		if len(recent) < rhythmLeast || sum*int64(len(run)) < missed*int64(len(recent)) {
			continue
		}
		hole = true
		for _, d := range run {
			if d >= from {
				holes[d] = true
			}
		}
	}
	return holes
}

// SilentSince gives the last day on which a unit brought a dossier, and whether it has been silent since: whether the
// working days between that day and today are a hole. Today is not over and says nothing.
func (v View) SilentSince(c *Calendar, today Day) (last Day, silent bool) {
	for _, b := range v {
		for _, channel := range []Channel{Online, Counter, Postal} {
			if points := b.fixed[receivedBy(channel)].points; len(points) > 0 {
				last = max(last, points[len(points)-1].day)
			}
		}
	}
	if last == 0 || last >= today-1 {
		return last, false
	}
	return last, len(v.Holes(c, last+1, today-1)) > 0
}
