package dashboards_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// samples are the mixins that have to be sound: a plain one, that of the full example, that of the sample
// ministry, a large one, one whose names try to
// break something, and one of a single unit without targets. They are rendered once.
func samples(t *testing.T) map[string]*dashboards.Rendered {
	t.Helper()
	made, err := renderSamples()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var renderSamples = sync.OnceValues(func() (map[string]*dashboards.Rendered, error) {
	full, err := config.Load(context.Background(), config.Options{File: "../config/examples/full.yml"})
	if err != nil {
		return nil, err
	}
	demo, err := config.Load(context.Background(), config.Options{File: "../config/examples/ministry.yml"})
	if err != nil {
		return nil, err
	}
	made := map[string]*dashboards.Rendered{}
	if made["plain"], err = dashboards.Render(nil); err != nil {
		return nil, err
	}
	for name, c := range map[string]*config.Config{
		"example": full, "demo": demo, "large": ministry(30, 20), "odd": oddMinistry(),
		"one": {Units: full.Units[:1], Boards: full.Boards, Alerts: full.Alerts, TimeZone: "UTC"},
	} {
		m, err := model.New(c)
		if err != nil {
			return nil, err
		}
		if made[name], err = dashboards.Render(dashboards.FromModel(m)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return made, nil
})

func modelOf(t testing.TB, c *config.Config) *model.Model {
	t.Helper()
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// render gives the mixin of a configuration.
func render(t testing.TB, c *config.Config) *dashboards.Rendered {
	t.Helper()
	made, err := dashboards.Render(dashboards.FromModel(modelOf(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// ministry makes a configuration with so many units below a root, and so many KPIs, each with a target.
func ministry(units, kpis int) *config.Config {
	c := &config.Config{
		TimeZone: "Asia/Ho_Chi_Minh",
		Units:    []config.Unit{{ID: "bo", Name: kpi.Text{"vi": "Bộ", "en": "Ministry"}}},
		Boards:   config.Boards{Prefix: "kpiagent", Folder: "KPI", Languages: []string{"vi", "en"}, Selector: `job="kpiagent"`, PrometheusURL: "http://localhost:9090"},
		Alerts: config.Alerts{MinVolume: 20, Severity: "warning", Receiver: "kpiagent", GroupBy: []string{"alertname", "kpi"},
			GroupWait: time.Minute, GroupInterval: 30 * time.Minute, RepeatInterval: 24 * time.Hour},
	}
	for i := range units - 1 {
		id := fmt.Sprintf("cuc_%d", i)
		c.Units = append(c.Units, config.Unit{ID: id, Parent: "bo", Name: kpi.Text{"vi": fmt.Sprintf("Cục số %d", i), "en": fmt.Sprintf("Agency %d", i)}})
		c.Sources = append(c.Sources, config.Source{Unit: id, ID: "mot_cua"})
	}
	builtin, err := kpi.Builtin()
	if err != nil {
		panic(err)
	}
	for i := len(builtin); i < kpis; i++ {
		c.KPIs = append(c.KPIs, kpi.Definition{ID: fmt.Sprintf("own_%d", i), Name: kpi.Text{"vi": fmt.Sprintf("Chỉ số %d", i), "en": fmt.Sprintf("KPI %d", i)},
			Kind: kpi.KindCount, Direction: kpi.DirectionUp, NoData: kpi.NoDataNone, Numerator: []kpi.Term{{Count: kpi.CountObservation, Measure: fmt.Sprintf("measure_%d", i)}}})
	}
	for _, d := range builtin.With(c.KPIs) {
		c.Targets = append(c.Targets, kpi.Target{KPI: d.ID, Year: 2026, Value: 0.9, Margin: 0.01})
	}
	return c
}

// oddMinistry has names that mean something to Grafana, to PromQL or to templates, names of more than two hundred letters, and
// KPIs whose ids are words that boards use themselves.
func oddMinistry() *config.Config {
	c := ministry(3, 18)
	c.Units[1].Name = kpi.Text{"vi": `Cục "Đặc biệt", loại $1 : {{ .x }} 🚀`, "en": `${unit} | <b>\n [[period]]`}
	c.Units[2].Name = kpi.Text{}
	long := strings.Repeat("Tỷ lệ hồ sơ thủ tục hành chính được tiếp nhận, giải quyết đúng hạn ", 4)
	c.KPIs = []kpi.Definition{{ID: "odd", Name: kpi.Text{"vi": "Chỉ số có tên rất dài: " + long, "en": `"$period" {{ $value }} ⟨unit⟩ %s ` + "`back`"},
		Kind: kpi.KindShare, Direction: kpi.DirectionDown, NoData: kpi.NoDataNone, Topic: kpi.TopicPlan,
		Numerator: []kpi.Term{{Count: "fee_due"}}, Denominator: []kpi.Term{{Count: "received"}}}}
	for _, id := range []string{"as_of", "fresh", "state", "value", "target", "distance", "unit", "kpi", "part", "time", "on_time_share"} {
		c.KPIs = append(c.KPIs, kpi.Definition{ID: id, Name: kpi.Text{"vi": id + " 🏛️ “" + long + "”", "en": id + ` \ "quoted" {{`}, Short: kpi.Text{"vi": "$__all", "en": "[[unit]]"},
			Description: kpi.Text{"vi": "${period} {{ . }}\n# Tiêu đề"}, Kind: kpi.KindCount, Direction: kpi.DirectionUp, NoData: kpi.NoDataNone, Topic: kpi.TopicLevels,
			Numerator: []kpi.Term{{Count: kpi.CountObservation, Measure: "value"}}})
		c.Targets = append(c.Targets, kpi.Target{KPI: id, Unit: "cuc_1", Year: 2026, Value: 1e9})
	}
	c.Measures = []config.Measure{{ID: "value", Kind: "flow", Name: kpi.Text{"vi": `$value "🚀", [[x]]`}}, {ID: "unit", Kind: "level"}}
	c.Targets = append(c.Targets, kpi.Target{KPI: "odd", Unit: "cuc_0", Year: 2026, Value: 0.1, Severity: "critical", Receiver: "lanh_dao"})
	c.Boards.Prefix, c.Boards.Selector = "bo-2", `job=~"a|b", site="50%"`
	return c
}

// The whole for 30 units and 20 KPIs in both languages is to take less than a second.
func BenchmarkRender(b *testing.B) {
	settings := dashboards.FromModel(modelOf(b, ministry(30, 20)))
	for b.Loop() {
		if _, err := dashboards.Render(settings); err != nil {
			b.Fatal(err)
		}
	}
}
