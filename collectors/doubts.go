package collectors

import (
	"fmt"
	"strconv"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Doubts says what is odd about a column as a whole; none where nothing is. now tells years that are far ahead.
func (c *ColumnProfile) Doubts(now time.Time) (doubts []sourcelog.Doubt) {
	add := func(kind sourcelog.DoubtKind, counts []int64, examples ...string) {
		doubts = append(doubts, sourcelog.Doubt{Kind: kind, Counts: counts, Examples: examples})
	}
	of := func(s shape) shapeUse { return c.shapes[s] }
	dayFirst, monthFirst, either, iso := of(shapeDayFirst), of(shapeMonthFirst), of(shapeEither), of(shapeISODate)
	written := dayFirst.cells + monthFirst.cells + either.cells + iso.cells
	if c.Times > 0 && c.otherDays == 0 && dayFirst.cells > 0 && either.cells == 0 {
		add(sourcelog.SwappedDays, []int64{c.Times, dayFirst.cells}, dayFirst.example)
	} else if c.Times > 0 && written > 0 {
		add(sourcelog.MixedDates, []int64{c.Times, written})
	}
	if dayFirst.cells > 0 && monthFirst.cells > 0 {
		add(sourcelog.DayAndMonthFirst, nil, dayFirst.example, monthFirst.example)
	}
	if slashed := max(dayFirst.cells, monthFirst.cells, either.cells); iso.cells > 0 && slashed > 0 {
		add(sourcelog.TwoDateForms, nil, iso.example, firstExample(dayFirst, monthFirst, either))
	}
	if s := of(shapeScientific); s.cells > 0 {
		add(sourcelog.ShortenedNumbers, []int64{s.cells}, s.example)
	}
	if codes := of(shapeZeros).cells + of(shapeDotted).cells; c.Numbers > 0 && codes > 0 {
		add(sourcelog.HalfNumbers, []int64{c.Numbers, codes}, firstExample(of(shapeZeros), of(shapeDotted)))
	}
	if c.Most >= spreadsheetDigits {
		add(sourcelog.ManyDigits, nil)
	}
	return append(doubts, c.oddYears(now)...)
}

func firstExample(uses ...shapeUse) string {
	for _, u := range uses {
		if u.cells > 0 {
			return u.example
		}
	}
	return ""
}

// oddYears finds years that hardly a date has and that lie far from where most are, alone, or ahead of now.
func (c *ColumnProfile) oddYears(now time.Time) (doubts []sourcelog.Doubt) {
	var all, most int64
	usual := 0
	for year, n := range c.years {
		all += n
		if n > most || n == most && year > usual {
			usual, most = year, n
		}
	}
	for _, year := range []int{c.First.Year(), c.Last.Year()} {
		n := c.years[year]
		far := year < usual-20 || year > usual+20 || year > now.Year()+5 || c.alone(year, usual)
		if all >= 3 && n > 0 && far && 20*n <= all || all < 20 && n == 1 && far && all > 1 {
			doubts = append(doubts, sourcelog.Doubt{Kind: sourcelog.OddYear, Counts: []int64{n, all},
				Words: []string{strconv.Itoa(year), strconv.Itoa(usual)}})
		}
		if c.First.Year() == c.Last.Year() {
			break
		}
	}
	return doubts
}

// alone reports whether a year is some years from the usual one, with no date in the two years next to it on the way there, as a
// mistyped digit leaves it: lists that begin with old dossiers have some of the years between.
func (c *ColumnProfile) alone(year, usual int) bool {
	step := 1
	if year > usual {
		step = -1
	}
	return (usual-year)*step >= 4 && c.years[year+step] == 0 && c.years[year+2*step] == 0
}

// Office hours, with some room, and how many receipts it takes to tell that they lie elsewhere.
const (
	officeOpens, officeCloses = 6, 19
	fewReceipts               = 20
)

// doubtHours warns where dossiers are received outside of office hours, as where times of another zone were taken for local ones.
func (b *Binding) doubtHours(to *openBatch) {
	_, offset := b.today.Time().In(b.zones.own).Zone()
	ahead := offset / (60 * 60)
	var all, inside, shifted int64
	for hour, n := range b.hours {
		all += n
		if hour >= officeOpens && hour < officeCloses {
			inside += n
		}
		if local := (hour + ahead + 24) % 24; local >= officeOpens && local < officeCloses {
			shifted += n
		}
	}
	if ahead == 0 || all < fewReceipts || inside*2 > all || shifted*10 < all*9 {
		return
	}
	to.lastID, to.last = "received", 0
	to.warn(kpi.DoubtfulColumn, fmt.Sprintf("received: %d of %d hours lie outside of office hours, and %d hours later nearly all lie inside: "+
		"if the times are UTC, write mapping.time_zone: UTC", all-inside, all, ahead))
}
