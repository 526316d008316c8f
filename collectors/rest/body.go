package rest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// contentError says that an answer came whole and is not what it should be.
type contentError struct{ text string }

func (e *contentError) Error() string { return e.text }

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
	err   error
}

func (m *meter) Read(into []byte) (int, error) {
	n, err := m.from.Read(into)
	m.count += int64(n)
	if m.count > m.limit {
		err = &contentError{fmt.Sprintf("the answer has more than max_bytes %d; ask for smaller pages (pages.size), or raise max_bytes", m.limit)}
	}
	if err != nil {
		m.err = err
	}
	return n, err
}

// decode reads the JSON of a body of at most limit bytes, after decompression. Numbers stay as they are written.
func decode(response *http.Response, limit int64) (any, error) {
	wire := &meter{from: response.Body, limit: 1 << 62}
	var from io.Reader = wire
	switch coding := response.Header.Get("Content-Encoding"); strings.ToLower(coding) {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(wire)
		if err != nil {
			return nil, wrong(err, wire, wire)
		}
		from = unpacked
	default:
		return nil, &contentError{fmt.Sprintf("the answer is packed with %.20q, and only gzip was asked for; ask the system's owner", coding)}
	}
	whole := &meter{from: from, limit: limit}
	buffered := bufio.NewReader(whole)
	if start, _ := buffered.Peek(512); looksLikeHTML(response.Header.Get("Content-Type"), start) {
		return nil, htmlError(start)
	}
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := buffered.Discard(3); err != nil {
			return nil, wrong(err, wire, whole)
		}
	}
	decoder := json.NewDecoder(buffered)
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, wrong(err, wire, whole)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		if err == nil || whole.err == nil || errors.Is(whole.err, io.EOF) {
			return nil, &contentError{fmt.Sprintf("something follows the JSON after byte %d; one value is expected", decoder.InputOffset())}
		}
		return nil, wrong(err, wire, whole)
	}
	return value, nil
}

// wrong tells a broken connection from a broken answer.
func wrong(err error, wire, whole *meter) error {
	var content *contentError
	var syntax *json.SyntaxError
	switch {
	case errors.As(whole.err, &content):
		return content
	case wire.err != nil && !errors.Is(wire.err, io.EOF):
		return &brokenError{bytes: wire.count, error: wire.err}
	case whole.err != nil && !errors.Is(whole.err, io.EOF), errors.Is(err, gzip.ErrHeader):
		return &contentError{fmt.Sprintf("the answer cannot be unpacked: %v", err)}
	case errors.Is(err, io.EOF):
		return &contentError{"the answer is empty where JSON was expected"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &contentError{fmt.Sprintf("the JSON ends in the middle, after %d bytes; the system or a proxy before it cut it off", whole.count)}
	case errors.As(err, &syntax):
		return &contentError{fmt.Sprintf("the answer is not JSON: byte %d: %v", syntax.Offset, syntax)}
	}
	return &contentError{"the answer is not JSON: " + err.Error()}
}

func looksLikeHTML(kind string, start []byte) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "text/html") && !bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")) && !bytes.HasPrefix(bytes.TrimSpace(start), []byte("[")) ||
		bytes.HasPrefix(bytes.TrimSpace(start), []byte("<"))
}

var title = regexp.MustCompile(`(?is)<title[^>]*>\s*([^<]{1,80})`)

// htmlError says what page came instead.
func htmlError(start []byte) error {
	text := "HTML came where JSON was expected"
	if found := title.FindSubmatch(start); found != nil {
		text += fmt.Sprintf(", a page named %q", strings.TrimSpace(strings.ToValidUTF8(string(found[1]), "")))
	}
	return &contentError{text + "; often that is a login page or a proxy's: correct url and auth"}
}
