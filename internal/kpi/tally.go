package kpi

// Tally has the columns of form II.06a/VPCP/KSTT (Circular 01/2020) for one unit, field or procedure and one period. The
// form has no place for dossiers without a due date nor for those withdrawn or stopped: they have columns of their own
// here, so that nothing is counted as what it is not.
type Tally struct {
	Total       int64 `json:"total"`        // (3) = (4) + (5) + (6)
	Online      int64 `json:"online"`       // (4)
	Counter     int64 `json:"counter"`      // (5), part
	Postal      int64 `json:"postal"`       // (5), part
	CarriedOver int64 `json:"carried_over"` // (6)
	Finished    int64 `json:"finished"`     // (7) = early + on time + late + undated
	Early       int64 `json:"early"`        // (8)
	OnTime      int64 `json:"on_time"`      // (9)
	Late        int64 `json:"late"`         // (10)
	Undated     int64 `json:"undated"`      // finished without a due date
	Exits       int64 `json:"exits"`        // withdrawn or stopped
	InProgress  int64 `json:"in_progress"`  // (11) = in time + overdue
	InTime      int64 `json:"in_time"`      // (12), with those paused or without a due date
	Overdue     int64 `json:"overdue"`      // (13)
	Paused      int64 `json:"paused"`       // of (12): waiting for the applicant
	OpenUndated int64 `json:"open_undated"` // of (12): without a due date
}

// Tally fills the form for a period.
func (v View) Tally(p Period) Tally {
	before, at := v.flowsUpTo(p.From-1), v.flowsUpTo(p.To)
	return at.since(&before, divide(v, p.To, at.open()))
}

// Tallies fills the form for several periods that all end on the same day, which is cheaper than one by one.
func (v View) Tallies(from []Day, to Day) []Tally {
	at := v.flowsUpTo(to)
	state := divide(v, to, at.open())
	tallies := make([]Tally, len(from))
	for i, day := range from {
		before := v.flowsUpTo(day - 1)
		tallies[i] = at.since(&before, state)
	}
	return tallies
}

// flows are the sums of all that was received and finished up to a day, by measure.
type flows [measureDue]int64

func (v View) flowsUpTo(day Day) flows {
	var f flows
	for _, b := range v {
		for m := range f {
			f[m] += b.fixed[m].upTo(day)
		}
	}
	return f
}

// open counts what was received and has not ended.
func (f *flows) open() (n int64) {
	for _, received := range f[:measureFinished] {
		n += received
	}
	for _, ended := range f[measureFinished:] {
		n -= ended
	}
	return n
}

// since fills the form for the days after before; state is that of the dossiers open at the end.
func (f *flows) since(before *flows, state OpenState) Tally {
	in := func(m Measure) int64 { return f[m] - before[m] }
	ended := func(t Timeliness) int64 { return in(finishedAs(t, Settled)) + in(finishedAs(t, Refused)) }
	t := Tally{
		Online:      in(receivedBy(Online)),
		Counter:     in(receivedBy(Counter)),
		Postal:      in(receivedBy(Postal)),
		CarriedOver: before.open(),
		Early:       ended(Early),
		OnTime:      ended(OnTime),
		Late:        ended(Late),
		Undated:     ended(Undated),
		InProgress:  state.Total(),
		InTime:      state.InTime + state.Paused + state.Undated,
		Overdue:     state.Overdue,
		Paused:      state.Paused,
		OpenUndated: state.Undated,
	}
	for timeliness := Early; timeliness <= Undated; timeliness++ {
		t.Exits += in(finishedAs(timeliness, Withdrawn)) + in(finishedAs(timeliness, Stopped))
	}
	t.Total = t.Online + t.Counter + t.Postal + t.CarriedOver
	t.Finished = t.Early + t.OnTime + t.Late + t.Undated
	return t
}

// Add adds the counts of another tally, for a field of several procedures.
func (t Tally) Add(o Tally) Tally {
	for _, c := range TallyColumns() {
		*c.field(&t) += *c.field(&o)
	}
	return t
}

// TallyColumn is one of the columns of the form.
type TallyColumn struct {
	Name  string // as machines read it; the same as in JSON
	Group string // received, finished or progress: the heading above it; empty where there is none
	field func(*Tally) *int64
}

// Of is what a tally has in the column.
func (c TallyColumn) Of(t Tally) int64 { return *c.field(&t) }

// TallyColumns lists all columns in the order of the form.
func TallyColumns() []TallyColumn {
	return []TallyColumn{
		{"total", "received", func(t *Tally) *int64 { return &t.Total }},
		{"online", "received", func(t *Tally) *int64 { return &t.Online }},
		{"counter", "received", func(t *Tally) *int64 { return &t.Counter }},
		{"postal", "received", func(t *Tally) *int64 { return &t.Postal }},
		{"carried_over", "received", func(t *Tally) *int64 { return &t.CarriedOver }},
		{"finished", "finished", func(t *Tally) *int64 { return &t.Finished }},
		{"early", "finished", func(t *Tally) *int64 { return &t.Early }},
		{"on_time", "finished", func(t *Tally) *int64 { return &t.OnTime }},
		{"late", "finished", func(t *Tally) *int64 { return &t.Late }},
		{"undated", "finished", func(t *Tally) *int64 { return &t.Undated }},
		{"exits", "", func(t *Tally) *int64 { return &t.Exits }},
		{"in_progress", "progress", func(t *Tally) *int64 { return &t.InProgress }},
		{"in_time", "progress", func(t *Tally) *int64 { return &t.InTime }},
		{"overdue", "progress", func(t *Tally) *int64 { return &t.Overdue }},
		{"paused", "progress", func(t *Tally) *int64 { return &t.Paused }},
		{"open_undated", "", func(t *Tally) *int64 { return &t.OpenUndated }},
	}
}

// Imbalance is by how many dossiers the form does not add up: received and carried over against finished, exits and in
// progress, plus every count that is below zero, which no dossier can explain. Zero while the books balance.
func (t Tally) Imbalance() int64 {
	gap := t.Total - (t.Finished + t.Exits + t.InProgress)
	broken := max(gap, -gap)
	gap = t.InProgress - (t.InTime + t.Overdue)
	broken += max(gap, -gap)
	for _, n := range []int64{t.Online, t.Counter, t.Postal, t.CarriedOver, t.Early, t.OnTime, t.Late, t.Undated, t.Exits,
		t.InTime - t.Paused - t.OpenUndated, t.Overdue, t.Paused, t.OpenUndated} {
		broken += max(-n, 0)
	}
	return broken
}
