package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/testserver"
)

// What a store has of the agent is what the agent's page shows; a store that a reload brings gets it, too.
func TestSeriesReachStores(t *testing.T) {
	first, second := testserver.VictoriaMetrics(t), testserver.PrometheusStore(t, "global: {}\n")
	stores := func(names ...string) string {
		text := "\nremote_write:\n  interval: 1s\n  stores:\n"
		for _, name := range names {
			base := map[string]string{"victoria": first.URL, "prometheus": second.URL}[name]
			text += fmt.Sprintf("    - {name: %s, url: %s/api/v1/write, retry_wait: 100ms}\n", name, base)
		}
		return text
	}
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("kpiagent.yml", string(content)+stores("victoria"))
	out, address := new(screen), freeAddress(t)
	p := process{out: out, err: out, now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- p.execute(ctx, []string{"run", "--config", filepath.Join(c.folder, "kpiagent.yml"), "--web.listen-address", address})
	}()
	defer func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d:\n%s", code, out)
		}
	}()
	waitFor(t, "the agent", func() bool { return strings.Contains(out.String(), "msg=ready") })
	sameAsPage(t, address, first.URL)
	c.write("kpiagent.yml", string(content)+stores("victoria", "prometheus")) // the agent watches it
	sameAsPage(t, address, second.URL)
	sameAsPage(t, address, first.URL)
	waitFor(t, "the page that says that the second store takes samples", func() bool {
		return strings.Contains(get(t, "http://"+address+"/metrics"), `egov_remote_write_up{store="prometheus"} 1`)
	})
}

// check --live says of each store whether it would take samples, and with --source asks none.
func TestCheckAsksStores(t *testing.T) {
	store := testserver.VictoriaMetrics(t)
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	stores := "\nremote_write:\n  stores:\n    - {name: kho, url: " + store.URL + "/api/v1/write}\n"
	c.write("kpiagent.yml", string(content)+stores)
	if code := c.run("check --live"); code != 0 || !strings.HasSuffix(took.ReplaceAllString(c.out.String(), "TIME"), "\nremote_write kho (TIME)\n  it takes samples\n") {
		t.Errorf("exit %d, it says:\n%s%s", code, &c.out, &c.err)
	}
	c.write("kpiagent.yml", string(content)+stores+"    - {name: cu, url: "+store.URL+"/api/v1/wright}\n")
	if code := c.run("check --live"); code != 1 || !strings.Contains(c.out.String(), "  failed: it answers 400 Bad Request") || !strings.Contains(c.out.String(), "correct url: it ends in /api/v1/write") ||
		!strings.Contains(c.err.String(), "1 of 2 stores of remote_write would take no samples") {
		t.Errorf("exit %d, it says:\n%s%s", code, &c.out, &c.err)
	}
	if code := c.run("check --live --source hoachat/baocao"); code != 0 || strings.Contains(c.out.String(), "remote_write") {
		t.Errorf("exit %d, it says:\n%s%s", code, &c.out, &c.err)
	}
}

// nearly takes values for equal that VictoriaMetrics does: it keeps 12 digits.
var nearly = cmp.Comparer(equalNearly)

func equalNearly(a, b float64) bool { return math.Abs(a-b) <= 1e-11*math.Abs(a) }

// sameAsPage waits until a store has the figures of the page, and nothing else of that kind.
func sameAsPage(t *testing.T, address, base string) {
	t.Helper()
	var diff string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		page := get(t, "http://"+address+"/metrics")
		want := map[string]float64{}
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "egov_kpi") || strings.HasPrefix(line, "egov_dossiers") || strings.HasPrefix(line, "egov_source_up") {
				cut := strings.LastIndexByte(line, ' ')
				want[ordered(line[:cut])] = asNumber(t, line[cut+1:])
			}
		}
		get(t, base+"/internal/force_flush")
		if diff = cmp.Diff(want, present(t, base), nearly); diff == "" && len(want) > 50 {
			return
		}
	}
	t.Fatalf("the store %s does not have what the page has (-page +store):\n%s", base, diff)
}

// present gives the figures that a store has now.
func present(t *testing.T, base string) map[string]float64 { return presentAt(t, base, "kpiagent", "") }

// presentAt gives the figures that a store has of an instance at a time; none is now.
func presentAt(t *testing.T, base, instance, at string) map[string]float64 {
	t.Helper()
	query := url.Values{"query": {`{__name__=~"egov_(kpi|dossiers).*|egov_source_up",job="kpiagent",instance="` + instance + `"}`}}
	if at != "" {
		query.Set("time", at)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(get(t, base+"/api/v1/query?"+query.Encode())), &answer); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, s := range answer.Data.Result {
		name := s.Metric["__name__"]
		for _, l := range []string{"__name__", "job", "instance"} {
			delete(s.Metric, l)
		}
		var pairs []string
		for _, l := range slices.Sorted(maps.Keys(s.Metric)) {
			pairs = append(pairs, l+`="`+s.Metric[l]+`"`)
		}
		got[name+"{"+strings.Join(pairs, ",")+"}"] = asNumber(t, s.Value[1].(string))
	}
	return got
}

// ordered gives a series with its labels in order, and without empty ones, which are none.
func ordered(series string) string {
	name, rest, _ := strings.Cut(series, "{")
	var pairs []string
	for _, pair := range strings.Split(strings.TrimSuffix(rest, "}"), `",`) {
		if pair = strings.TrimSuffix(pair, `"`); !strings.HasSuffix(pair, `="`) && !strings.HasSuffix(pair, "=") {
			pairs = append(pairs, pair+`"`)
		}
	}
	slices.Sort(pairs)
	return name + "{" + strings.Join(pairs, ",") + "}"
}

func asNumber(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
