package config

import (
	"context"
	"strings"
	"testing"
)

// What goes into ids of Grafana and into PromQL must be what it is taken for.
func TestBoardsAndAlerts(t *testing.T) {
	tests := []struct{ text, says string }{
		{`boards: {prefix: Bo-Cong-Thuong}`, `boards.prefix: "Bo-Cong-Thuong" cannot begin an id`},
		{`boards: {prefix: a-prefix-that-is-too-long}`, `at most 15`},
		{`boards: {prefix: so-xd, selector: 'job=~"egov|kpi", site != "hn"'}`, ""},
		{`boards: {selector: '{job="kpiagent"}'}`, "are not label matchers"},
		{`boards: {selector: kpiagent}`, `"kpiagent" are not label matchers`},
		{`boards: {selector: 'job="a"} or vector(1)#"'}`, "are not label matchers"},
		{`boards: {data_source: "Prometheus của Bộ"}`, "is not a uid of Grafana"},
		{`boards: {languages: [vi, fr]}`, `"fr"`},
		{`boards: {grafana_url: grafana.example.vn}`, "is not an address"},
		{`alerts: {severity: page}`, `"page"`},
		{`alerts: {min_volume: -1}`, "is below 0"},
		{`targets: [{kpi: on_time_share, year: 2026, value: 0.9, severity: high}]`, `"high"`},
		{`targets: [{kpi: on_time_share, year: 2026, value: 0.9, receiver: "Vụ trưởng"}]`, `cannot be a label value`},
		{`targets: [{kpi: on_time_share, year: 2026, value: 0.9, severity: critical, receiver: lanh_dao}]`, ""},
		{`kpis: [{id: on_time_share, topic: speed}]`, `"speed"`},
	}
	for _, test := range tests {
		_, err := Load(context.Background(), Options{File: write(t, oneUnit+test.text)})
		if test.says == "" {
			if err != nil {
				t.Errorf("%s: %v", test.text, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: says %v, want %q", test.text, err, test.says)
		}
	}
}
