package httpclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// asker asks one server, as the configuration has it, and never sleeps.
type asker struct {
	options Options
	rules   *outbound.Rules // nil: everything is let through
	timeout time.Duration   // of the read; 0: none
	waited  []time.Duration
}

func askerOf(t testing.TB, handle http.HandlerFunc) *asker {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return &asker{options: Options{Block: "file", Address: server.URL, HTTP: config.HTTP{MaxBytes: 1 << 20, MaxRedirects: 3,
		RequestTimeout: 5 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}}
}

// ask returns the whole answer.
func (a *asker) ask(t testing.TB, known Validity) (text string, validity Validity, err error) {
	t.Helper()
	ctx := t.Context()
	if a.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		ctx = limited
	}
	client, err := New(a.options, outbound.Env{Now: time.Now, Network: a.rules, LookupEnv: func(string) (string, bool) { return "hunter2", true },
		Wait: func(_ context.Context, pause time.Duration) error { a.waited = append(a.waited, pause); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.Open(ctx)
	if err != nil {
		return "", Validity{}, err
	}
	defer session.Close()
	err = session.Ask(ctx, Request{Address: a.options.Address, Accept: "text/csv", Known: known}, func(answer *Answer) error {
		validity = answer.Validity
		content, err := io.ReadAll(answer.Body)
		text = string(content)
		return err
	})
	if err != nil {
		return text, validity, session.Explain(ctx, err)
	}
	return text, validity, nil
}

// What is still the same is not sent again, by the mark that a source keeps in its state.
func TestConditional(t *testing.T) {
	for name, mark := range map[string]func(http.Header){
		"etag":     func(h http.Header) { h.Set("ETag", `"v1"`); h.Set("Last-Modified", "Mon, 02 Mar 2026 01:00:00 GMT") },
		"modified": func(h http.Header) { h.Set("Last-Modified", "Mon, 02 Mar 2026 01:00:00 GMT") },
	} {
		a := askerOf(t, func(w http.ResponseWriter, r *http.Request) {
			mark(w.Header())
			if r.Header.Get("If-None-Match") != "" && r.Header.Get("If-Modified-Since") != "" {
				t.Error("both marks were sent")
			}
			if r.Header.Get("If-None-Match") == w.Header().Get("ETag") && r.Header.Get("If-Modified-Since")+r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, "rows")
		})
		text, validity, err := a.ask(t, Validity{})
		if text != "rows" || err != nil {
			t.Fatal(name, text, err)
		}
		if _, _, err := a.ask(t, ParseValidity(validity.String())); !errors.Is(err, ErrUnchanged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A connection that breaks within the answer makes take begin anew.
func TestBreaksWithinTheAnswer(t *testing.T) {
	asked := 0
	a := askerOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Content-Length", "100")
		}
		fmt.Fprint(w, "rows")
	})
	if text, _, err := a.ask(t, Validity{}); text != "rows" || err != nil || asked != 2 {
		t.Errorf("%q, %v, asked %d times", text, err, asked)
	}
}

// What is packed is unpacked, and never more of it is read than max_bytes, however it is packed.
func TestPacked(t *testing.T) {
	pack := func(w io.Writer, content string) {
		packed := gzip.NewWriter(w)
		_, _ = io.WriteString(packed, content)
		_ = packed.Close()
	}
	var whole, nothing bytes.Buffer
	pack(&whole, strings.Repeat("hồ sơ ", 1000))
	pack(&nothing, "")
	for name, test := range map[string]struct {
		send func(io.Writer) error
		want string
	}{
		"whole": {func(w io.Writer) error { _, err := w.Write(whole.Bytes()); return err }, ""},
		"two":   {func(w io.Writer) error { _, err := w.Write(append(nothing.Bytes(), whole.Bytes()...)); return err }, ""},
		"cut":   {func(w io.Writer) error { _, err := w.Write(whole.Bytes()[:20]); return err }, "the answer cannot be unpacked: unexpected EOF"},
		"for ever nothing": {func(w io.Writer) (err error) {
			for err == nil {
				_, err = w.Write(nothing.Bytes())
			}
			return err
		}, "the answer has more than max_bytes 1048576; raise max_bytes"},
	} {
		a := askerOf(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_ = test.send(w)
		})
		text, _, err := a.ask(t, Validity{})
		switch {
		case test.want == "" && (err != nil || len(text) != len("hồ sơ ")*1000):
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		case test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want) || len(a.waited) > 0):
			t.Errorf("%s: got %v after %v", name, err, a.waited)
		}
	}
}

// Retry-After is a number of seconds or a date; what is neither says nothing.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		wait time.Duration
		said bool
	}{
		"": {}, "soon": {}, "-1": {}, "99999999999": {}, "1.5": {},
		"0": {0, true}, "120": {2 * time.Minute, true},
		"Mon, 02 Mar 2026 01:02:03 GMT": {2*time.Minute + 3*time.Second, true},
		"Sun, 01 Mar 2026 00:00:00 GMT": {0, true},
	} {
		e := busy("429 Too Many Requests", http.Header{"Retry-After": {text}}, now)
		if wait, said := e.RetryAfter(); wait != want.wait || said != want.said {
			t.Errorf("%q: %s, %v", text, wait, said)
		}
	}
}
