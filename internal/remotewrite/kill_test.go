package remotewrite_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/testserver"
)

// victim is the variable that has the test binary be an agent, to be killed; it holds what that needs.
const victim = "KPIAGENT_TEST_REMOTE_WRITE"

// order is what the agent to be killed is told.
type order struct {
	Config config.RemoteWrite
	From   time.Time
}

func TestMain(m *testing.M) {
	if text := os.Getenv(victim); text != "" {
		if err := publishUntilKilled(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// publishUntilKilled publishes a page of each minute, and says which when it is done.
func publishUntilKilled(text string) error {
	var told order
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		return err
	}
	around := outbound.Env{Now: time.Now}
	s := remotewrite.New(around, slog.New(slog.DiscardHandler))
	if err := s.Apply(told.Config, around); err != nil {
		return err
	}
	for at := told.From; ; at = at.Add(time.Minute) {
		page := map[string]float64{}
		for i := range 25 {
			page[fmt.Sprintf(`egov_kpi_value{kpi="k%d"}`, i)] = float64(at.Unix())
		}
		s.Record(at, expositiontest.Samples(page), expositiontest.Samples(nil), true)
		if _, err := fmt.Println(at.Unix()); err != nil {
			return err
		}
		time.Sleep(3 * time.Millisecond)
	}
}

// The agent is killed again and again: each page that it had published is in the store, once.
func TestKilledAgentsLoseNothing(t *testing.T) {
	server := testserver.PrometheusStore(t, "global: {}\n")
	r := newRig(t, store("main", server.URL))
	at := time.Now().Add(-24 * time.Hour).Truncate(time.Minute)
	var published []int64
	for round := range 6 {
		content, err := json.Marshal(order{r.config, at})
		if err != nil {
			t.Fatal(err)
		}
		agent := exec.CommandContext(t.Context(), os.Args[0])
		agent.Env = append(os.Environ(), victim+"="+string(content))
		agent.Stderr = os.Stderr
		output, err := agent.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(output)
		for range 20 + 7*round {
			if !lines.Scan() {
				t.Fatal("the agent ended by itself")
			}
			second, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			published = append(published, second)
		}
		if err := agent.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died
			if second, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				published = append(published, second)
			}
		}
		_ = agent.Wait() // it was killed
		at = time.Unix(published[len(published)-1], 0).Add(2 * time.Minute)
	}
	r.start()
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(0))
	for name, points := range stored(t, server.URL) {
		var seconds []int64
		for _, p := range points {
			seconds = append(seconds, p.Second)
		}
		missing := slices.DeleteFunc(slices.Clone(published), func(second int64) bool { return slices.Contains(seconds, second) })
		if len(missing) > 0 {
			t.Errorf("%s: %d pages are missing, the first is of %d", name, len(missing), missing[0])
		}
		if len(slices.Compact(slices.Clone(seconds))) != len(seconds) {
			t.Errorf("%s: some pages are there twice", name)
		}
	}
	if n := len(stored(t, server.URL)); n != 26 {
		t.Errorf("%d series, want 26", n)
	}
}
