package kpi

import (
	"maps"
	"slices"
)

// Unit is one node of the tree of units; the root has no parent.
type Unit struct {
	ID, Parent string
	Name       Text
	Short      Text // for narrow columns; may be empty
}

// ShortName returns the name for narrow columns.
func (u Unit) ShortName() Text { return u.Name.With(u.Short) }

// BookKey says whose dossiers a book counts.
type BookKey struct {
	Source    string // the source's id within its unit, as "unit/source"
	Unit      string
	Procedure string
}

// BookID is the number under which the ledger knows a book.
type BookID uint32

// maxBookID bounds BookID so that a count packs into one word (see Deltas).
const maxBookID = 1<<24 - 1

// Delta changes one count of one book.
type Delta struct {
	Book    BookID
	Measure Measure
	Day     Day
	N       int32
}

// Daybook holds the additive counts of all dossiers (sổ ngày), per source, unit, procedure and day, and for each unit the
// roll-up of itself and all units below it. Any period of any figure is a difference of running sums, so a figure costs
// the same however many dossiers there are.
//
// It is not safe for use by several goroutines while Apply or AddBook runs.
type Daybook struct {
	tree   *Tree
	counts map[BookID]*book           // per source, unit and procedure
	keys   map[BookID]BookKey         // what each of them counts
	totals map[string]*book           // per unit, with the units below it
	byCode map[string]map[string]View // per unit, with the units below it, and procedure
	own    map[string]map[string]View // per unit, without the units below it, and procedure
	turns  uint64                     // how often counts have changed
}

// book holds the series of one set of dossiers.
type book struct {
	fixed [fixedMeasures]series
	hours []int32   // the working hours that occur, ascending
	spent []*series // per entry of hours
	// rollUps are the totals that this book counts into; none where it is hidden or its unit is not of the tree.
	rollUps []*book
}

// NewDaybook makes an empty daybook for a tree of units.
func NewDaybook(units []Unit) *Daybook {
	d := &Daybook{
		tree:   NewTree(units),
		counts: make(map[BookID]*book),
		keys:   make(map[BookID]BookKey),
		totals: make(map[string]*book),
		byCode: make(map[string]map[string]View),
		own:    make(map[string]map[string]View),
	}
	for _, u := range units {
		d.totals[u.ID] = new(book)
		d.byCode[u.ID] = make(map[string]View)
		d.own[u.ID] = make(map[string]View)
	}
	return d
}

// Units lists the tree of units in the order given.
func (d *Daybook) Units() []Unit { return d.tree.Units() }

// AddBook makes a book known. It keeps its counts but shows in no figure until Reveal, nor does a book of a unit that is
// not of the tree.
func (d *Daybook) AddBook(id BookID, key BookKey) {
	if _, known := d.counts[id]; !known {
		d.counts[id], d.keys[id] = new(book), key
	}
}

// Reveal lets books count in the figures of their units and of all units above them. A source's books are revealed when
// it was first read completely: half an import is no figure. Many at once cost much less than one by one.
func (d *Daybook) Reveal(ids ...BookID) {
	d.turns++
	var unsettled []*series
	for _, id := range ids {
		b, known := d.counts[id]
		if !known || b.rollUps != nil {
			continue
		}
		key := d.keys[id]
		for _, unit := range d.tree.Lineage(key.Unit) {
			if unit == key.Unit {
				d.own[unit][key.Procedure] = append(d.own[unit][key.Procedure], b)
			}
			total := d.totals[unit]
			b.rollUps = append(b.rollUps, total)
			d.byCode[unit][key.Procedure] = append(d.byCode[unit][key.Procedure], b)
			unsettled = total.include(b, unsettled)
		}
	}
	for _, s := range unsettled {
		s.settle()
		s.fit()
	}
	for _, id := range ids {
		if b, known := d.counts[id]; known {
			for _, s := range b.all {
				s.fit()
			}
		}
	}
}

// include adds the counts of a settled book, and appends the series that have to be settled for it.
func (b *book) include(other *book, unsettled []*series) []*series {
	for m, from := range other.all {
		if len(from.points) == 0 {
			continue
		}
		to := b.series(m)
		last := int32(0)
		for _, p := range from.points {
			if to.add(p.day, p.n-last) {
				unsettled = append(unsettled, to)
			}
			last = p.n
		}
	}
	return unsettled
}

// Apply adds deltas. Their books must be known; deltas of unknown books are not applied and counted in the result.
func (d *Daybook) Apply(deltas []Delta) (unknown int) {
	d.turns++
	var unsettled []*series
	add := func(b *book, delta Delta) {
		if s := b.series(delta.Measure); s.add(delta.Day, delta.N) {
			unsettled = append(unsettled, s)
		}
	}
	for _, delta := range deltas {
		b, known := d.counts[delta.Book]
		if !known {
			unknown++
			continue
		}
		add(b, delta)
		for _, total := range b.rollUps {
			add(total, delta)
		}
	}
	for _, s := range unsettled {
		s.settle()
	}
	return unknown
}

// Walk returns every count of every book, in the order of book, measure and day; it stops where yield returns false.
func (d *Daybook) Walk(yield func(Delta) bool) {
	for _, id := range slices.Sorted(maps.Keys(d.counts)) {
		for m, s := range d.counts[id].all {
			last := int32(0)
			for _, p := range s.points {
				if !yield(Delta{id, m, p.day, p.n - last}) {
					return
				}
				last = p.n
			}
		}
	}
}

// FirstCount returns the first day on which books have any count; 0 where they have none.
func (d *Daybook) FirstCount(ids ...BookID) (first Day) {
	for _, id := range ids {
		b, known := d.counts[id]
		if !known {
			continue
		}
		for _, s := range b.all {
			if len(s.points) > 0 && (first == 0 || s.points[0].day < first) {
				first = s.points[0].day
			}
		}
	}
	return first
}

// Unit returns the counts of a unit and all units below it.
func (d *Daybook) Unit(unit string) View {
	if total, known := d.totals[unit]; known {
		return View{total}
	}
	return nil
}

// Procedure returns the counts of one procedure in a unit and all units below it.
func (d *Daybook) Procedure(unit, code string) View { return d.byCode[unit][code] }

// OwnProcedures returns the counts of each procedure of a unit, without the units below it.
func (d *Daybook) OwnProcedures(unit string) map[string]View { return d.own[unit] }

// Procedures lists the codes that occur in a unit or below it, in order.
func (d *Daybook) Procedures(unit string) []string {
	return slices.Sorted(maps.Keys(d.byCode[unit]))
}

// series returns the series of a measure, making it where it is new.
func (b *book) series(m Measure) *series {
	if m < fixedMeasures {
		return &b.fixed[m]
	}
	hour := int32(m - measureHandling)
	i, found := slices.BinarySearch(b.hours, hour)
	if !found {
		b.hours = slices.Insert(b.hours, i, hour)
		b.spent = slices.Insert(b.spent, i, new(series))
	}
	return b.spent[i]
}

// all walks the series in the order of their measures.
func (b *book) all(yield func(Measure, *series) bool) {
	for m := range b.fixed {
		if !yield(Measure(m), &b.fixed[m]) {
			return
		}
	}
	for i, hour := range b.hours {
		if !yield(measureHandling+Measure(hour), b.spent[i]) {
			return
		}
	}
}

// upTo returns the sum of a fixed measure up to and including the day.
func (b *book) upTo(m Measure, day Day) int64 { return b.fixed[m].upTo(day) }

// eachHour returns, for each working hour that occurs in the days from and to (both included), how many dossiers took it.
func (b *book) eachHour(from, to Day, yield func(hour int32, n int64)) {
	for i, hour := range b.hours {
		if n := b.spent[i].upTo(to) - b.spent[i].upTo(from-1); n != 0 {
			yield(hour, n)
		}
	}
}
