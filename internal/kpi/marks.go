package kpi

// MarkDef is a yes-or-no fact that a dossier may carry, and what it counts. A new one is an entry of the table marks, a field of
// Dossier, and the field of config.Mapping that documents its key.
type MarkDef struct {
	// ID is its key in a mapping: fee_due.
	ID string
	// In is where a dossier has it.
	In func(d *Dossier) *Mark

	counts []markCount
}

// markCount is what catalogues name as a count of dossiers with a mark.
type markCount struct {
	name    string
	measure Measure
	atEnd   bool // it is counted on the day of the end; else on that of receipt
	holds   func(d *Dossier) bool
}

// marks are all of them. The ledger stores them by their place, so that new ones come last.
var marks = []MarkDef{
	{"fee_due", func(d *Dossier) *Mark { return &d.FeeDue }, []markCount{
		{"fee_due", measureFeeDue, false, func(d *Dossier) bool { return d.FeeDue == Yes }},
	}},
	{"paid_online", func(d *Dossier) *Mark { return &d.PaidOnline }, []markCount{
		{"paid_online", measurePaidOnline, false, func(d *Dossier) bool { return d.FeeDue == Yes && d.PaidOnline == Yes }},
	}},
	{"input_digitised", func(d *Dossier) *Mark { return &d.InputDigitised }, []markCount{
		{"input_known", measureInputKnown, false, func(d *Dossier) bool { return d.InputDigitised != Unknown }},
		{"input_digitised", measureInputDigitised, false, func(d *Dossier) bool { return d.InputDigitised == Yes }},
	}},
	{"result_electronic", func(d *Dossier) *Mark { return &d.ResultElectronic }, []markCount{
		{"result_known", measureResultKnown, true, func(d *Dossier) bool { return d.Outcome == Settled && d.ResultElectronic != Unknown }},
		{"result_electronic", measureResultElectronic, true, func(d *Dossier) bool { return d.Outcome == Settled && d.ResultElectronic == Yes }},
	}},
	{"satisfied", func(d *Dossier) *Mark { return &d.Satisfied }, []markCount{
		{"rated", measureRated, true, func(d *Dossier) bool { return d.Satisfied != Unknown }},
		{"satisfied", measureSatisfied, true, func(d *Dossier) bool { return d.Satisfied == Yes }},
	}},
}

// Marks returns the yes-or-no facts that a dossier may carry, in an order that only grows.
func Marks() []MarkDef { return marks }

// Counts returns what the terms of a KPI can count, in the order of the reference.
func Counts() []string {
	names := []string{"received", "finished", "open", "overdue_open"}
	for _, m := range marks {
		for _, c := range m.counts {
			names = append(names, c.name)
		}
	}
	return append(names, CountProcedures, CountObservation)
}

// markMeasure finds the measure of a count of marks.
func markMeasure(count string) (Measure, bool) {
	for _, m := range marks {
		for _, c := range m.counts {
			if c.name == count {
				return c.measure, true
			}
		}
	}
	return 0, false
}

// appendMarks appends what the marks of a dossier count on the day of receipt, or on that of its end.
func appendMarks(buf []Entry, d *Dossier, atEnd bool, day Day) []Entry {
	for i := range marks {
		for k := range marks[i].counts {
			if c := &marks[i].counts[k]; c.atEnd == atEnd && c.holds(d) {
				buf = append(buf, Entry{c.measure, day})
			}
		}
	}
	return buf
}
