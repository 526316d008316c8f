package openmetrics

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"kpiagent/collectors/httpclient"
)

// page is one answer, and the series of it that were chosen.
type page struct {
	source  *Source
	kind    string // of its form, as textparse names it
	content []byte

	types  map[string]model.MetricType // of the families that matter
	names  map[string]bool             // of all families, for messages
	chosen [][]series                  // for each metric of the configuration
	seen   []map[string]bool           // likewise, by their labels
	near   [][]string                  // series of the name that the labels left out, for messages
}

// series is one line of the page.
type series struct {
	labels  labels.Labels
	value   float64
	at      int64 // milliseconds; 0 where the page does not say
	created int64 // milliseconds; 0 where the page does not say
}

// receive takes the content of an answer; what is no page of metrics is told by its kind.
func (p *page) receive(answer *httpclient.Answer) (err error) {
	if answer.None {
		return errors.New("the answer is empty where metrics were expected")
	}
	if err := answer.NoHTML("a page of metrics"); err != nil {
		return err
	}
	given := answer.Header.Get("Content-Type")
	kind, parameters, err := mime.ParseMediaType(given)
	switch {
	case given == "", kind == "text/plain", kind == "application/octet-stream":
		p.kind = "text/plain"
	case kind == "application/openmetrics-text" && strings.HasPrefix(parameters["version"]+"1.", "1.") || kind == "application/openmetrics-text" && parameters["version"] == "0.0.1":
		p.kind = kind
	case err != nil:
		return fmt.Errorf("the answer's Content-Type %.60q cannot be read; ask the exporter's owner", given)
	default:
		return fmt.Errorf("an answer of type %.60q came where metrics were expected (text/plain or application/openmetrics-text); correct url", given)
	}
	p.content, err = io.ReadAll(answer.Body)
	return err
}

// mostNames bounds how many names are kept for messages.
const mostNames = 2000

// parse goes through the page and keeps the series that the configuration chooses.
func (p *page) parse() error {
	parser, err := textparse.New(p.content, p.kind, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return fmt.Errorf("the page cannot be read: %w", err)
	}
	count := len(p.source.metrics)
	p.types, p.names = map[string]model.MetricType{}, map[string]bool{}
	p.chosen, p.near, p.seen = make([][]series, count), make([][]string, count), make([]map[string]bool, count)
	wanted := p.wanted()
	total := 0
	var found labels.Labels
	for {
		entry, err := parser.Next()
		switch {
		case errors.Is(err, io.EOF):
			if len(p.names) == 0 {
				return errors.New("the page has no metrics")
			}
			return nil
		case err != nil:
			return fmt.Errorf("the page is broken: %.300s; ask the exporter's owner, or look at it with curl", err.Error())
		case entry == textparse.EntryType:
			name, kind := parser.Type()
			if _, matters := wanted[string(name)]; matters {
				p.types[string(name)] = kind
			}
		case entry == textparse.EntrySeries:
			text, at, value := parser.Series()
			name := nameOf(text)
			if len(p.names) < mostNames {
				p.names[name] = true
			}
			if !wanted[name] {
				continue
			}
			parser.Labels(&found)
			one := series{labels: found, value: value, created: parser.StartTimestamp()}
			if at != nil {
				one.at = *at
			}
			if total, err = p.choose(name, one, total); err != nil {
				return err
			}
		}
	}
}

// wanted says of names whether a metric reads their series; families that only tell its type are in it with false.
func (p *page) wanted() map[string]bool {
	names := map[string]bool{}
	for _, m := range p.source.metrics {
		for _, suffix := range suffixes {
			if family, is := strings.CutSuffix(m.Metric.Metric, suffix); is && !names[family] {
				names[family] = false
			}
		}
		names[m.Metric.Metric] = true
	}
	return names
}

// suffixes of series whose family has another name.
var suffixes = []string{"_total", "_count", "_sum", "_bucket"}

// nameOf cuts the labels off a series.
func nameOf(text []byte) string {
	line := string(text)
	if quoted, is := strings.CutPrefix(line, `{"`); is { // the newer form, for names with any letters
		name, _, _ := strings.Cut(quoted, `"`)
		return name
	}
	name, _, _ := strings.Cut(line, "{")
	return strings.TrimSpace(name)
}

// choose keeps a series for each metric that it belongs to.
func (p *page) choose(name string, one series, total int) (int, error) {
	for i := range p.source.metrics {
		m := &p.source.metrics[i]
		if m.Metric.Metric != name {
			continue
		}
		if !m.holds(one.labels) {
			if len(p.near[i]) < 5 {
				p.near[i] = append(p.near[i], one.labels.String())
			}
			continue
		}
		text := one.labels.String()
		if p.seen[i] == nil {
			p.seen[i] = map[string]bool{}
		}
		if p.seen[i][text] {
			return total, fmt.Errorf("the page has the series %.200s twice; the exporter is at fault, ask its owner", text)
		}
		p.seen[i][text] = true
		if total++; total > p.source.config.MaxSeries {
			return total, fmt.Errorf("the metrics choose more than max_series %d; choose by labels, or raise it", p.source.config.MaxSeries)
		}
		p.chosen[i] = append(p.chosen[i], one)
	}
	return total, nil
}

// holds reports whether a series has the labels that are wanted.
func (m *metric) holds(have labels.Labels) bool {
	for i, l := range m.Labels {
		value := have.Get(l.Name)
		if m.match[i] != nil && !m.match[i].MatchString(value) || m.match[i] == nil && value != l.Value {
			return false
		}
	}
	return true
}

// counts reports whether the series of a name only grow, as the page says.
func (p *page) counts(name string) bool {
	if p.types[name] == model.MetricTypeCounter {
		return true
	}
	for _, suffix := range suffixes {
		family, is := strings.CutSuffix(name, suffix)
		kind := p.types[family]
		if is && (kind == model.MetricTypeCounter && suffix == "_total" || suffix != "_total" && (kind == model.MetricTypeHistogram || kind == model.MetricTypeSummary)) {
			return true
		}
	}
	return false
}
