package history_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/history"
)

// site is a history with a clock that the test moves.
type site struct {
	t   testing.TB
	dir string
	now time.Time
	log *lines
	*history.History
	server *httptest.Server
}

// lines is a log that a test can read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newSite(t testing.TB) *site {
	return &site{t: t, dir: t.TempDir(), now: noon, log: new(lines)}
}

func (s *site) options() history.Options {
	return history.Options{
		Path: s.dir, Interval: time.Minute, Detail: 400 * 24 * time.Hour, Late: time.Hour, Lookback: 26 * time.Hour, Location: time.UTC,
		Labels: []labels.Label{{Name: "job", Value: "kpiagent"}, {Name: "instance", Value: "here"}},
		Limits: history.Limits{Samples: 100_000, Series: 1000, Timeout: 10 * time.Second, AtOnce: 2},
		Now:    func() time.Time { return s.now },
		Log:    slog.New(slog.NewTextHandler(s.log, nil)),
	}
}

// open opens the history, which is closed at the end of the test.
func (s *site) open(change ...func(*history.Options)) *site {
	s.t.Helper()
	o := s.options()
	for _, c := range change {
		c(&o)
	}
	h, err := history.Open(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.History = h
	s.server = httptest.NewServer(h.Handler(nil))
	s.t.Cleanup(s.server.Close)
	s.t.Cleanup(func() {
		if err := h.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return s
}

// record writes a page at a moment after noon.
func (s *site) record(after time.Duration, changed bool, figures map[string]float64) {
	s.now = noon.Add(after)
	s.Record(s.now, expositiontest.Samples(figures), expositiontest.Samples(map[string]float64{`egov_source_up{unit="xnk",source="motcua"}`: 1}), changed)
}

// answer is what the API says.
type answer struct {
	Status, Error, ErrorType string
	Data                     json.RawMessage
}

// ask sends a request as Grafana does: posted where the path takes it.
func (s *site) ask(method, path string, form url.Values) (int, answer) {
	s.t.Helper()
	var body io.Reader
	target := s.server.URL + "/api/v1" + path
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else {
		target += "?" + form.Encode()
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, target, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		s.t.Fatalf("%s %s: %d: %v", method, path, response.StatusCode, err)
	}
	return response.StatusCode, a
}

// values runs a query at a moment after noon and gives each series, with its labels, and its value.
func (s *site) values(after time.Duration, query string) map[string]string {
	s.t.Helper()
	status, a := s.ask(http.MethodPost, "/query", url.Values{"query": {query}, "time": {fmt.Sprint(noon.Add(after).Unix())}})
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", query, status, a.Error)
	}
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	if err := json.Unmarshal(a.Data, &data); err != nil {
		s.t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range data.Result {
		got[labels.FromMap(r.Metric).String()] = fmt.Sprint(r.Value[1])
	}
	return got
}

// valueAt gives the value of the only series of a query at a moment after noon, to the millisecond; empty where there is none.
func (s *site) valueAt(after time.Duration, query string) string {
	s.t.Helper()
	at := strconv.FormatFloat(float64(noon.Add(after).UnixMilli())/1000, 'f', 3, 64)
	status, a := s.ask(http.MethodPost, "/query", url.Values{"query": {query}, "time": {at}})
	var data struct{ Result []struct{ Value [2]any } }
	if err := json.Unmarshal(a.Data, &data); err != nil || status != http.StatusOK || len(data.Result) > 1 {
		s.t.Fatalf("%s: %d %s %v, %d series", query, status, a.Error, err, len(data.Result))
	}
	if len(data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(data.Result[0].Value[1])
}

// samples returns the number of samples of each series in a time before a moment.
func (s *site) samples(after time.Duration, selector, window string) map[string]string {
	s.t.Helper()
	return s.values(after, fmt.Sprintf("count_over_time(%s[%s])", selector, window))
}

const value = `egov_kpi_value{kpi="on_time_share",unit="xnk",period="month"}`

func want(t *testing.T, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What changes is there at once, everything again once a minute, with the labels of a scrape, and up.
func TestPagesBecomeHistory(t *testing.T) {
	s := newSite(t).open()
	s.record(3*time.Second, true, map[string]float64{value: 0.5})
	s.record(8*time.Second, true, map[string]float64{value: 0.5})    // nothing has changed
	s.record(10*time.Second, false, map[string]float64{value: 0.75}) // nobody has said so
	s.record(20*time.Second, true, map[string]float64{value: 0.75})
	s.record(63*time.Second, false, map[string]float64{value: 0.75}) // a minute has passed

	const full = `{__name__="egov_kpi_value", instance="here", job="kpiagent", kpi="on_time_share", period="month", unit="xnk"}`
	want(t, map[string]string{full: "0.5"}, s.values(19*time.Second, value))
	want(t, map[string]string{full: "0.75"}, s.values(20*time.Second, value))
	want(t, map[string]string{`{instance="here", job="kpiagent", kpi="on_time_share", period="month", unit="xnk"}`: "3"}, s.samples(2*time.Minute, value, "10m"))
	want(t, map[string]string{`{__name__="up", instance="here", job="kpiagent"}`: "1"}, s.values(2*time.Minute, "up"))
	want(t, map[string]string{`{__name__="egov_source_up", instance="here", job="kpiagent", source="motcua", unit="xnk"}`: "1"}, s.values(2*time.Minute, "egov_source_up"))
	want(t, map[string]string{full: "0.75"}, s.values(25*time.Hour, value)) // a value holds for more than a day
}

// A series that a page no longer has ends there. What the agent says of itself ends when it stops; figures are of the ledger and
// stay, so that boards have no hole where it was started again, and end with the first page that does not have them.
func TestSeriesEnd(t *testing.T) {
	s := newSite(t).open()
	series := func(unit string) string { return strings.Replace(value, "xnk", unit, 1) }
	s.record(0, true, map[string]float64{value: 0.5, series("dienluc"): 0.9, series("hoachat"): 0.7})
	s.record(time.Minute, true, map[string]float64{value: 0.5, series("hoachat"): 0.7})
	there := func(after time.Duration, want ...string) {
		t.Helper()
		var got []string
		for name := range s.values(after, `{job="kpiagent"}`) {
			got = append(got, name[strings.Index(name, `"`)+1:strings.Index(name, `",`)]+" "+name[strings.LastIndex(name, "=")+2:len(name)-2])
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%v after noon: %v, want %v", after, got, want)
		}
	}
	there(2*time.Minute, "egov_kpi_value hoachat", "egov_kpi_value xnk", "egov_source_up xnk", "up kpiagent")
	s.now = noon.Add(3 * time.Minute)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.now = noon.Add(10 * time.Minute)
	s.open()
	there(2*time.Minute, "egov_kpi_value hoachat", "egov_kpi_value xnk", "egov_source_up xnk", "up kpiagent")
	there(5*time.Minute, "egov_kpi_value hoachat", "egov_kpi_value xnk")
	s.record(11*time.Minute, true, map[string]float64{value: 0.6})
	there(10*time.Minute, "egov_kpi_value hoachat", "egov_kpi_value xnk")
	there(12*time.Minute, "egov_kpi_value xnk", "egov_source_up xnk", "up kpiagent")
}
