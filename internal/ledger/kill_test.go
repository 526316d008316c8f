package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// killedLedger names the ledger into which this program, run as a child of the test, imports.
const killedLedger = "KPIAGENT_TEST_IMPORT_INTO"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedLedger); path != "" {
		if err := importStory(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	storyDossiers = 1500
	storyBatch    = 50
)

// storyRules need no test to make them.
func storyOptions(path string) (Options, error) {
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	return Options{Path: path, Units: ministry, KeptRejects: 100, KeptRuns: 20, Log: slog.New(slog.DiscardHandler),
		Rules: map[string]kpi.Rules{sourceA: {Calendar: calendar, Clock: kpi.PauseClock}}}, err
}

// chapters of the story: what the system holds at each read.
func chapter(n int) []kpi.Dossier {
	list := manyDossiers(storyDossiers)
	if n == 0 {
		return list
	}
	var left []kpi.Dossier
	for i, d := range list {
		if i%10 == 3 {
			continue // deleted
		}
		if i%2 == 0 {
			d.Procedure, d.Finished, d.Outcome = "1.000001", d.Received+86400, kpi.Withdrawn
		}
		if n == 2 && i%5 == 0 {
			d.Channel, d.Unit = kpi.Postal, "phong-a1"
		}
		left = append(left, d)
	}
	return left
}

// importStory reads three chapters as an agent reads a system: an import that goes on from its cursor, a complete read
// that starts over, and an incremental one. The state is "chapter done" or "chapter:rows".
func importStory(path string, report io.Writer) error {
	ctx := context.Background()
	o, err := storyOptions(path)
	if err != nil {
		return err
	}
	l, err := Open(ctx, o)
	if err != nil {
		return err
	}
	l.foldAt = foldLimits{bytes: 3000, changes: 10}
	for {
		state, _ := l.Plan(sourceA, "v1")
		n, at, complete := 0, 0, false
		switch {
		case state == "2 done":
			return l.Close()
		case strings.HasSuffix(state, " done"):
			n = int(state[0]-'0') + 1
		case state != "":
			n = int(state[0] - '0')
			if at, err = strconv.Atoi(state[2:]); err != nil {
				return err
			}
		}
		complete = n == 1
		r, err := l.Begin(ctx, sourceA, "v1", complete, time.Unix(int64(n), 0))
		if err != nil {
			return err
		}
		fmt.Fprintln(report, "running")
		list := chapter(n)
		for _, b := range inBatches(list[at:], storyBatch) {
			for i := range b.Records {
				b.Records[i].Changed += int64(n * 1_000_000)
			}
			if at += len(b.Records); !complete {
				b.State = fmt.Sprintf("%d:%d", n, at)
			}
			if err := r.Take(ctx, b); err != nil {
				return err
			}
		}
		if _, err := r.Finish(ctx, Ending{State: fmt.Sprintf("%d done", n), Complete: complete, Now: time.Unix(int64(n), 0)}); err != nil {
			return err
		}
	}
}

// Killed at any moment, as often as it may be, the import ends with exactly what the system holds.
func TestKilledAtAnyMoment(t *testing.T) {
	const enough = 50
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	kills, imports := 0, 0
	for kills < enough {
		if imports == 60 {
			t.Fatalf("%d imports were over before %d kills had landed: only %d did", imports, enough, kills)
		}
		path := filepath.Join(t.TempDir(), "so.db")
		patience, before := 80*time.Millisecond, ""
		for {
			killed := runAndKill(t, path, time.Duration(random.Int64N(int64(patience))))
			state := checkAfterKill(t, path)
			if !killed {
				break
			}
			if kills++; state == before {
				patience += patience / 4 // or a complete read would never come to its end
			}
			before = state
		}
		imports++
		checkEndOfStory(t, path)
	}
	t.Logf("%d kills in %d imports", kills, imports)
}

// runAndKill starts the import, lets it run for a while once it reads, and kills it. It says whether the kill came before
// the end.
func runAndKill(t *testing.T, path string, after time.Duration) (killed bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedLedger+"="+path)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err == nil {
		time.Sleep(after)
	}
	if err := child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	err = child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("the import failed: %v: %s", err, complaint.String())
	}
	return false
}

// checkAfterKill opens what the import has left.
func checkAfterKill(t *testing.T, path string) (state string) {
	t.Helper()
	o, err := storyOptions(path)
	if err != nil {
		t.Fatal(err)
	}
	l := opened(t, o)
	defer closed(t, l)
	wantSound(t, l)
	var rows int64
	if err := l.db.QueryRow("select count(*) from dossier").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if l.Count() != rows {
		t.Errorf("%d dossiers, counted as %d", rows, l.Count())
	}
	if t.Failed() {
		t.FailNow()
	}
	state, _ = l.Plan(sourceA, "v1")
	return fmt.Sprint(state, rows)
}

func checkEndOfStory(t *testing.T, path string) {
	t.Helper()
	o, err := storyOptions(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]kpi.Dossier{}
	for _, d := range chapter(2) {
		want[sourceA+" "+d.ID] = d
	}
	l := opened(t, o)
	defer closed(t, l)
	if diff := cmp.Diff(want, dossiersOf(t, l)); diff != "" {
		t.Fatalf("dossiers (-system +ledger):\n%s", diff)
	}
	if state, full := l.Plan(sourceA, "v1"); state != "2 done" || full {
		t.Errorf("state %q, full %t", state, full)
	}
}
