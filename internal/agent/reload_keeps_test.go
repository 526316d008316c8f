package agent

import (
	"reflect"
	"slices"
	"testing"

	"kpiagent/config"
	"kpiagent/internal/model"
)

// A reader stays where nothing has changed that its collector was made from.
func TestWhatDecidesOfAReader(t *testing.T) {
	c := config.Config{TimeZone: "Asia/Ho_Chi_Minh", Periods: config.Periods{CutOff: "calendar"}, Units: []config.Unit{{ID: "bo"}}}
	database := config.Source{Unit: "bo", ID: "a", Kind: "sql", SQL: &config.SQL{Driver: "sqlite", Path: "a.db", Query: "select 1"}}
	form := config.Source{Unit: "bo", ID: "b", Kind: "file", File: &config.File{Path: "b.xlsx", Form: config.FormII06a}}
	gateway := config.Source{Unit: "bo", ID: "c", Kind: "openmetrics", OpenMetrics: new(config.OpenMetrics)}
	for _, test := range []struct {
		name   string
		change func(*config.Config)
		stays  map[string]bool // the database, the form, the gateway
	}{
		{"nothing", func(*config.Config) {}, map[string]bool{"a": true, "b": true, "c": true}},
		{"a unit", func(c *config.Config) { c.Units = append(slices.Clone(c.Units), config.Unit{ID: "xnk", Parent: "bo"}) }, map[string]bool{"a": true, "b": true, "c": true}},
		{"the cut-off", func(c *config.Config) { c.Periods.CutOff = "nd09" }, map[string]bool{"a": true, "c": true}},
		{"a level", func(c *config.Config) { c.Measures = []config.Measure{{ID: "nhom", Kind: "level"}} }, map[string]bool{"a": true, "b": true}},
		{"the network", func(c *config.Config) { c.Network.Proxy = "http://proxy.example.vn:3128" }, nil},
		{"the time zone", func(c *config.Config) { c.TimeZone = "UTC" }, nil},
	} {
		before, err := model.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		changed := c
		test.change(&changed)
		after, err := model.New(&changed)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range []config.Source{database, form, gateway} {
			if stays := reflect.DeepEqual(decides(before, source), decides(after, source)); stays != test.stays[source.ID] {
				t.Errorf("%s has changed: source %s stays: %t", test.name, source.ID, stays)
			}
		}
	}
}
