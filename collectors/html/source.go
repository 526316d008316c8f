// Package html reads the tables of web pages.
//
// Here live the page's encoding, the tables that a selector finds, their headers, spans and rows, and the text of a cell. How
// a page is asked for is the business of httpclient, what a column means that of the mapping. Pages are read as the server
// sends them: no script is run.
package html

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"

	"kpiagent/collectors"
	"kpiagent/collectors/httpclient"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Source is the tables of one page.
type Source struct {
	config   config.HTML
	client   *httpclient.Client
	location *time.Location

	table, rows, ignore cascadia.Selector // ignore is nil where nothing is left out
	texts               []pageText
}

// pageText is a column that a text of the page fills.
type pageText struct {
	config.PageText
	element cascadia.Selector
	pattern *regexp.Regexp // nil: the whole text
}

// New prepares the source; nothing is connected before Read. Days of reading are days of location. The error names the key
// that is wrong.
func New(given config.HTML, around outbound.Env, location *time.Location) (*Source, error) {
	client, err := httpclient.New(httpclient.Options{HTTP: given.HTTP, Block: "html", Address: given.URL}, around)
	if err != nil {
		return nil, err
	}
	s := &Source{config: given, client: client, location: location}
	if s.table, err = selector("table", given.Table); err != nil {
		return nil, err
	}
	if s.rows, err = selector("rows", given.Rows); err != nil {
		return nil, err
	}
	if given.Ignore != "" {
		if s.ignore, err = selector("ignore", given.Ignore); err != nil {
			return nil, err
		}
	}
	for i, one := range given.Texts {
		key := fmt.Sprintf("texts[%d]", i)
		text := pageText{PageText: one}
		if text.element, err = selector(key+".select", one.Select); err != nil {
			return nil, err
		}
		if one.Pattern != "" {
			if text.pattern, err = regexp.Compile(one.Pattern); err != nil {
				return nil, fmt.Errorf("html.%s.pattern: %w", key, err)
			}
		}
		s.texts = append(s.texts, text)
	}
	return s, nil
}

func selector(key, text string) (cascadia.Selector, error) {
	group, err := cascadia.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("html.%s %q is not a CSS selector: %w", key, text, err)
	}
	return group, nil
}

// Close does nothing: no connection stays open between two reads.
func (s *Source) Close() error { return nil }

// state is what is kept of a page between two reads.
type state struct {
	httpclient.Validity
	Sum string `json:"sum"`           // SHA-256 of the content
	Day string `json:"day,omitempty"` // of the reading, where it is part of the rows
}

func stateOf(text string) state {
	var s state
	if json.Unmarshal([]byte(text), &s) != nil {
		return state{}
	}
	return s
}

func (s state) String() string {
	text, err := json.Marshal(s)
	if err != nil { // texts always encode
		return ""
	}
	return string(text)
}

// Read gets the page and streams the rows of its tables. State is a JSON object with the page's marks and SHA-256: a page that
// is still the same is not read again, unless the day of the reading is part of its rows and has changed.
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	session, err := s.client.Open(ctx)
	if err != nil {
		return collectors.Result{}, err
	}
	defer session.Close()
	before, after := stateOf(request.State), state{}
	if s.config.DayColumn != "" {
		after.Day = request.Now.In(s.location).Format(time.DateOnly)
	}
	if request.Full || before.Day != after.Day {
		before = state{}
	}
	p := page{source: s, day: after.Day}
	err = session.Ask(ctx, httpclient.Request{Address: s.config.URL, Accept: "text/html, application/xhtml+xml;q=0.9", Known: before.Validity},
		func(answer *httpclient.Answer) error {
			after.Validity = answer.Validity
			return p.receive(answer)
		})
	if errors.Is(err, httpclient.ErrUnchanged) {
		return collectors.Result{State: request.State, Unchanged: true}, nil
	}
	if err != nil {
		return collectors.Result{}, session.Explain(ctx, err)
	}
	sum := sha256.Sum256(p.content)
	if after.Sum = hex.EncodeToString(sum[:]); after.Sum == before.Sum {
		return collectors.Result{State: after.String(), Unchanged: true}, nil
	}
	if err := p.read(ctx, sink); err != nil {
		return collectors.Result{}, session.Explain(ctx, err)
	}
	return collectors.Result{State: after.String(), Complete: true, Present: after.Day != ""}, nil
}

// receive takes the content of an answer; what is no page is told by its kind.
func (p *page) receive(answer *httpclient.Answer) (err error) {
	p.kind = answer.Header.Get("Content-Type")
	switch kind, _, _ := mime.ParseMediaType(p.kind); {
	case answer.None:
		return errors.New("the answer is empty where a page was expected")
	case kind == "application/json":
		return errors.New("JSON came where a page was expected; read it with kind: rest")
	case kind == "application/pdf", strings.HasPrefix(kind, "image/"), kind == "application/zip", strings.Contains(kind, "officedocument"):
		return fmt.Errorf("a file of type %s came where a page was expected; correct url", kind)
	}
	p.content, err = io.ReadAll(answer.Body)
	return err
}
