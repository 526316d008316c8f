package remotewrite_test

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/testserver"
)

func TestSeriesArrive(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			server := kind.start(t)
			r := newRig(t, store("main", server.URL))
			r.start()
			r.publish(3, 25)
			r.wantAll(server.URL)
			r.wantMetric("egov_remote_write_up", equals(1))
			r.wantMetric("egov_remote_write_pending_samples", equals(0))
			r.wantMetric("egov_remote_write_lag_seconds", equals(0))
			r.wantMetric("egov_remote_write_samples_total", equals(3*27))
			r.wantMetric("egov_remote_write_retries_total", equals(0))
		})
	}
}

// A store is killed, more is published than one request holds, and it comes back.
func TestAnOutageLosesNothing(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			server := kind.start(t)
			r := newRig(t, store("main", server.URL))
			r.start()
			r.publish(2, 15)
			r.wantAll(server.URL)
			server.Stop()
			r.publish(60, 15) // an hour
			r.wantMetric("egov_remote_write_up", equals(0))
			r.wantMetric("egov_remote_write_pending_samples", equals(60*17))
			r.wantMetric("egov_remote_write_lag_seconds", atLeast((55 * time.Minute).Seconds()))
			r.wantMetric("egov_remote_write_retries_total", atLeast(3))
			r.wantMetric("egov_remote_write_log_bytes", atLeast(1000))
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			r.publish(1, 15)
			r.wantAll(server.URL)
			r.wantMetric("egov_remote_write_up", equals(1))
			r.wantMetric("egov_remote_write_pending_samples", equals(0))
			r.wantMetric("egov_remote_write_dropped_samples_total", equals(0))
		})
	}
}

// A store stands still: it keeps its connections and answers nothing, and may have taken what the agent has to send again.
func TestAStoreThatStandsStillGetsEverythingOnce(t *testing.T) {
	server := testserver.PrometheusStore(t, "global: {}\n")
	s := store("main", server.URL)
	s.RequestTimeout = 200 * time.Millisecond
	r := newRig(t, s)
	r.start()
	r.publish(2, 15)
	r.wantAll(server.URL)
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	r.publish(20, 15)
	r.wantMetric("egov_remote_write_retries_total", atLeast(3))
	if text := r.log.String(); !strings.Contains(text, "gave no answer within request_timeout 200ms") {
		t.Errorf("the log does not say what is wrong:\n%s", text)
	}
	if err := server.Thaw(); err != nil {
		t.Fatal(err)
	}
	r.wantAll(server.URL) // what it had taken unseen counts as rejected, being no newer than what it has
}

// The agent is restarted while a store is away, more than once.
func TestARestartDuringAnOutageLosesNothing(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			server := kind.start(t)
			r := newRig(t, store("main", server.URL))
			r.start()
			r.publish(2, 15)
			r.wantAll(server.URL)
			server.Stop()
			for range 3 {
				r.publish(10, 15)
				r.stop()
				r.start()
			}
			r.wantMetric("egov_remote_write_pending_samples", equals(30*17))
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			r.publish(1, 12) // three series are gone since
			r.wantAll(server.URL)
		})
	}
}

// The end of the log is missing, as after a power cut: what is whole before it is sent, and what comes later.
func TestADamagedLogLosesOnlyWhatIsDamaged(t *testing.T) {
	server := kinds[0].start(t)
	r := newRig(t, store("main", server.URL))
	r.start()
	r.publish(2, 15)
	r.wantAll(server.URL)
	server.Stop()
	r.publish(5, 15)
	r.stop()
	files, err := filepath.Glob(filepath.Join(r.config.Path, "wal", "0*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	last := files[len(files)-1]
	content, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	end := len(content)
	for content[end-1] == 0 { // the library fills the last page
		end--
	}
	if err := os.Truncate(last, int64(end-5)); err != nil {
		t.Fatal(err)
	}
	for name, points := range r.sent { // the last page was in one record
		r.sent[name] = points[:len(points)-1]
	}
	r.start()
	r.publish(2, 15)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	r.wantAll(server.URL)
}

// A log without room gives up its oldest part, and says how much.
func TestAFullLogGivesUpTheOldest(t *testing.T) {
	server := kinds[0].start(t)
	r := newRig(t, store("main", server.URL))
	r.config.Stores[0].SamplesPerRequest = 10000
	r.config.MaxMegabytes = 1
	r.start()
	r.publish(2, 15)
	r.wantAll(server.URL)
	server.Stop()
	r.value = func(series int) float64 { return math.Sin(float64(r.at.Unix() + int64(series))) } // what does not compress
	for range 5 {                                                                                // each start begins a new segment
		r.publish(12, 2000)
		r.stop()
		r.start()
	}
	r.wantMetric("egov_remote_write_log_bytes", func(got float64) bool { return got <= 1<<20 }) // then nothing more is dropped
	dropped, pending := r.metric("egov_remote_write_dropped_samples_total"), r.metric("egov_remote_write_pending_samples")
	if dropped < 12*2002 || pending < 12*2002 {
		t.Errorf("%v samples were dropped, %v are pending", dropped, pending)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	if n := r.metric("egov_remote_write_samples_total") + r.metric("egov_remote_write_dropped_samples_total"); n < dropped+pending || n > dropped+pending+21000 {
		t.Errorf("%v samples were dropped or sent, of %v", n, dropped+pending) // those under way when they were dropped count twice
	}
	if text := r.log.String(); !strings.Contains(text, "raise remote_write.max_megabytes") {
		t.Errorf("the log does not say what to do:\n%s", text)
	}
}

// How far a store has been brought cannot be noted: it is sent to all the same, that is seen, and noting is tried again.
func TestADiskThatTakesNoMarkHoldsNothingUp(t *testing.T) {
	t.Parallel()
	server := kinds[0].start(t)
	r := newRig(t, store("main", server.URL))
	obstacle := filepath.Join(r.config.Path, "main.json.new")
	if err := os.Mkdir(obstacle, 0o750); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.publish(2, 15)
	r.wantAll(server.URL)
	r.wantMetric("egov_remote_write_mark_failed", equals(1))
	server.Stop()
	r.publish(2, 15)
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	r.wantMetric("egov_remote_write_mark_failed", equals(0)) // although the store is away
	r.stop()
	r.start()
	r.wantMetric("egov_remote_write_pending_samples", equals(2*17))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	r.wantAll(server.URL)
}

// A store whose mark could never be written is taken out of the configuration: there is no mark to delete, and nothing is wrong.
func TestAStoreWithoutAMarkCanBeTakenOut(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for name, left := range map[string][]config.RemoteStore{"another stays": {store("other", server.URL)}, "none stays": nil} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, append(left, store("main", server.URL))...)
			if err := os.Mkdir(filepath.Join(r.config.Path, "main.json.new"), 0o750); err != nil {
				t.Fatal(err)
			}
			r.start()
			r.publish(1, 5)
			r.config.Stores = left
			if err := r.tryStart(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A store is added and changed again before anything was published: it still begins with what is published then.
func TestANewStoreThatIsChangedAtOnceGetsNothingOld(t *testing.T) {
	away, server := testserver.VictoriaMetrics(t), testserver.VictoriaMetrics(t)
	away.Stop()
	r := newRig(t, store("away", away.URL))
	r.start()
	r.publish(3, 5)
	for _, most := range []int{10, 3, 7} {
		added := store("added", server.URL)
		added.SamplesPerRequest = most
		r.config.Stores = []config.RemoteStore{store("away", away.URL), added}
		r.start()
	}
	r.publish(2, 5)
	later := map[string][]point{}
	for name, points := range r.sent {
		later[name] = points[3:]
	}
	r.want(server.URL, later)
	if err := away.Start(); err != nil {
		t.Fatal(err)
	}
	r.wantAll(away.URL)
}

// A log that a reload cannot open is opened later, by itself.
func TestALogThatCannotBeOpenedIsTriedAgain(t *testing.T) {
	server := kinds[0].start(t)
	r := newRig(t)
	r.start() // without a store there is no log
	if err := os.Remove(r.config.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.config.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.config.Stores = []config.RemoteStore{store("main", server.URL)}
	if err := r.tryStart(); err == nil {
		t.Fatal("the log can be opened")
	}
	r.publish(1, 5)
	r.wantMetric("egov_remote_write_log_failures_total", equals(1))
	if err := os.Remove(r.config.Path); err != nil {
		t.Fatal(err)
	}
	r.sent = map[string][]point{}
	r.publish(1, 5)
	r.wantAll(server.URL)
}

// BenchmarkRecord writes a page of the size of the demo into the log.
func BenchmarkRecord(b *testing.B) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	around := outbound.Env{Now: time.Now}
	sender := remotewrite.New(around, slog.New(slog.DiscardHandler))
	s := store("main", gone.URL)
	s.RetryWait, s.LongestWait = time.Hour, time.Hour
	c := config.RemoteWrite{Interval: time.Minute, Path: b.TempDir(), MaxMegabytes: 1 << 20, Stores: []config.RemoteStore{s}}
	if err := sender.Apply(c, around); err != nil {
		b.Fatal(err)
	}
	defer sender.Close()
	const series = 62_500
	page := map[string]float64{}
	for i := range series {
		page[fmt.Sprintf(`egov_dossiers_received{unit="trongnuoc",procedure="2.%06d",channel="online",period="rolling_30d"}`, i)] = float64(i % 97)
	}
	figures, own := expositiontest.Samples(page), expositiontest.Samples(nil)
	at := time.Unix(1_800_000_000, 0)
	sender.Record(at, figures, own, true)
	for b.Loop() {
		at = at.Add(time.Minute)
		sender.Record(at, figures, own, true)
	}
	files, _ := filepath.Glob(filepath.Join(c.Path, "wal", "0*"))
	size := int64(0)
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	b.ReportMetric(float64(size)/float64(b.N+1)/series, "bytes/sample")
}
