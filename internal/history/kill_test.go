package history_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	markers "github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/history"
)

// What this program does when it is run as a child of the test: it writes the minutes from the given one on into a folder.
const killedFolder, killedFrom = "KPIAGENT_TEST_WRITE_INTO", "KPIAGENT_TEST_WRITE_FROM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedFolder); dir != "" {
		from, err := strconv.Atoi(os.Getenv(killedFrom))
		if err == nil {
			err = writeMinutes(dir, from, os.Stdout)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeMinutes writes a page for each minute after noon, as fast as it can, so that blocks are being made all the time, and
// reports each. It does not end.
func writeMinutes(dir string, from int, report io.Writer) error {
	minute := from
	now := func() time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	h, err := history.Open(context.Background(), history.Options{Path: dir, Interval: time.Minute, Detail: 4000 * 24 * time.Hour, Late: time.Hour,
		Lookback: time.Hour, Location: time.UTC, Limits: history.Limits{Samples: 1000, Series: 10, Timeout: time.Second, AtOnce: 1}, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	for ; ; minute++ {
		figures := map[string]float64{}
		for unit := range 10 {
			figures[fmt.Sprintf(`egov_kpi_value{unit="unit_%d"}`, unit)] = float64(minute)
		}
		h.Record(now(), expositiontest.Samples(figures), expositiontest.Samples(nil), true)
		if why := h.Problem(); why != "" {
			return fmt.Errorf("minute %d: %s", minute, why)
		}
		fmt.Fprintln(report, minute)
	}
}

// An agent that is killed, again and again while it makes blocks, has every sample that it had written, and each once.
func TestKilledWhileBlocksAreMade(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 5
	}
	s := newSite(t)
	last := -1
	for range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killedFolder+"="+s.dir, killedFrom+"="+strconv.Itoa(last+1))
		output, err := child.StdoutPipe()
		check(t, err)
		var complaint strings.Builder
		child.Stderr = &complaint
		check(t, child.Start())
		after := last + 200 + rand.IntN(400)
		written := bufio.NewScanner(output)
		for written.Scan() {
			if last, err = strconv.Atoi(written.Text()); err != nil {
				t.Fatal(err)
			}
			if last == after {
				check(t, child.Process.Kill())
			}
		}
		_ = child.Wait() // it was killed
		if complaint.Len() > 0 {
			t.Fatal(complaint.String())
		}
	}
	s.now = noon.Add(time.Duration(last+1) * time.Minute)
	s.open()
	if len(s.blocks()) == 0 {
		t.Error("no block was made")
	}
	q, err := s.Queryable().Querier(0, noon.AddDate(1, 0, 0).UnixMilli())
	check(t, err)
	defer q.Close()
	found := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "egov_kpi_value"))
	series := 0
	for found.Next() {
		series++
		next := 0
		for it := found.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
			at, v := it.At()
			if markers.IsStaleNaN(v) {
				continue // each start ended what the killed one had left
			}
			if want := noon.Add(time.Duration(next) * time.Minute).UnixMilli(); at != want || v != float64(next) {
				t.Fatalf("%s: %v at %d, want %d at %d", found.At().Labels(), v, at, next, want)
			}
			next++
		}
		if next != last+1 && next != last+2 { // the one after the last report may have been written too
			t.Errorf("%s: %d minutes, want %d", found.At().Labels(), next, last+1)
		}
	}
	if series != 10 || found.Err() != nil {
		t.Errorf("%d series, %v", series, found.Err())
	}
}
