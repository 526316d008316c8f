package remotewrite

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"kpiagent/internal/outbound"
)

const (
	// answerRead is how much of an answer is read, in bytes: after a longer one the connection is not used again.
	answerRead = 64 << 10
	// answerTold is how much of it is told. It is much less, so that no part of a secret is left at its end.
	answerTold = 1 << 10
)

// answer is what a store said to a request.
type answer struct {
	status int           // 0 where there was no answer
	after  time.Duration // how long it wants to be left alone; 0 where it did not say
	counts bool          // it says how many samples it took, as version 2 of the protocol wants it
	took   int
	err    error // nil where it took the samples
}

// post sends the body of one request, once; try is how many times it was sent before. Prometheus' own clients are not used:
// that of its server brings the libraries of three clouds, and the other one repeats requests by itself and reads an answer
// of any length.
func (l *link) post(ctx context.Context, body []byte, try int) answer {
	client, err := l.ready()
	if err != nil {
		return answer{err: err}
	}
	timed, cancel := context.WithTimeout(ctx, l.store.RequestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodPost, l.store.URL, bytes.NewReader(body))
	if err != nil {
		return answer{err: l.plain(ctx, err)}
	}
	l.label(request.Header, try)
	response, err := client.Do(request)
	if err != nil {
		return answer{err: l.plain(ctx, err)}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, answerRead)) // the status is what counts
	got := answer{status: response.StatusCode}
	got.after, _ = outbound.RetryAfter(response.Header, l.now())
	if n, err := strconv.Atoi(response.Header.Get("X-Prometheus-Remote-Write-Samples-Written")); err == nil && l.store.Protobuf == 2 {
		got.counts, got.took = true, n
	}
	switch {
	case got.status/100 != 2:
		got.err = l.plain(ctx, fmt.Errorf("it answers %s: %s", response.Status, text))
	case l.store.Protobuf == 2 && !got.counts:
		got.err = fmt.Errorf("it answers %s and does not say what it took: it may know version 1 of the protocol only", response.Status)
	}
	return got
}

// ask sends a request without samples, which every store takes.
func (l *link) ask(ctx context.Context) answer {
	body, err := newEncoder(l.store.Protobuf).probe()
	if err != nil {
		return answer{err: err}
	}
	return l.post(ctx, body, 0)
}

// label sets the headers that the protocol wants, and those of the configuration.
func (l *link) label(h http.Header, try int) {
	h.Set("Content-Encoding", "snappy")
	h.Set("Content-Type", "application/x-protobuf")
	h.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	if l.store.Protobuf == 2 {
		h.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
		h.Set("X-Prometheus-Remote-Write-Version", "2.0.0")
	}
	if try > 0 {
		h.Set("Retry-Attempt", strconv.Itoa(try))
	}
	for _, own := range l.store.Headers {
		h.Set(own.Name, own.Value)
	}
}
