package remotewrite_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage/remote"

	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/remotewrite"
)

// reading serves with what a request of version 1 holds; handle may read the body again.
func reading(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, values []float64)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request *prompb.WriteRequest
		if err == nil {
			request, err = remote.DecodeWriteRequest(bytes.NewReader(body))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var values []float64
		for _, series := range request.Timeseries {
			for _, s := range series.Samples {
				values = append(values, s.Value)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		handle(w, r, values)
	}))
	t.Cleanup(s.Close)
	return s
}

// A series ends and begins again while much is sent at a time: its samples take one way, one after the other.
func TestSamplesOfASeriesDoNotOvertakeEachOther(t *testing.T) {
	db, prometheus := receiver(t)
	var busy atomic.Bool
	busy.Store(true)
	server := reading(t, func(w http.ResponseWriter, r *http.Request, values []float64) {
		if busy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		for _, v := range values {
			if value.IsStaleNaN(v) {
				time.Sleep(300 * time.Millisecond)
			}
		}
		prometheus.Config.Handler.ServeHTTP(w, r)
	})
	s := store("main", server.URL)
	s.SamplesPerRequest, s.Connections = 1, 20
	r := newRig(t, s)
	r.start()
	r.publish(1, 1)
	r.wantMetric("egov_remote_write_retries_total", atLeast(1)) // from here on more is kept than is sent at a time
	r.publish(1, 1)
	r.publish(1, 0)
	r.publish(1, 1)
	busy.Store(false)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(0))
	if got := strings.Join(contents(t, db), "\n"); strings.Count(got, " end") != 1 || strings.Count(got, `kpi="k0"`) != 4 {
		t.Errorf("the series has not one end among four samples:\n%s", got)
	}
}

// A store is asked whether it would take samples, and gets none.
func TestTryAStore(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			server := kind.start(t)
			locked := door(t, server.URL, false, func(w http.ResponseWriter, r *http.Request) bool {
				_, secret, _ := r.BasicAuth()
				if secret != password {
					w.WriteHeader(http.StatusUnauthorized)
				}
				return secret == password
			})
			around := newRig(t).around()
			for _, c := range []struct {
				name, base, path string
				protobuf         int
				auth             *config.Auth
				says             string
			}{
				{"good", server.URL, "/api/v1/write", 1, nil, ""},
				{"let in", locked.URL, "/api/v1/write", 1, &config.Auth{Kind: "basic", Account: "kpiagent", SecretEnv: "PASSWORD"}, ""},
				{"not let in", locked.URL, "/api/v1/write", 1, nil, "configure auth"},
				{"another address", server.URL, "/api/v1/wright", 1, nil, "correct url"},
				{"version 2", server.URL, "/api/v1/write", 2, nil, "set protobuf: 1"},
				{"nobody", "http://127.0.0.1:1", "/api/v1/write", 1, nil, "is the store up"},
			} {
				s := store("main", c.base)
				s.URL, s.Protobuf, s.Auth = c.base+c.path, c.protobuf, c.auth
				around.LookupEnv = func(string) (string, bool) { return password, true }
				if err := remotewrite.Try(t.Context(), s, around); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: got %v, want %q", c.name, err, c.says)
				}
			}
			if got := stored(t, server.URL); len(got) > 0 {
				t.Errorf("the store has %v", got)
			}
		})
	}
}

// What a store is asked with describes nothing that others have, too.
func TestTryDescribesOnlyWhatIsOfTheAgent(t *testing.T) {
	var got []prompb.MetricMetadata
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		request, err := remote.DecodeWriteRequest(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		got = append(got, request.Metadata...)
	}))
	t.Cleanup(server.Close)
	if err := remotewrite.Try(t.Context(), store("main", server.URL), newRig(t).around()); err != nil {
		t.Fatal(err)
	}
	for _, f := range exposition.AgentFamilies() {
		if len(got) == 1 && got[0].MetricFamilyName == f.Name && got[0].Help == f.Help && strings.EqualFold(got[0].Type.String(), f.Type) {
			return
		}
	}
	t.Errorf("the store is told of %v", got)
}

// refusing serves a store that refuses a whole request for one bad sample in it, as Prometheus does with version 1.
func refusing(t *testing.T, bad float64, before func(w http.ResponseWriter) (answered bool)) *httptest.Server {
	t.Helper()
	return reading(t, func(w http.ResponseWriter, _ *http.Request, values []float64) {
		if before != nil && before(w) {
			return
		}
		for _, v := range values {
			if v == bad {
				http.Error(w, "out of order sample", http.StatusBadRequest)
				return
			}
		}
	})
}

// However many of a request are bad, the good ones arrive, and no sample is asked for more often than halving takes.
func TestManyBadSamplesTakeNoGoodOneAlong(t *testing.T) {
	server := refusing(t, 4, nil)
	s := store("main", server.URL)
	s.SamplesPerRequest, s.Connections = 2000, 1
	r := newRig(t, s)
	r.value = func(series int) float64 { return float64(series % 5) }
	r.start()
	r.publish(1, 1000)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(200))
	r.wantMetric("egov_remote_write_samples_total", equals(800+2))
	r.wantMetric("egov_remote_write_requests_total", func(got float64) bool { return got < 2*1002 })
}

// A store goes away between its answer to a bad sample and the question whether it is one: it is asked again soon.
func TestAnOutageWhileTheAddressIsProvedIsNoRefusal(t *testing.T) {
	var asked atomic.Int64
	server := refusing(t, 4, func(w http.ResponseWriter) bool {
		n := asked.Add(1)
		if n > 1 && n < 6 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	s := store("main", server.URL)
	s.Connections = 1
	r := newRig(t, s)
	r.value = func(series int) float64 { return float64(series) }
	r.start()
	r.publish(1, 5)
	r.wantMetric("egov_remote_write_retries_total", atLeast(1))
	if got := r.metric("egov_remote_write_refused"); got != 0 {
		t.Fatal("an outage counts as a refusal")
	}
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(1))
}
