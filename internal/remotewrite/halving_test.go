package remotewrite_test

import (
	"fmt"
	"hash/fnv"
	"math/bits"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage/remote"

	"kpiagent/config"
	"kpiagent/internal/testserver"
)

// strict is a store that refuses a whole request for one bad sample in it: one that refuse calls bad, or that is not newer than
// what it has of the series.
type strict struct {
	away atomic.Bool

	mu     sync.Mutex
	refuse func(series string, at time.Time) bool
	kept   map[string][]point
}

func newStrict(t *testing.T, refuse func(series string, at time.Time) bool) (*strict, config.RemoteStore) {
	t.Helper()
	s := &strict{refuse: refuse, kept: map[string][]point{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, store("main", server.URL)
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := remote.DecodeWriteRequest(r.Body)
	if err != nil || s.away.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := map[string][]point{}
	for _, series := range request.Timeseries {
		var builder labels.ScratchBuilder
		own := series.ToLabels(&builder, nil)
		name := own.Get("__name__") + strings.ReplaceAll(own.MatchLabels(false, "__name__").String(), `", `, `",`)
		for _, sample := range series.Samples {
			at := time.UnixMilli(sample.Timestamp)
			before := append(s.kept[name][:len(s.kept[name]):len(s.kept[name])], taken[name]...)
			if s.refuse(name, at) || len(before) > 0 && before[len(before)-1].Second >= at.Unix() {
				http.Error(w, "out of order sample, or limit reached", http.StatusBadRequest)
				return
			}
			taken[name] = append(taken[name], point{at.Unix(), strconv.FormatFloat(sample.Value, 'g', -1, 64)})
		}
	}
	for name, points := range taken {
		s.kept[name] = append(s.kept[name], points...)
	}
}

// become has the store refuse other samples from now on.
func (s *strict) become(refuse func(series string, at time.Time) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = refuse
}

// wantGood compares what the store has with those of the published samples that it does not refuse.
func (s *strict) wantGood(r *rig, refuse func(series string, at time.Time) bool) {
	r.t.Helper()
	want := map[string][]point{}
	for name, points := range r.sent {
		for _, p := range points {
			if !refuse(name, time.Unix(p.Second, 0)) {
				want[name] = append(want[name], p)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.kept); diff != "" {
		r.t.Errorf("-good +stored:\n%.3000s", diff)
	}
}

// oneOf picks one of so many series, wherever they stand in a page.
func oneOf(n uint32) func(series string, _ time.Time) bool {
	return func(series string, _ time.Time) bool {
		hash := fnv.New32a()
		fmt.Fprint(hash, series)
		return hash.Sum32()/7%n == 0
	}
}

// halvings is how many requests halving takes at most for so many bad samples, in requests of n samples: each bad one is looked for
// by itself.
func halvings(bad, n int) float64 { return float64(bad * 2 * bits.Len(uint(n))) }

// A store refuses some of the series for good, as one with a limit does: each page costs some halvings for each of them, and every
// good sample arrives.
func TestASeriesThatIsRefusedCostsSomeHalvings(t *testing.T) {
	t.Parallel()
	const pages, series = 3, 1000
	for _, every := range []uint32{5, 50, 150} {
		refuse := oneOf(every)
		keeper, s := newStrict(t, refuse)
		s.SamplesPerRequest, s.Connections = 2000, 2
		r := newRig(t, s)
		r.start()
		r.publish(pages, series)
		r.wantMetric("egov_remote_write_pending_samples", equals(0))
		keeper.wantGood(r, refuse)
		bad := r.metric("egov_remote_write_rejected_samples_total")
		if got, most := r.metric("egov_remote_write_requests_total"), 2*pages+halvings(int(bad), 600); bad == 0 || got > most || got > 2*pages*(series+2) {
			t.Errorf("%v requests for %v bad samples, at most %v are enough", got, bad, most)
		}
		r.wantMetric("egov_remote_write_samples_total", func(sent float64) bool { return sent+bad == pages*(series+2) })
	}
}

// After an outage a store refuses what is older than some time: everything newer arrives, also where the store refuses some series
// for good, and no sample is asked for more often than halving takes.
func TestWhatIsTooOldAfterAnOutageTakesNoGoodSampleAlong(t *testing.T) {
	for name, always := range map[string]func(string, time.Time) bool{
		"nothing else":         func(string, time.Time) bool { return false },
		"and a fifth for good": oneOf(5),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var border time.Time
			refuse := func(series string, at time.Time) bool { return at.Before(border) || always(series, at) }
			keeper, s := newStrict(t, refuse)
			s.SamplesPerRequest, s.Connections = 500, 2
			keeper.away.Store(true)
			r := newRig(t, s)
			border = r.at.Add(20 * time.Minute)
			r.start()
			r.publish(28, 80)
			keeper.away.Store(false)
			r.wantMetric("egov_remote_write_pending_samples", equals(0))
			keeper.wantGood(r, refuse)
			tried := r.metric("egov_remote_write_requests_total") - r.metric("egov_remote_write_retries_total")
			if most := 2 * 28 * 82; tried > float64(most) {
				t.Errorf("%v requests for %v samples", tried, 28*82)
			}
		})
	}
}

// The same with a real one, for which samples are too old that are older than what it has.
func TestPrometheusWithNewerSamplesGetsAllThatAreNewer(t *testing.T) {
	t.Parallel()
	server := testserver.PrometheusStore(t, "global: {}\n")
	s := store("main", server.URL)
	s.SamplesPerRequest = 400
	early := newRig(t, s)
	early.at = early.at.Add(15 * time.Minute)
	early.start()
	early.publish(1, 60)
	early.wantAll(server.URL)
	early.stop()

	r := newRig(t, s)
	r.start()
	r.publish(22, 60)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	want := map[string][]point{}
	for name, points := range r.sent {
		want[name] = points[15:] // the last of those before is the one that it has
	}
	r.want(server.URL, want)
	if n := r.metric("egov_remote_write_requests_total"); n > 2*22*62 {
		t.Errorf("%v requests for %v samples", n, 22*62)
	}
}

// A store is mended for one of many series that it refused: it gets it again at once.
func TestASeriesThatIsMendedArrivesAgain(t *testing.T) {
	t.Parallel()
	const mended = `egov_kpi_value{instance="bct",job="kpiagent",kpi="k5",unit="Cục \"A\""}`
	never := func(series string, _ time.Time) bool { return series[:5] == "egov_" }
	keeper, s := newStrict(t, never)
	s.SamplesPerRequest, s.Connections = 1000, 1
	r := newRig(t, s)
	r.start()
	r.publish(1, 300)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	keeper.become(func(series string, at time.Time) bool { return series != mended && never(series, at) })
	r.publish(2, 300)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	keeper.mu.Lock()
	defer keeper.mu.Unlock()
	if diff := cmp.Diff(r.sent[mended][1:], keeper.kept[mended]); diff != "" {
		t.Errorf("-published +stored:\n%s", diff)
	}
}
