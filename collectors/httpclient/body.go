package httpclient

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// brokenError says that the connection broke within an answer.
type brokenError struct {
	bytes int64
	error
}

func (e *brokenError) Error() string {
	return fmt.Sprintf("the connection broke after %d bytes of the answer: %v", e.bytes, e.error)
}
func (e *brokenError) Unwrap() error { return e.error }

// meter counts what is read, ends what is too large, and remembers why reading ended.
type meter struct {
	from  io.Reader
	count int64
	limit int64
	large error // said of what is too large
	err   error
}

func (m *meter) Read(into []byte) (int, error) {
	n, err := m.from.Read(into)
	m.count += int64(n)
	if m.count > m.limit {
		err = m.large
	}
	if err != nil {
		m.err = err
	}
	return n, err
}

// body is what an answer holds: unpacked and bounded.
type body struct {
	wire   *meter // as it comes
	whole  *meter // as it is read
	failed error  // why reading ended, where it did not end well
}

// packing is how much longer than its content a packed answer may be, beside an eighth of it: an answer may be packed badly,
// and may not go on for ever with nothing in it.
const packing = 64 << 10

// open prepares a body of at most limit bytes, after decompression. The error large is given for a larger one.
func open(response *http.Response, limit int64, large error) (*body, error) {
	wire := &meter{from: response.Body, limit: limit, large: large}
	b := &body{wire: wire, whole: wire}
	switch coding := response.Header.Get("Content-Encoding"); strings.ToLower(coding) {
	case "", "identity":
	case "gzip", "x-gzip":
		wire.limit += limit/8 + packing
		b.whole = &meter{limit: limit, large: large}
		unpacked, err := gzip.NewReader(wire)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, b.cause(err)
		}
		if b.whole.from = unpacked; err != nil {
			b.whole.from = strings.NewReader("") // nothing at all came
		}
	default:
		return nil, fmt.Errorf("the answer is packed with %.20q, and only gzip was asked for; ask the system's owner", coding)
	}
	return b, nil
}

func (b *body) Read(into []byte) (int, error) {
	n, err := b.whole.Read(into)
	if err != nil && err != io.EOF {
		b.failed = b.cause(err)
		return n, b.failed
	}
	return n, err
}

// cause tells an answer that is too large from a broken connection and from a broken answer.
func (b *body) cause(err error) error {
	switch {
	case b.whole.err != nil && b.whole.err == b.whole.large:
		return b.whole.large
	case b.wire.err != nil && b.wire.err == b.wire.large:
		return b.wire.large
	case b.wire.err != nil && !errors.Is(b.wire.err, io.EOF):
		return &brokenError{bytes: b.wire.count, error: b.wire.err}
	}
	return fmt.Errorf("the answer cannot be unpacked: %v", err)
}

// lookAhead is how much of an answer is looked at to know a page for people.
const lookAhead = 512

// NoHTML is an error where the answer is a page for people, and wanted ("JSON") was expected.
func (a *Answer) NoHTML(wanted string) error {
	start, _ := a.Body.Peek(lookAhead) // an error comes again with the first read
	text := bytes.TrimSpace(start)
	named := strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Header.Get("Content-Type"))), "text/html")
	if other := otherForm(text); other != "" {
		return fmt.Errorf("%s came where %s was expected; ask the system's owner for the address that gives %s, or for the report as a file", other, wanted, wanted)
	}
	if !bytes.HasPrefix(text, []byte("<")) && (!named || bytes.HasPrefix(text, []byte("{")) ||
		bytes.HasPrefix(text, []byte("["))) {
		return nil
	}
	what := "HTML came where " + wanted + " was expected"
	if name := pageTitle(start); name != "" {
		what += fmt.Sprintf(", a page named %q", name)
	}
	return errors.New(what + "; often that is a login page or a proxy's: correct url and auth")
}

// otherForm names forms of data that are neither pages for people nor what is read over HTTP.
func otherForm(start []byte) string {
	switch lower := bytes.ToLower(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))); {
	case bytes.HasPrefix(lower, []byte("<?xml")) && !bytes.Contains(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<soap:")):
		return "XML"
	case bytes.HasPrefix(start, []byte("%PDF-")):
		return "a PDF"
	case bytes.HasPrefix(start, []byte("\xD0\xCF\x11\xE0")):
		return "a workbook in the old format .xls"
	}
	return ""
}

var title = regexp.MustCompile(`(?is)<title[^>]*>\s*([^<]{1,80})`)

// pageTitle returns the name of a page for people, "" where it has none.
func pageTitle(start []byte) string {
	found := title.FindSubmatch(start)
	if found == nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(found[1]), ""))
}
