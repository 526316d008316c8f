package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

func TestDossiersBecomeFigures(t *testing.T) {
	l := opened(t, sampleOptions(t))
	got := complete(t, l, sourceA,
		rows(dossier("A1"), dossier("A2", settled(5)), dossier("A3", settled(20), by(kpi.Counter))),
		rows(dossier("A4", due(10), settled(12), by(kpi.Postal)), dossier("A5", due(10)), dossier("A6", in("phong-a1"), of("1.002"))))
	if diff := cmp.Diff(sourcelog.Summary{Rows: 6, Good: 6, Added: 6, ByReason: map[kpi.Reason]int64{}}, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"), settled(6))))
	want := map[string]string{
		"bo":       "received 7, finished 2/1/1, open 3, overdue 3",
		"cuc-a":    "received 6, finished 1/1/1, open 3, overdue 3",
		"phong-a1": "received 1, finished 0/0/0, open 1, overdue 1",
		"cuc-b":    "received 1, finished 1/0/0, open 0, overdue 0",
	}
	wantFigures(t, l, want)
	wantSound(t, l)
	l.Read(func(b *kpi.Books) {
		if got := b.Daybook.Procedures("bo"); !cmp.Equal(got, []string{"1.001", "1.002"}) {
			t.Errorf("procedures %v", got)
		}
	})
	if got := l.Count(); got != 7 {
		t.Errorf("%d dossiers", got)
	}

	l = reopened(t, l)
	wantFigures(t, l, want)
	wantSound(t, l)
}

func TestTheSameRowsAgainChangeNothing(t *testing.T) {
	l := opened(t, sampleOptions(t))
	batch := func() *kpi.Batch {
		return rows(dossier("A1"), dossier("A2", settled(5), waiting(3, 4)), dossier("A3", waiting(3, 0)))
	}
	complete(t, l, sourceA, batch())
	before := segmentCount(t, l)
	for _, got := range []sourcelog.Summary{complete(t, l, sourceA, batch()), incremental(t, l, sourceA, batch(), batch())} {
		if got.Added+got.Changed+got.Removed+got.Rejected != 0 {
			t.Errorf("the same rows again: %s", got)
		}
	}
	if after := segmentCount(t, l); after != before {
		t.Errorf("%d segments, before %d", after, before)
	}
	wantSound(t, l)
}

func TestChangesMoveFigures(t *testing.T) {
	const start = "received 1, finished 0/0/0, open 1, overdue 1"
	for _, test := range []struct {
		name  string
		now   *kpi.Dossier
		cucA  string
		cucB  string
		owner string
	}{
		{"settled in time", dossier("A1", settled(19)), "received 1, finished 1/0/0, open 0, overdue 0", "", ""},
		{"extended into April", dossier("A1", due(40)), "received 1, finished 0/0/0, open 1, overdue 0", "", ""},
		{"corrected to another channel", dossier("A1", by(kpi.Postal)), start, "", ""},
		{"moved to another procedure", dossier("A1", of("1.009")), start, "", ""},
		{"moved to another unit", dossier("A1", in("cuc-b")), "received 0, finished 0/0/0, open 0, overdue 0", start, ""},
		{"moved to a unit that is not of the tree", dossier("A1", in("elsewhere")), "received 0, finished 0/0/0, open 0, overdue 0", "", ""},
		{"received in April after all", dossier("A1", func(d *kpi.Dossier) { d.Received, d.Due = on(33), on(40) }), "received 0, finished 0/0/0, open 0, overdue 0", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			complete(t, l, sourceA, rows(dossier("A1")))
			wantFigures(t, l, map[string]string{"cuc-a": start})
			got := incremental(t, l, sourceA, rows(test.now))
			if got.Changed != 1 || got.Added != 0 {
				t.Errorf("summary: %s", got)
			}
			if test.cucB == "" {
				test.cucB = "received 0, finished 0/0/0, open 0, overdue 0"
			}
			want := map[string]string{"cuc-a": test.cucA, "cuc-b": test.cucB}
			wantFigures(t, l, want)
			l = reopened(t, l)
			wantFigures(t, l, want)
			wantSound(t, l)
			if diff := cmp.Diff(map[string]kpi.Dossier{sourceA + " A1": *test.now}, dossiersOf(t, l)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEverythingOfADossierIsKept(t *testing.T) {
	full := dossier("Số 1/2026 ‘đặc biệt’", settled(9), waiting(3, 4), waiting(5, 6), func(d *kpi.Dossier) {
		d.FeeDue, d.PaidOnline, d.InputDigitised, d.ResultElectronic, d.Satisfied = kpi.Yes, kpi.No, kpi.Yes, kpi.No, kpi.Yes
	})
	undated := dossier("A2", due(0), waiting(3, 0), func(d *kpi.Dossier) { d.Due, d.Received = 0, kpi.Date(1901, 5, 6).Stamp() })
	epoch := dossier("A3", func(d *kpi.Dossier) { d.Received, d.Due = kpi.Date(1970, 1, 1).Stamp(), kpi.Date(1970, 1, 1).Stamp() })
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(full, undated, epoch))
	want := map[string]kpi.Dossier{}
	for _, d := range []*kpi.Dossier{full, undated, epoch} {
		want[sourceA+" "+d.ID] = *d
	}
	if diff := cmp.Diff(want, dossiersOf(t, reopened(t, l))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Half an import is no figure: a source counts once its first read has ended well.
func TestASourceCountsOnceItsFirstReadIsComplete(t *testing.T) {
	l := opened(t, sampleOptions(t))
	nothing := map[string]string{"bo": "received 0, finished 0/0/0, open 0, overdue 0"}
	r := begun(t, l, sourceA, true)
	taken(t, r, rows(dossier("A1"), dossier("A2")), observations("cuc-a", "hai_long", map[int]float64{3: 10}))
	wantFigures(t, l, nothing)
	if _, ok := observed(l, "bo", "hai_long"); ok {
		t.Error("half an import shows an observation")
	}
	if n := len(dossiersOf(t, l)); n != 0 {
		t.Errorf("%d dossiers are behind no figure", n)
	}
	if err := r.Fail(context.Background(), context.DeadlineExceeded, noon); err != nil {
		t.Fatal(err)
	}
	l = reopened(t, l)
	wantFigures(t, l, nothing)
	if _, ok := observed(l, "bo", "hai_long"); ok {
		t.Error("half an import shows an observation after reopening")
	}
	incremental(t, l, sourceA, rows(dossier("A3")))
	wantFigures(t, l, map[string]string{"bo": "received 3, finished 0/0/0, open 3, overdue 3"})
	if v, _ := observed(l, "bo", "hai_long"); v != 10 {
		t.Errorf("observed %v", v)
	}
	wantSound(t, l)
}

// Within one read the later version wins, in whatever order and in how many batches the versions come.
func TestLaterVersionWinsInAnyOrder(t *testing.T) {
	versions := []kpi.Record{version(1, dossier("A1")), version(2, dossier("A1", due(25))), version(3, dossier("A1", settled(9)))}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1, 2, 0}} {
		for _, across := range []bool{false, true} {
			for _, known := range []bool{false, true} {
				l := opened(t, sampleOptions(t))
				if known {
					complete(t, l, sourceA, records(version(2, dossier("A1", by(kpi.Postal)))))
				}
				var list []kpi.Record
				var batches []*kpi.Batch
				for _, i := range order {
					list = append(list, versions[i])
					batches = append(batches, records(versions[i]))
				}
				if !across {
					batches = []*kpi.Batch{records(list...)}
				}
				got := complete(t, l, sourceA, batches...)
				if got.Rejected != 0 {
					t.Errorf("order %v, across batches %t, known %t: %s", order, across, known, got)
				}
				if diff := cmp.Diff(*dossier("A1", settled(9)), dossiersOf(t, l)[sourceA+" A1"]); diff != "" {
					t.Errorf("order %v, across batches %t, known %t (-want +got):\n%s", order, across, known, diff)
				}
				wantSound(t, l)
			}
		}
	}
}

// An older version is only older within one read: the next read says what the system holds now, restored from a backup
// or not.
func TestTheNextReadIsRightWhateverItsVersion(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, records(version(9, dossier("A1", settled(9)))))
	complete(t, l, sourceA, records(version(4, dossier("A1"))))
	wantFigures(t, l, map[string]string{"cuc-a": "received 1, finished 0/0/0, open 1, overdue 1"})
	wantSound(t, l)
}

// Two monthly files show A1. The newer row gets a typing error and is rejected: what is known stays, whichever row comes
// first. Where the newer row has vanished, the older one counts.
func TestARejectedNewerRowKeepsWhatIsKnown(t *testing.T) {
	older, newer := version(4, dossier("A1")), version(9, dossier("A1", settled(9)))
	bad := rejected("A1", kpi.BadDate, "{}")
	bad.Changed = 9
	badOld := rejected("A1", kpi.BadDate, "{}")
	badOld.Changed = 3
	settledOnTime, open := "received 1, finished 1/0/0, open 0, overdue 0", "received 1, finished 0/0/0, open 1, overdue 1"
	both := records(older)
	both.Rejects = rejects(bad).Rejects
	for _, test := range []struct {
		name    string
		batches []*kpi.Batch
		want    string
	}{
		{"in one batch", []*kpi.Batch{both}, settledOnTime},
		{"the older first", []*kpi.Batch{records(older), rejects(bad)}, settledOnTime},
		{"the rejected first", []*kpi.Batch{rejects(bad), records(older)}, settledOnTime},
		{"an older row is rejected, the newer is gone", []*kpi.Batch{records(older), rejects(badOld)}, open},
		{"the newer is gone", []*kpi.Batch{records(older)}, open},
		{"a still newer one is there", []*kpi.Batch{records(older), records(version(12, dossier("A1"))), rejects(bad)}, open},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			complete(t, l, sourceA, records(older, newer))
			complete(t, l, sourceA, test.batches...)
			wantFigures(t, l, map[string]string{"cuc-a": test.want})
			wantSound(t, l)
		})
	}
}

// One of each reason comes before a second of any, and names its file.
func TestFindingsBeginWithEachReason(t *testing.T) {
	l := opened(t, sampleOptions(t))
	batch := rows(dossier("A1"), dossier("A1", settled(9)))
	batch.Records[1].Origin = "b.csv"
	for row := range int64(3) {
		batch.Rejects = append(batch.Rejects, kpi.Reject{Row: row, ID: fmt.Sprint("B", row), Fault: kpi.Fault{Reason: kpi.BadDate}})
	}
	batch.Warnings = []kpi.Warned{{Row: 5, ID: "A1", Reason: kpi.LikeOtherID}}
	complete(t, l, sourceA, batch)
	var got []string
	for _, f := range findingsOf(t, l, sourceA) {
		got = append(got, f.Reason+f.Detail[max(0, len(f.Detail)-len(" (in b.csv)")):])
	}
	if diff := cmp.Diff([]string{"bad_date", "conflicting_row (in b.csv)", "like_other_id", "bad_date", "bad_date"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestContradictingRows(t *testing.T) {
	first, second := dossier("A1"), dossier("A1", settled(9))
	for name, batches := range map[string][]*kpi.Batch{
		"in one batch":   {rows(first, second, dossier("A2"))},
		"across batches": {rows(first, dossier("A2")), rows(second)},
	} {
		t.Run(name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			for range 2 { // and again, when both are known
				got := complete(t, l, sourceA, batches...)
				if got.Rejected != 1 || got.ByReason[kpi.ConflictingRow] != 1 {
					t.Errorf("%s %v", got, got.ByReason)
				}
				if diff := cmp.Diff(*first, dossiersOf(t, l)[sourceA+" A1"]); diff != "" {
					t.Errorf("the first stays (-want +got):\n%s", diff)
				}
				list := findingsOf(t, l, sourceA)
				if len(list) != 1 || list[0].Record != "A1" || list[0].Reason != "conflicting_row" || !strings.Contains(list[0].Raw, `"outcome":"settled"`) ||
					list[0].Detail != `an earlier row of the same read says otherwise (received 2026-03-02 09:00:00, due "2026-03-20 09:00:00", finished "") and neither is newer; the earlier one counts; `+
						"if the later one is newer, a change column has to say so" {
					t.Errorf("findings %+v", list)
				}
			}
		})
	}
}

// A bad row says nothing about its dossier: a good one in a later batch of the same read is taken.
func TestGoodRowAfterABadOneIsTaken(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2")))
	got := complete(t, l, sourceA, rejects(rejected("A1", kpi.BadDate, "{}")), rows(dossier("A1", settled(9)), dossier("A2")))
	if got.Changed != 1 || got.Rejected != 1 {
		t.Errorf("%s %v", got, got.ByReason)
	}
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 1/0/0, open 1, overdue 1"})
}

func TestIDOfAnotherUnit(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("123")))
	for range 2 {
		got := complete(t, l, sourceB, rows(dossier("123", in("cuc-b"), settled(4))))
		if got.Warned != 1 || got.Rejected != 0 {
			t.Errorf("%s", got)
		}
		want := []sourcelog.Finding{{Taken: true, Row: 1, Record: "123", Reason: "id_in_other_unit",
			Detail: "source cuc-a/mot-cua of unit cuc-a holds a dossier of the same id; each counts in its unit"}}
		if diff := cmp.Diff(want, findingsOf(t, l, sourceB)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	}
	wantFigures(t, l, map[string]string{
		"bo":    "received 2, finished 1/0/0, open 1, overdue 1",
		"cuc-a": "received 1, finished 0/0/0, open 1, overdue 1",
		"cuc-b": "received 1, finished 1/0/0, open 0, overdue 0",
	})
	if n := len(dossiersOf(t, l)); n != 2 {
		t.Errorf("%d dossiers", n)
	}
	wantSound(t, l)
}

// Two systems of one unit hold the same id: it may be the same dossier, counted twice.
func TestIDOfAnotherSourceOfTheSameUnit(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceA, rows(dossier("123")))
	got := complete(t, l, sourceB, rows(dossier("123", settled(4)), dossier("124")))
	if got.Warned != 1 || got.Rejected != 0 || got.Added != 2 {
		t.Errorf("%s", got)
	}
	want := []sourcelog.Finding{{Taken: true, Row: 1, Record: "123", Reason: "id_in_other_source",
		Detail: "source cuc-a/mot-cua of the same unit, cuc-a, holds a dossier of the same id; if it is the same dossier, it counts twice"}}
	if diff := cmp.Diff(want, findingsOf(t, l, sourceB)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	wantFigures(t, l, map[string]string{"cuc-a": "received 3, finished 1/0/0, open 2, overdue 2"})
	wantSound(t, l)
}

// One id used by two units of one source: only one of the two dossiers can be kept, and somebody has to know.
func TestIDOfAnotherUnitWithinOneRead(t *testing.T) {
	ofA, ofB := version(1, dossier("123")), version(2, dossier("123", in("cuc-b"), settled(4)))
	for _, test := range []struct {
		name   string
		read   []*kpi.Batch
		row    int64
		detail string
	}{
		{"the newer one later", []*kpi.Batch{records(ofA, ofB)}, 2, "an earlier row of the same read has this id in unit cuc-a; the newer one, of unit cuc-b, counts"},
		{"the newer one first", []*kpi.Batch{records(ofB, ofA)}, 2, "an earlier row of the same read has this id in unit cuc-b and is newer: it counts, this one, of unit cuc-a, does not"},
		{"in two batches", []*kpi.Batch{records(ofA), records(ofB)}, 1, "an earlier row of the same read has this id in unit cuc-a; the newer one, of unit cuc-b, counts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			got := complete(t, l, sourceA, test.read...)
			if got.Warned != 1 || got.Rejected != 0 || got.Added != 1 {
				t.Errorf("%s", got)
			}
			want := []sourcelog.Finding{{Taken: true, Row: test.row, Record: "123", Reason: "id_in_other_unit", Field: "unit",
				Detail: test.detail + "; if they are two dossiers, make the id of unit and number (id: {columns: [...], join: \"-\"}), or read each unit with a source of its own"}}
			if diff := cmp.Diff(want, findingsOf(t, l, sourceA)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			wantFigures(t, l, map[string]string{"bo": "received 1, finished 1/0/0, open 0, overdue 0"})
			wantSound(t, l)
		})
	}
	t.Run("a transfer between two reads is none", func(t *testing.T) {
		l := opened(t, sampleOptions(t))
		complete(t, l, sourceA, records(ofA))
		if got := complete(t, l, sourceA, records(ofB)); got.Warned != 0 || got.Changed != 1 {
			t.Errorf("%s", got)
		}
	})
}

func TestSourcesThatAreNotConfiguredShowInNoFigure(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1")))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))), observations("cuc-b", "hai_long", map[int]float64{3: 10}))
	closed(t, l)

	without := o
	without.Rules = map[string]kpi.Rules{sourceA: o.Rules[sourceA]}
	l = opened(t, without)
	wantFigures(t, l, map[string]string{"bo": "received 1, finished 0/0/0, open 1, overdue 1", "cuc-b": "received 0, finished 0/0/0, open 0, overdue 0"})
	if _, ok := observed(l, "bo", "hai_long"); ok {
		t.Error("its observation shows")
	}
	if n := len(dossiersOf(t, l)); n != 1 {
		t.Errorf("%d dossiers behind the figures", n)
	}
	if got := complete(t, l, sourceA, rows(dossier("B1"))); got.Warned != 0 {
		t.Errorf("a source that counts nowhere is no second owner of the id: %s", got)
	}
	complete(t, l, sourceA, rows(dossier("A1"), dossier("B1")))
	if _, err := l.Begin(context.Background(), sourceB, "v1", true, noon); err == nil || err.Error() != "ledger "+o.Path+": source cuc-b/cong is not configured" {
		t.Errorf("error %v", err)
	}
	wantSound(t, l)
	closed(t, l)

	l = opened(t, o) // nothing was lost
	wantFigures(t, l, map[string]string{"cuc-b": "received 1, finished 0/0/0, open 1, overdue 1"})
	wantSound(t, l)
}

// A batch that fails leaves no trace, and the next one goes in.
func TestAFailedBatchLeavesNoTrace(t *testing.T) {
	l := opened(t, sampleOptions(t))
	r := begun(t, l, sourceA, true)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	err := r.Take(ended, rows(dossier("A1", of("1.777"))))
	if err == nil || !strings.Contains(err.Error(), "take 1 rows of cuc-a/mot-cua: context canceled") {
		t.Errorf("error %v", err)
	}
	taken(t, r, rows(dossier("A1", of("1.778"))))
	finished(t, r, Ending{Complete: true})
	l.Read(func(b *kpi.Books) {
		if got := b.Daybook.Procedures("bo"); !cmp.Equal(got, []string{"1.778"}) {
			t.Errorf("procedures %v", got)
		}
	})
	wantSound(t, reopened(t, l))
}
