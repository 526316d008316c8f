package kpi

import (
	"math/rand/v2"
	"testing"
)

// No KPI has a figure for a time before there was anything of what it is made of: a stock of 0 dossiers or procedures is
// a figure only from the first day of data on.
func TestNoFigureBeforeTheFirstData(t *testing.T) {
	catalogue, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	count := func(id string, terms ...Term) Definition {
		return Definition{ID: id, Kind: KindCount, Numerator: terms, NoData: NoDataZero}
	}
	catalogue = append(catalogue,
		count("procedures", Term{Count: CountProcedures}), count("full", Term{Count: CountProcedures, Level: []string{"full"}}),
		count("level_4", Term{Count: CountProcedures, Level: []string{"4"}}), count("open", Term{Count: "open"}), count("received", Term{Count: "received"}),
		count("groups", Term{Count: CountObservation, Measure: "groups"}),
		Definition{ID: "share", Kind: KindShare, Numerator: []Term{{Count: "finished"}}, Denominator: []Term{{Count: "received"}}, NoData: NoDataFull})
	units := []Unit{{ID: "root"}, {ID: "leaf", Parent: "root"}, {ID: "empty", Parent: "root"}}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		received, registered, reported := Date(2026, 1, 1)+Day(r.IntN(120)), Date(2026, 1, 1)+Day(r.IntN(120)), Date(2026, 1, 1)+Day(r.IntN(120))
		b := Books{Daybook: NewDaybook(units), Observed: NewObserved(units, []string{"groups"}),
			Register: NewRegister(units, []Procedure{{Unit: "leaf", Code: "1", Online: "full", From: registered}, {Unit: "leaf", Code: "2", Level: 4, From: registered + 40}})}
		b.Daybook.AddBook(1, BookKey{Source: "leaf/s", Unit: "leaf", Procedure: "1"})
		b.Daybook.Reveal(1)
		var deltas Deltas
		deltas.Put(1, Rules{}, &Dossier{ID: "1", Unit: "leaf", Procedure: "1", Channel: Online, Received: received.Stamp(), Due: (received + 3).Stamp()})
		b.Daybook.Apply(deltas.Sum())
		b.Observed.Set(ObservationKey{Source: "leaf/s", Unit: "leaf", Measure: "groups"}, reported, 4)
		first := func(def Definition) Day {
			switch {
			case def.ID == "level_4", def.ID == "service_level_share":
				return registered + 40
			case def.OfProcedures():
				return registered
			case def.OfDossiers():
				return received
			case def.ID == "groups":
				return reported
			}
			return endOfTime // nobody reports it
		}
		for _, def := range catalogue {
			for _, unit := range []string{"root", "leaf", "empty"} {
				for day := Date(2025, 10, 15); day < Date(2026, 10, 1); day += 9 {
					p := PeriodOf(PeriodMonth, day, CutCalendar)
					f := b.Figure(def, unit, p)
					if f.OK && (unit == "empty" || p.To < first(def)) {
						t.Fatalf("seed %d: %s of %s is %v in %s, before its first data", seed, def.ID, unit, f.Value, p.Label)
					}
					stock := def.Kind == KindCount && first(def) != endOfTime
					if stock && unit != "empty" && p.To >= first(def) && !f.OK {
						t.Fatalf("seed %d: there is no %s of %s in %s, after its first data", seed, def.ID, unit, p.Label)
					}
				}
			}
		}
	}
}

// The register says at which level each procedure is today, which is no answer for a month that is over.
func TestLevelsOfAClosedMonthAreNotKnown(t *testing.T) {
	units := []Unit{{ID: "u"}}
	today, err := ParseDay("2026-12-01")
	if err != nil {
		t.Fatal(err)
	}
	books := (&Books{Daybook: NewDaybook(units), Observed: NewObserved(units, nil),
		Register: NewRegister(units, []Procedure{{Unit: "u", Code: "1", Level: 4}, {Unit: "u", Code: "2", Level: 2}})}).On(today)
	def := Definition{ID: "service_level_share", Kind: KindShare, Numerator: []Term{{Count: CountProcedures, Level: []string{"3", "4"}}},
		Denominator: []Term{{Count: CountProcedures}}}
	for label, known := range map[string]bool{"2026-10": false, "2026-11": false, "2026-12": true, "2026": true, "2025": false, "2026-12-01": true, "2026-11-30": false} {
		p, err := ParsePeriod(label, today, CutCalendar)
		if err != nil {
			t.Fatal(err)
		}
		f := books.Figure(def, "u", p)
		if f.OK != known || known && f.Value != 0.5 {
			t.Errorf("%s: %v, %v", label, f.OK, f.Value)
		}
		if n, d := books.Reported(def, books.Daybook.Unit("u"), "u", p); n != known || d != known {
			t.Errorf("%s: reported %v, %v", label, n, d)
		}
	}
}
