package exposition

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/prometheus/common/expfmt"
)

// Page serves the page that a Builder published last. A scrape takes no lock, computes nothing and waits for nothing. The
// zero Page answers 503 until the first Publish.
type Page struct {
	current atomic.Pointer[snapshot]
}

// SerialHeader is the header with the number of the books that an answer was made of.
const SerialHeader = "X-Kpiagent-Books"

// snapshot is one page in both formats; it never changes.
type snapshot struct {
	text, openMetrics body
	serial            int64 // of the books that it was made of
}

// body is a page's content, to be sent piece by piece.
type body struct {
	plain, gzip [][]byte
}

// formats are what a scraper can ask for. Protobuf is not among them: it has no advantage for gauges.
var formats = []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtText}

// ServeHTTP answers a scrape in the format and encoding that its headers ask for.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := p.current.Load()
	if s == nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The first figures are not ready yet: the ledger is still being read. Try again in a few seconds.", http.StatusServiceUnavailable)
		return
	}
	format := expfmt.NegotiateAccept(r.Header, formats...)
	content := &s.text
	if format.FormatType() == expfmt.TypeOpenMetrics {
		content = &s.openMetrics
	}
	header := w.Header()
	header.Set("Content-Type", string(format))
	header.Set("Vary", "Accept, Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	header.Set(SerialHeader, strconv.FormatInt(s.serial, 10))
	pieces := content.plain
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		pieces = content.gzip
	}
	length := 0
	for _, piece := range pieces {
		length += len(piece)
	}
	header.Set("Content-Length", strconv.Itoa(length))
	if r.Method == http.MethodHead {
		return
	}
	for _, piece := range pieces {
		if _, err := w.Write(piece); err != nil {
			return // the scraper has gone
		}
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip by name counts before *, and a weight of 0 refuses.
func acceptsGzip(headers []string) bool {
	anything := false
	for _, header := range headers {
		for choice := range strings.SplitSeq(header, ",") {
			name, parameters, _ := strings.Cut(choice, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				return !refused(parameters)
			case "*":
				anything = !refused(parameters)
			}
		}
	}
	return anything
}

func refused(parameters string) bool {
	name, weight, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
	return err == nil && q <= 0
}
