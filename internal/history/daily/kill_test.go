package daily

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kpiagent/internal/exposition"
	"kpiagent/internal/ledger"
)

// killedStore names the folder with the ledger and the store into which this program, run as a child of the test, writes.
const killedStore = "KPIAGENT_TEST_PAST_OF"

func TestMain(m *testing.M) {
	if folder := os.Getenv(killedStore); folder != "" {
		if err := writeStory(folder, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writeStory brings a store up to date, as often as it may be told to begin again.
func writeStory(folder string, report io.Writer) error {
	ctx := context.Background()
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		return err
	}
	o, err := ledgerOptions(filepath.Join(folder, "so.db"), zone)
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, o)
	if err != nil {
		return err
	}
	defer l.Close()
	moment, err := storyMoment(zone)
	if err != nil {
		return err
	}
	s, err := Open(Options{Folder: filepath.Join(folder, "past"), Workers: 2, ProcedureDays: 100, Now: time.Now, Log: quiet()})
	if err != nil {
		return err
	}
	fmt.Fprintln(report, "writing")
	_, err = s.Write(ctx, sourceOf(l, &moment), 0, 0, nil)
	return errors.Join(err, s.Close())
}

// Killed at any moment, as often as it may be, no day is lost and none is doubled; and what was corrected before is right in
// the end.
func TestKilledAtAnyMoment(t *testing.T) {
	const enough = 20
	m := newMinistry(t)
	moment, err := storyMoment(m.moment.Zone)
	if err != nil {
		t.Fatal(err)
	}
	m.moment = moment
	folder := filepath.Dir(m.path)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	m.register(procedures("Thủ tục")...)
	for i := range 60 {
		id := fmt.Sprint(i)
		m.holds[oneStop][id] = randomDossier(random, id, "xnk", start, moment.Today)
	}
	kills, rounds := 0, 0
	for ; kills < enough && rounds < 40; rounds++ {
		id := fmt.Sprint(random.IntN(60)) // a correction, sometimes of long ago
		m.holds[oneStop][id] = randomDossier(random, id, "xnk", start, moment.Today)
		m.readAll(oneStop)
		if err := m.ledger.Close(); err != nil {
			t.Fatal(err)
		}
		for patience := 60 * time.Millisecond; runAndKill(t, folder, time.Duration(random.Int64N(int64(patience)))); kills++ {
			patience += patience / 4
			wantEachDayOnce(t, filepath.Join(folder, "past"))
		}
		m.reopen()
		s := open(t, Options{Folder: filepath.Join(folder, "past"), ProcedureDays: 100})
		same(t, fmt.Sprintf("after %d kills", kills), m.anewWith(100), dump(t, s))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kills < enough {
		t.Errorf("only %d kills have landed in %d rounds", kills, rounds)
	}
	t.Logf("%d kills in %d rounds", kills, rounds)
}

// wantEachDayOnce opens what a killed process has left: each block has exactly the days that it should have.
func wantEachDayOnce(t *testing.T, folder string) {
	t.Helper()
	log := new(strings.Builder)
	s := open(t, Options{Folder: folder, Log: textLog(log)})
	if log.Len() > 0 {
		t.Fatalf("a kill looks like damage: %s", log)
	}
	first, last := s.Extent()
	there := map[int64]bool{}
	for _, samples := range dump(t, s) { // which fails where a sample is there twice
		for at := range samples {
			there[at] = true
		}
	}
	months, blocks := map[month]bool{}, 0
	s.mu.RLock()
	for p := range s.manifest.Blocks {
		months[p.month] = months[p.month] || p.part == exposition.OfUnits
		blocks++
	}
	s.mu.RUnlock()
	for day := first; day <= last && first != 0; day++ {
		at, _ := EndOf(day, location(t, "Asia/Ho_Chi_Minh"))
		if there[at] != months[monthOf(day)] {
			t.Fatalf("%s: its month is there: %t, the day: %t", day, months[monthOf(day)], there[at])
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) > blocks+1 {
		t.Fatalf("%d entries are left in the folder for %d blocks: %v", len(entries), blocks, entries)
	}
}

// runAndKill starts the writing, lets it run for a while, and kills it. It says whether the kill came before the end.
func runAndKill(t *testing.T, folder string, after time.Duration) (killed bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedStore+"="+folder)
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
		t.Fatalf("the writing failed: %v: %s", err, complaint.String())
	}
	return false
}
