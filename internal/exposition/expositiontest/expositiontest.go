// Package expositiontest makes samples for tests. What is not a series makes it panic.
package expositiontest

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql/parser"

	"kpiagent/internal/exposition"
)

// Samples returns samples of series written as name{label="value"}, in the order of their texts.
func Samples(values map[string]float64) *exposition.Samples {
	return exposition.NewSamples(func(yield func(labels.Labels, float64) bool) {
		for _, text := range slices.Sorted(maps.Keys(values)) {
			if !yield(Labels(text), values[text]) {
				return
			}
		}
	})
}

// Scrape returns the samples of a page that a handler serves in the text format.
func Scrape(page http.Handler) *exposition.Samples {
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	parser := textparse.NewPromParser(answer.Body.Bytes(), labels.NewSymbolTable(), false)
	return exposition.NewSamples(func(yield func(labels.Labels, float64) bool) {
		for entry, err := parser.Next(); !errors.Is(err, io.EOF); entry, err = parser.Next() {
			if err != nil {
				panic(err)
			}
			if entry != textparse.EntrySeries {
				continue
			}
			var l labels.Labels
			parser.Labels(&l)
			if _, _, v := parser.Series(); !yield(l.WithoutEmpty(), v) {
				return
			}
		}
	})
}

// Labels returns the labels of a series written as name{label="value"}, with extra ones added.
func Labels(series string, extra ...labels.Label) labels.Labels {
	l, err := parser.NewParser(parser.Options{}).ParseMetric(series)
	if err != nil {
		panic(series + ": " + err.Error())
	}
	b := labels.NewBuilder(l)
	for _, e := range extra {
		b.Set(e.Name, e.Value)
	}
	return b.Labels()
}
