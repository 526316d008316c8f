package remotewrite_test

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/config"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/testserver"
)

// receiver is the receiving side of Prometheus 3, which knows both versions of the protocol, in this process.
func receiver(t *testing.T) (*tsdb.DB, *httptest.Server) {
	t.Helper()
	db, err := tsdb.Open(t.TempDir(), slog.New(slog.DiscardHandler), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	handler := remote.NewWriteHandler(slog.New(slog.DiscardHandler), prometheus.NewRegistry(), db,
		remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType}, false, false, false)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return db, s
}

// contents gives all samples of a database as a line each.
func contents(t *testing.T, db *tsdb.DB) (lines []string) {
	t.Helper()
	q, err := db.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, "job", "kpiagent"))
	for set.Next() {
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			at, v := it.At()
			text := fmt.Sprint(v)
			if value.IsStaleNaN(v) {
				text = "end"
			}
			lines = append(lines, fmt.Sprintf("%s %d %s", set.At().Labels(), at/1000, text))
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return lines
}

func TestBothVersionsOfTheProtocol(t *testing.T) {
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			db, server := receiver(t)
			s := store("main", server.URL)
			s.Protobuf = version
			r := newRig(t, s)
			r.start()
			r.publish(2, 2)
			r.publish(1, 1) // a series ends, which the store is told of
			r.wantMetric("egov_remote_write_samples_total", equals(2*4+4))
			r.stop()
			var want []string
			for name, points := range r.sent {
				name, _, _ = strings.Cut(name, "{")
				for _, p := range points {
					want = append(want, fmt.Sprint(name, p.Second, p.Value))
				}
			}
			got := contents(t, db)
			ends := 0
			for _, line := range got {
				if strings.HasSuffix(line, " end") && strings.Contains(line, `kpi="k1"`) && strings.Contains(line, fmt.Sprint(r.at.Unix())) {
					ends++
				}
			}
			if len(got) != len(want)+1 || ends != 1 {
				t.Errorf("%d samples with %d ends arrived, of %d and 1:\n%s", len(got), ends, len(want)+1, strings.Join(got, "\n"))
			}
		})
	}
}

// With version 2 a store says how many samples it took of a request that it does not take as a whole: nothing is sent again.
func TestVersion2NeedsNoSearch(t *testing.T) {
	db, server := receiver(t)
	s := store("main", server.URL)
	s.Protobuf, s.SamplesPerRequest, s.Connections = 2, 1000, 1
	early := newRig(t, s)
	early.at = early.at.Add(30 * time.Minute)
	early.start()
	early.publish(1, 30)
	early.wantMetric("egov_remote_write_samples_total", equals(32))
	early.stop()
	r := newRig(t, s)
	r.start()
	r.publish(1, 100)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(32))
	r.wantMetric("egov_remote_write_samples_total", equals(70))
	r.wantMetric("egov_remote_write_requests_total", equals(1))
	if got := contents(t, db); len(got) != 102 {
		t.Errorf("the store has %d samples, want 102", len(got))
	}
}

// VictoriaMetrics 1.79 answers version 2 with 204 and takes nothing of it: nothing may count as sent.
func TestAStoreWithoutVersion2LosesNothing(t *testing.T) {
	server := testserver.VictoriaMetrics(t)
	s := store("main", server.URL)
	s.Protobuf = 2
	r := newRig(t, s)
	r.start()
	r.publish(2, 5)
	r.wantMetric("egov_remote_write_refused", equals(1))
	r.wantMetric("egov_remote_write_samples_total", equals(0))
	if text := r.log.String(); !strings.Contains(text, "set protobuf: 1") {
		t.Errorf("the log does not say what to do:\n%s", text)
	}
	r.config.Stores = []config.RemoteStore{store("main", server.URL)}
	r.start()
	r.wantAll(server.URL)
}

// past gives so many days of so many series, one after the other.
func past(series, days int, until time.Time) iter.Seq2[remotewrite.Sample, error] {
	return func(yield func(remotewrite.Sample, error) bool) {
		for i := range series {
			l := labels.FromStrings("__name__", "egov_kpi_value", "job", "kpiagent", "instance", "bct", "kpi", fmt.Sprint("k", i))
			for day := range days {
				at := until.AddDate(0, 0, day-days)
				if !yield(remotewrite.Sample{Labels: l, Time: at.UnixMilli(), Value: float64(day)}, nil) {
					return
				}
			}
		}
	}
}

func (r *rig) send(s config.RemoteStore, samples iter.Seq2[remotewrite.Sample, error]) (remotewrite.Sent, error) {
	return remotewrite.Send(r.t.Context(), s, r.around(), samples)
}

func TestSendThePast(t *testing.T) {
	server := testserver.VictoriaMetrics(t)
	r := newRig(t)
	s := store("main", server.URL)
	s.SamplesPerRequest = 500
	until := time.Now().Truncate(24 * time.Hour)
	got, err := r.send(s, past(40, 365, until))
	if err != nil || got.Samples != 40*365 || got.Rejected != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	r.eventually("a year is there", func() bool {
		return strings.Contains(ask(t, server.URL, `sum(count_over_time(egov_kpi_value[400d]))`), fmt.Sprint(40*365))
	},
		func() string { return ask(t, server.URL, `sum(count_over_time(egov_kpi_value[400d]))`) })
}

// Prometheus takes nothing that is older than what it has: that is told, and is no error.
func TestSendWhatIsTooOld(t *testing.T) {
	server := testserver.PrometheusStore(t, "global: {}\n")
	r := newRig(t)
	s := store("main", server.URL)
	now := time.Now().Truncate(time.Hour)
	if got, err := r.send(s, past(1, 1, now.Add(24*time.Hour))); err != nil || got.Samples != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	got, err := r.send(s, past(3, 30, now.AddDate(0, 0, -1)))
	if err != nil || got.Samples != 0 || got.Rejected != 90 || got.Why == nil || !strings.Contains(got.Why.Error(), "out_of_order_time_window") {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A store that takes nothing of the past is not asked about each of a million samples.
func TestSendEndsWhereNothingIsTaken(t *testing.T) {
	_, server := receiver(t)
	r := newRig(t)
	s := store("main", server.URL)
	s.SamplesPerRequest, s.Connections = 1000, 1
	long := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	if got, err := r.send(s, past(1, 1, time.Now())); err != nil || got.Samples != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	got, err := r.send(s, past(1, 1_000_000, long))
	if err == nil || !strings.Contains(err.Error(), "took none of the last 5000 samples") || got.Samples != 0 || got.Rejected != 5000 ||
		got.Why == nil || !strings.Contains(got.Why.Error(), "out_of_order_time_window") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSendSaysWhatIsWrong(t *testing.T) {
	r := newRig(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	broken := errors.New("the ledger is closed")
	for _, c := range []struct {
		name    string
		address string
		samples iter.Seq2[remotewrite.Sample, error]
		says    string
	}{
		{"no store", gone.URL, past(1, 1, time.Now()), "is the store up"},
		{"no such address", httptest.NewServer(http.NotFoundHandler()).URL, past(1, 1, time.Now()), "correct url"},
		{"samples that end", gone.URL, func(yield func(remotewrite.Sample, error) bool) { yield(remotewrite.Sample{}, broken) }, "the ledger is closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := r.send(store("main", c.address), c.samples); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
