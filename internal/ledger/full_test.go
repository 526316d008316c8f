package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// The disk is full in the middle of an import: nothing is half there, and with more room the import goes on to its end.
func TestDiskFull(t *testing.T) {
	o := sampleOptions(t)
	list := manyDossiers(1500)
	ctx := context.Background()
	full := 0
	for o.MaxPages = 30; ; o.MaxPages += 12 {
		l := opened(t, o)
		wantSound(t, l)
		state, _ := l.Plan(sourceA, "v1")
		at, _ := strconv.Atoi(state)
		err := importFrom(ctx, l, list, at)
		if err == nil {
			closed(t, l)
			break
		}
		full++
		want := fmt.Sprintf("ledger %s: take 100 rows of %s: the disk is full: make room; nothing was lost and the next run goes on where this one stopped (database or disk is full (13))", o.Path, sourceA)
		if !errors.Is(err, ErrFull) || err.Error() != want && full > 1 {
			t.Fatalf("error\n%v\nwant\n%s", err, want)
		}
		wantSound(t, l) // the ledger that has met it
		if again, _ := l.Plan(sourceA, "v1"); at > 0 && again < state {
			t.Errorf("state %q after %q", again, state)
		}
		closed(t, l)
	}
	if full < 3 {
		t.Fatalf("the disk was full %d times only", full)
	}
	o.MaxPages = 0
	l := opened(t, o)
	want := map[string]kpi.Dossier{}
	for _, d := range list {
		want[sourceA+" "+d.ID] = d
	}
	if diff := cmp.Diff(want, dossiersOf(t, l)); diff != "" {
		t.Errorf("dossiers (-want +got):\n%s", diff)
	}
	wantSound(t, l)
}

func importFrom(ctx context.Context, l *Ledger, list []kpi.Dossier, at int) error {
	r, err := l.Begin(ctx, sourceA, "v1", at == 0, noon)
	if err != nil {
		return err
	}
	for _, b := range inBatches(list[at:], 100) {
		at += len(b.Records)
		b.State = fmt.Sprintf("%06d", at)
		if err := r.Take(ctx, b); err != nil {
			_ = r.Fail(ctx, err, noon) // this may find no room either
			return err
		}
	}
	_, err = r.Finish(ctx, Ending{State: "end", Now: noon})
	return err
}

// A ledger that meets a full disk takes the same batch once there is room, without being opened again.
func TestRoomAgain(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	list := manyDossiers(2000)
	batches := inBatches(list, 1000)
	r := begun(t, l, sourceA, true)
	taken(t, r, batches[0])
	if _, err := l.conn.ExecContext(context.Background(), "pragma max_page_count = 1"); err != nil { // no page more than now
		t.Fatal(err)
	}
	if err := r.Take(context.Background(), batches[1]); !errors.Is(err, ErrFull) {
		t.Fatalf("error %v", err)
	}
	if _, err := l.conn.ExecContext(context.Background(), "pragma max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	taken(t, r, batches[1])
	if got := finished(t, r, Ending{Complete: true}); got.Added != 2000 || got.Rejected != 0 {
		t.Errorf("%s", got)
	}
	wantSound(t, l)
	wantSound(t, reopened(t, l))
}
