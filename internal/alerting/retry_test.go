package alerting_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kpiagent/internal/alerting"
)

// reluctant is a webhook that answers each request with the next of its answers, the last one for ever, and notes when it was asked.
type reluctant struct {
	mutex   sync.Mutex
	answers []func(http.ResponseWriter)
	asked   []time.Time
}

func (r *reluctant) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.asked = append(r.asked, time.Now())
	answer := r.answers[min(len(r.asked), len(r.answers))-1]
	answer(w)
}

func (r *reluctant) times() []time.Time {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]time.Time(nil), r.asked...)
}

// status answers with a status, and with a header where it is given with its value.
func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if len(header) > 0 {
			w.Header().Set(header[0], header[1])
		}
		w.WriteHeader(code)
	}
}

// What a webhook refuses for now is told soon, and after the time that it asks for; what it refuses for good waits for the
// group's next turn.
func TestWhenAMessageIsTriedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answers  []func(http.ResponseWriter)
		requests int           // in the first seconds
		pause    time.Duration // between the first two, at least
	}{
		"taken":                       {[]func(http.ResponseWriter){status(200)}, 1, 0},
		"out of order":                {[]func(http.ResponseWriter){status(503), status(200)}, 2, 0},
		"it took too long":            {[]func(http.ResponseWriter){status(408), status(200)}, 2, 0},
		"too many":                    {[]func(http.ResponseWriter){status(429), status(200)}, 2, 0},
		"too many, for a while":       {[]func(http.ResponseWriter){status(429, "Retry-After", "3"), status(200)}, 2, 3 * time.Second},
		"out of order, for a while":   {[]func(http.ResponseWriter){status(503, "Retry-After", "3"), status(200)}, 2, 3 * time.Second},
		"too many, for a long while":  {[]func(http.ResponseWriter){status(429, "Retry-After", "3600"), status(200)}, 1, 0},
		"not as it wants it":          {[]func(http.ResponseWriter){status(400), status(200)}, 1, 0},
		"not there":                   {[]func(http.ResponseWriter){status(404), status(200)}, 1, 0},
		"somewhere else":              {[]func(http.ResponseWriter){status(302, "Location", "/login"), status(200)}, 1, 0},
		"a login that is not good":    {[]func(http.ResponseWriter){status(401), status(200)}, 1, 0},
		"a login that is not allowed": {[]func(http.ResponseWriter){status(403), status(200)}, 1, 0},
	}
	s := newSite(t)
	how := settings("http://127.0.0.1:9")
	how.GroupInterval = time.Hour
	how.Rules = withLabel(how.Rules, "receiver: '{{ $labels.unit }}'")
	hooks := map[string]*reluctant{}
	for name, test := range tests {
		hooks[name] = &reluctant{answers: test.answers}
		server := httptest.NewServer(hooks[name])
		defer server.Close()
		how.Receivers = append(how.Receivers, alerting.Receiver{Name: name, Webhook: &alerting.Webhook{URL: server.URL, Timeout: 5 * time.Second}})
		s.late(name, 1)
	}
	s.begin(how)
	time.Sleep(7 * time.Second)
	for name, test := range tests {
		asked := hooks[name].times()
		if len(asked) != test.requests {
			t.Errorf("%s: %d requests, want %d", name, len(asked), test.requests)
		}
		if len(asked) > 1 && asked[1].Sub(asked[0]) < test.pause {
			t.Errorf("%s: asked again after %s", name, asked[1].Sub(asked[0]))
		}
	}
	// An engine that stops does not wait for a server that wants to be left alone for an hour.
	began := time.Now()
	s.end()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %s", took)
	}
}

// However many groups there are, a login that was refused is tried once, and again after a reload.
func TestARefusedLoginIsTriedOnce(t *testing.T) {
	t.Parallel()
	s, hook := newSite(t), &reluctant{answers: []func(http.ResponseWriter){status(401)}}
	server := httptest.NewServer(hook)
	defer server.Close()
	for i := range 20 {
		s.late(fmt.Sprintf("unit%d", i), 1)
	}
	how := settings(server.URL)
	how.GroupBy = []string{"unit"}
	s.begin(how)
	time.Sleep(2 * time.Second)
	if n := len(hook.times()); n != 1 {
		t.Errorf("%d requests", n)
	}
	hook.mutex.Lock()
	hook.answers = []func(http.ResponseWriter){status(200)}
	hook.mutex.Unlock()
	if err := s.engine.Reload(how); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); len(hook.times()) != 21; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests", len(hook.times()))
		}
	}
}
