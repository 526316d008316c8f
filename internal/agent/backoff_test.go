package agent

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/sourcelog"
)

// fragile is a unit's portal that fails as told; its own tries are switched off, so that those of the agent show.
type fragile struct {
	*site
	agent *Agent
	asked atomic.Int64
	fails atomic.Pointer[func(http.ResponseWriter)]
}

func newFragile(t *testing.T, more string) *fragile {
	f := &fragile{site: newSite(t)}
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.asked.Add(1)
		if fail := f.fails.Load(); fail != nil {
			(*fail)(w)
			return
		}
		fmt.Fprint(w, `[{"ma":"H1","nhan":"2026-03-02"}]`)
	}))
	t.Cleanup(portal.Close)
	f.agent = f.site.agent(threeUnits + "sources:" + strings.Replace(f.portal(portal.URL, more), `rest: {`, `rest: {retries: 0, requests_per_second: 1000, `, 1))
	return f
}

func (f *fragile) portal(url, more string) string {
	return portal("xnk", "cong", url, "retry_wait: 1ms\n    "+more)
}

// failWith has the portal fail from now on; nil mends it.
func (f *fragile) failWith(fail func(http.ResponseWriter)) {
	if fail == nil {
		f.fails.Store(nil)
		return
	}
	f.fails.Store(&fail)
}

// turn is one on schedule; asked is how often the portal was asked in it.
func (f *fragile) turn(o options) (asked int64, state sourcelog.Status) {
	before := f.asked.Load()
	f.agent.readInTurn(f.t.Context(), f.t.Context(), f.agent.readers[0], o)
	return f.asked.Load() - before, f.agent.Sources()[0]
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func cut(w http.ResponseWriter) { panic(http.ErrAbortHandler) }

// What may be over in a moment is tried again in the same turn; what would come again is not.
func TestRetriesWithinATurn(t *testing.T) {
	for _, test := range []struct {
		name  string
		fail  func(http.ResponseWriter)
		asked int64
	}{
		{"a broken connection", cut, 3},
		{"the system fails", status(500), 3},
		{"the system is busy", status(503), 3},
		{"it is busy for a moment", status(429, "Retry-After", "0"), 3},
		{"there is no such page", status(404), 1},
		{"the password is wrong", status(403), 1},
		{"no JSON", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, 1},
		{"a column is missing", func(w http.ResponseWriter) { fmt.Fprint(w, `[{"ma":"H1","ngay":"2026-03-02"}]`) }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFragile(t, "retries: 2")
			f.failWith(test.fail)
			if asked, state := f.turn(options{}); asked != test.asked || state.Up {
				t.Errorf("asked %d times, want %d; %+v", asked, test.asked, state)
			}
		})
	}
	t.Run("over in a moment", func(t *testing.T) {
		f := newFragile(t, "retries: 2")
		left := 2
		f.failWith(func(w http.ResponseWriter) {
			if left--; left == 0 {
				f.failWith(nil)
			}
			cut(w)
		})
		if asked, state := f.turn(options{}); asked != 3 || !state.Up {
			t.Errorf("asked %d times; %+v", asked, state)
		}
		if err := f.agent.publisher.publish(); err != nil {
			t.Fatal(err)
		}
		wantSeries(t, f.agent, map[string]float64{`egov_source_retries_total{source="cong",unit="xnk"}`: 2, `egov_source_up{source="cong",unit="xnk"}`: 1})
	})
	t.Run("none wanted", func(t *testing.T) {
		f := newFragile(t, "retries: 0")
		f.failWith(cut)
		if asked, _ := f.turn(options{}); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// A source that fails turn after turn is left alone for longer and longer, and asked again then.
func TestFailingSourceRests(t *testing.T) {
	f := newFragile(t, "retries: 0\n    rest_after: 3\n    longest_rest: 15m")
	log := new(lockedBuffer)
	f.agent.readers[0].log = slogTo(log)
	f.failWith(status(500))
	for range 2 {
		if asked, state := f.turn(options{}); asked != 1 || !state.RestingUntil.IsZero() {
			t.Fatalf("asked %d times; %+v", asked, state)
		}
	}
	for _, rest := range []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		asked, state := f.turn(options{})
		if until := f.now.Add(rest); asked != 1 || !state.RestingUntil.Equal(until) {
			t.Fatalf("asked %d times, rests until %s, want %s", asked, state.RestingUntil, until)
		}
		f.now = f.now.Add(rest - time.Second)
		if asked, _ := f.turn(options{}); asked != 0 {
			t.Fatal("it was asked while it rests")
		}
		if err := f.agent.publisher.publish(); err != nil {
			t.Fatal(err)
		}
		wantSeries(t, f.agent, map[string]float64{`egov_source_resting_until_timestamp_seconds{source="cong",unit="xnk"}`: float64(state.RestingUntil.Unix())})
		f.now = f.now.Add(2 * time.Second)
	}
	if asked, state := f.turn(options{}); asked != 1 || !state.RestingUntil.After(f.now) {
		t.Errorf("asked %d times; %+v", asked, state)
	}
	if asked, _ := f.turn(options{full: true}); asked != 1 {
		t.Error("the complete read of the night was left out")
	}
	if err := f.reload(f.agent, f.configuration()+"\n# a reload that changes nothing leaves it in peace\n"); err != nil {
		t.Fatal(err)
	}
	if asked, _ := f.turn(options{}); asked != 0 {
		t.Error("it was asked although it rests, after a reload that did not change it")
	}
	f.failWith(nil)
	f.now = f.now.Add(time.Hour)
	if asked, state := f.turn(options{}); asked != 1 || !state.Up || !state.RestingUntil.IsZero() {
		t.Errorf("asked %d times; %+v", asked, state)
	}
	for _, part := range []string{"the source rests", "failed_turns=3", "the source answers again"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q", part)
		}
	}
}

// A system that says when to come again is left alone until then, also at night.
func TestSystemAsksForARest(t *testing.T) {
	f := newFragile(t, "retries: 5")
	f.failWith(status(503, "Retry-After", "3600"))
	asked, state := f.turn(options{})
	if asked != 1 || !state.RestingUntil.Equal(f.now.Add(time.Hour)) {
		t.Fatalf("asked %d times, rests until %s", asked, state.RestingUntil)
	}
	if asked, _ := f.turn(options{full: true}); asked != 0 {
		t.Error("asked by the complete read of the night")
	}
	f.now = f.now.Add(time.Hour)
	f.failWith(nil)
	if asked, state := f.turn(options{}); asked != 1 || !state.Up {
		t.Errorf("asked %d times; %+v", asked, state)
	}
}

// Trouble of the agent itself, and the end of a read by a reload or a stop, are no failures of the source.
func TestWhatIsNoFailureOfTheSource(t *testing.T) {
	rules := config.Source{RestAfter: 1, LongestRest: time.Hour}
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		err   error
		rests bool
	}{
		{"the system fails", errors.New("500"), true},
		{"the agent has a defect", &collectors.PanicError{Value: "index out of range"}, true},
		{"the disk of the ledger is full", fmt.Errorf("wrapped: %w", storing(errors.New("the disk is full"))), false},
		{"the source has another configuration", fmt.Errorf("broken off: %w", errReplaced), false},
		{"all is well", nil, false},
	} {
		if _, rest := new(sourceStatus).settle(now, rules, test.err); rest > 0 != test.rests {
			t.Errorf("%s: rests %s", test.name, rest)
		}
	}
}

// A refused password stays refused over a restart, until it changes.
func TestRefusalOutlivesTheAgent(t *testing.T) {
	asked := 0
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.Header.Get("Authorization") != "Bearer right" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, `[{"ma":"H1","nhan":"2026-03-02"}]`)
	}))
	defer portal.Close()
	s := newSite(t)
	s.env["TOKEN"] = "hunter2"
	text := threeUnits + `
sources:
  - unit: xnk
    id: cong
    kind: rest
    rest: {url: "` + portal.URL + `", auth: {kind: bearer, secret_env: TOKEN}}
    mapping: {id: {column: ma}, procedure: {constant: "1.001"}, channel: {constant: online}, received: {column: nhan}}
`
	crashing := func() sourcelog.Status {
		a, err := New(t.Context(), s.model(text), s.surroundings())
		if err != nil {
			t.Fatal(err)
		}
		a.readInTurn(t.Context(), t.Context(), a.readers[0], options{})
		if notes, err := a.Ledger.Notes(t.Context()); err != nil || strings.Contains(fmt.Sprint(notes), "hunter2") {
			t.Errorf("the notes are %v, %v", notes, err)
		}
		defer a.Close()
		return a.Sources()[0]
	}
	for range 5 {
		if state := crashing(); !state.Refused {
			t.Errorf("%+v", state)
		}
	}
	if asked != 1 {
		t.Errorf("an agent that starts again and again showed the refused token %d times", asked)
	}
	s.env["TOKEN"] = "right"
	if state := crashing(); state.Refused || !state.Up || asked != 2 {
		t.Errorf("asked %d times with the new token: %+v", asked, state)
	}
}

// A complete read that finds the system down does not make the refused secret good: it stays refused.
func TestRefusalOutlivesASystemThatIsDown(t *testing.T) {
	refusals, answer := 0, http.StatusForbidden
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if answer == http.StatusForbidden {
			refusals++
		}
		w.WriteHeader(answer)
	}))
	defer portal.Close()
	s := newSite(t)
	s.env["TOKEN"] = "hunter2"
	a := s.agent(threeUnits + `
sources:
  - unit: xnk
    id: cong
    kind: rest
    retries: 0
    rest: {url: "` + portal.URL + `", auth: {kind: bearer, secret_env: TOKEN}}
    mapping: {id: {column: ma}, procedure: {constant: "1.001"}, channel: {constant: online}, received: {column: nhan}}
`)
	turn := func(full bool) { a.readInTurn(t.Context(), t.Context(), a.readers[0], options{full: full}) }
	turn(false)
	answer = http.StatusServiceUnavailable
	turn(true)
	answer = http.StatusForbidden
	turn(false)
	if refusals != 1 || !a.Sources()[0].Refused {
		t.Errorf("the refused token was shown %d times, want once", refusals)
	}
}

func TestRefusalTellsSecretsApart(t *testing.T) {
	one, other := []byte("digest of one"), []byte("digest of another")
	mark := refused(one)
	if len(mark) != 2*(saltBytes+markBytes) || !mark.covers(one) || mark.covers(nil) || refused(one) == mark {
		t.Errorf("the mark %q", mark)
	}
	same := 0
	for range 20 {
		if refused(one).covers(other) {
			same++
		}
	}
	if same > 1 {
		t.Errorf("%d of 20 marks take one secret for the other", same)
	}
	for _, damaged := range []refusal{"", "x", "00", refusal(strings.Repeat("0", 40))} {
		if damaged.covers(one) {
			t.Errorf("%q covers a secret", damaged)
		}
	}
}
