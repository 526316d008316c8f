package agent

import (
	"context"
	"kpiagent/internal/sourcelog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is told of a source: before it was read, after a good read, after a failed one, and by an agent that starts anew.
func TestSourcesTellTheirState(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a, err := New(t.Context(), s.model(twoReports), s.surroundings())
	if err != nil {
		t.Fatal(err)
	}
	want := sourcelog.Status{Unit: "hoachat", ID: "baocao", Name: "hoachat/baocao", Kind: "file", Record: "dossier", Schedule: "@every 1s", StaleAfter: 24 * time.Hour}
	check := func(a *Agent, when string) {
		t.Helper()
		if diff := cmp.Diff(want, a.Sources()[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check(a, "before the first read")
	collect(t, a, CollectOptions{})
	read := s.now
	want.Up, want.LastRun, want.LastSuccess = true, read, read
	check(a, "after a read")

	if err := os.Remove(filepath.Join(s.folder, "hoachat.csv")); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	if _, err := a.Collect(t.Context(), CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	want.Up, want.LastRun = false, s.now
	check(a, "after a failed read")

	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = s.agent(twoReports)
	want.LastRun, want.LastSuccess = want.LastRun.Local(), want.LastSuccess.Local()
	check(a, "after a start")
}

// A running agent tells when each source is read next.
func TestNextRunIsKnown(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	eventually(t, "a next run", func() bool { return !a.Sources()[0].NextRun.IsZero() })
	if next := time.Until(a.Sources()[1].NextRun); next > 2*time.Second {
		t.Errorf("the next run is in %s, on a schedule of each second", next)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if next := a.Sources()[0].NextRun; !next.IsZero() {
		t.Errorf("the next run is at %s in an agent that has stopped", next)
	}
}

// eventually waits until something holds that happens elsewhere.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("there never was %s", what)
}
