// Package openmetrics reads the pages of other exporters, in the text form of Prometheus or in OpenMetrics.
//
// Here live the choice of series by name and labels, and what became of counters between two readings. How a page is asked for
// is the business of httpclient, what the rows mean that of the mapping.
//
// A counter tells how much was counted since it began. What it grew by between two readings is booked on the day in which the
// middle between them lies; so days are exact where a reading is made at midnight, and in any case nothing is counted twice or
// left out, however the agent is stopped in between: each day's sum is given whole, again and again, until the day is over. A
// counter that shows less than before has begun again; what it shows then was counted since.
package openmetrics

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/httpclient"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Source is one page.
type Source struct {
	config   config.OpenMetrics
	client   *httpclient.Client
	location *time.Location
	units    units
	metrics  []metric
}

// metric is one entry of the configuration.
type metric struct {
	config.Metric
	match []*regexp.Regexp // of the labels; nil where the value counts
	level bool             // the measure is a level
}

// New prepares the source; nothing is connected before Read. unit is the mapping of the unit, whose columns are labels; levels are the measures
// that are levels. Days are days of location. The error names the key that is wrong.
func New(given config.OpenMetrics, unit *config.Field, levels []string, around outbound.Env, location *time.Location) (*Source, error) {
	client, err := httpclient.New(httpclient.Options{HTTP: given.HTTP, Block: "openmetrics", Address: given.URL}, around)
	if err != nil {
		return nil, err
	}
	s := &Source{config: given, client: client, location: location, units: unitsOf(unit)}
	for i, m := range given.Metrics {
		made := metric{Metric: m, level: slices.Contains(levels, m.Measure)}
		for k, l := range m.Labels {
			var pattern *regexp.Regexp
			if l.Match != "" {
				if pattern, err = regexp.Compile("^(?:" + l.Match + ")$"); err != nil {
					return nil, fmt.Errorf("openmetrics.metrics[%d].labels[%d].match: %w", i, k, err)
				}
			}
			made.match = append(made.match, pattern)
		}
		s.metrics = append(s.metrics, made)
	}
	return s, nil
}

// Close does nothing: no connection stays open between two reads.
func (s *Source) Close() error { return nil }

// accept asks for OpenMetrics, and takes the older form as well.
const accept = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5"

// Read gets the page and gives a row for each measure and, where labels say the unit, each unit. State is kpi.Kept
// and a JSON object with where each counter stood and what its days have brought.
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	session, err := s.client.Open(ctx)
	if err != nil {
		return collectors.Result{}, err
	}
	defer session.Close()
	p := &page{source: s}
	err = session.Ask(ctx, httpclient.Request{Address: s.config.URL, Accept: accept}, p.receive)
	if err == nil {
		err = p.parse()
	}
	var found []reading
	if err == nil {
		found, err = p.readings()
	}
	if err != nil {
		return collectors.Result{}, session.Explain(ctx, err)
	}
	names := append([]string{config.MetricMeasure, config.MetricDay, config.MetricValue}, s.units.labels...)
	if err := sink.Columns("", names); err != nil {
		return collectors.Result{}, err
	}
	w := &writer{source: s, sink: sink, now: request.Now, memory: memoryOf(request.State, s.config.URL)}
	if err := w.write(found); err != nil {
		return collectors.Result{}, err
	}
	return collectors.Result{State: w.memory.String(), Complete: true, Present: true}, nil
}
