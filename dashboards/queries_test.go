package dashboards_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"kpiagent/dashboards"
	"kpiagent/internal/exposition"
	"kpiagent/internal/testserver"
)

// mayBeEmpty are the panels that may have nothing to show although all is well, by uid without the language and prefix.
var mayBeEmpty = []string{
	"overview/Slipping now: counts", "overview/Slipping now: times (working days)",
	// At which level procedures were is not known of closed months.
	"overview/Months: Level 3 or 4", "unit/Months: Level 3 or 4",
	"levels/Months: Level 3 or 4", "levels/Months: Fully online", "levels/Months: Partly online",
}

// A real Prometheus scrapes the sample ministry, knows the rules, and tells a real Alertmanager. Starting all that takes
// longest, so one serves all that is looked at.
func TestOnTheSampleMinistry(t *testing.T) {
	t.Parallel()
	site := newSampleMinistry(t)
	// Whoever answers for a target that the sample ministry misses.
	for i := range site.config.Targets {
		site.config.Targets[i].Receiver = "lanh_dao"
	}
	made := hurried(t, site.config, "1s")
	mail := new(inbox)
	webhook := httptest.NewServer(mail)
	defer webhook.Close()
	p := startPrometheus(t, made, "1s", site.agent.Page, testserver.Alertmanager(t, withWebhook(t, site.config, webhook.URL)))
	p.await(`unit:egov_data_stale:max{unit="` + site.config.Units[0].ID + `"}`)

	t.Run("every query has the result that its panel expects", func(t *testing.T) { everyQuery(t, p.in(t), site, made) })
	t.Run("so it has in the history of an agent that has no Prometheus", func(t *testing.T) {
		own := startHistory(t, made, site.agent.Page)
		own.await(`unit:egov_data_stale:max{unit="` + site.config.Units[0].ID + `"}`)
		everyQuery(t, own, site, made)
		everyRule(t, own)
	})
	t.Run("without the rules nothing looks fresh", func(t *testing.T) { withoutRules(t, p.in(t), made) })
	t.Run("every rule can be evaluated", func(t *testing.T) { everyRule(t, p.in(t)) })
	t.Run("an alert arrives and resolves", func(t *testing.T) { anAlertArrivesAndResolves(t, site, mail) })
}

// Every query of every board, in both languages.
func everyQuery(t *testing.T, p *prometheus, site *sampleSite, made *dashboards.Rendered) {
	c := site.config
	unit := c.Units[1].ID
	procedure := p.await(`topk(1, sum by (procedure) (egov_dossiers_received{unit="` + unit + `",period="year"}))`)[0].labels["procedure"]
	fill := strings.NewReplacer("$unit", unit, "$procedure", procedure, "$period", "year", "$ranking", "online_filing_share")
	list := boards(t, made)
	asked := p.askAll(queriesOf(list, fill))
	if len(asked) < 100 {
		t.Errorf("only %d queries were asked", len(asked))
	}
	for _, b := range list {
		language := b.UID[strings.LastIndex(b.UID, "-")+1:]
		for _, panel := range b.all(true) {
			name := strings.TrimSuffix(strings.TrimPrefix(b.UID, c.Boards.Prefix+"-"), "-"+language) + "/" + panel.Title
			for _, q := range panel.Targets {
				got := asked[query{fill.Replace(q.Expr), q.Range}]
				if got.err != nil {
					t.Errorf("%s %s: %v\n%s", name, q.RefID, got.err, q.Expr)
					continue
				}
				if len(got.series) == 0 && language == "en" && !slices.Contains(mayBeEmpty, name) {
					t.Errorf("%s %s is empty\n%s", name, q.RefID, fill.Replace(q.Expr))
				}
				for _, problem := range panel.check(q, got.series) {
					t.Errorf("%s %s: %s", name, q.RefID, problem)
				}
			}
		}
		for _, v := range b.Templating.List {
			if v.Type == "query" {
				checkVariable(t, p, fill, b.UID, v.Query, v.Regex)
			}
		}
	}
	checkTiles(t, asked, list, fill, figuresOf(t, site.agent.Page))
}

func everyRule(t *testing.T, p *prometheus) {
	states := p.rules()
	for name, problem := range states {
		if problem != "" {
			t.Errorf("rule %s: %s", name, problem)
		}
	}
	if len(states) < 50 {
		t.Errorf("only %d rules are there", len(states))
	}
}

// Where Prometheus has not loaded the rules, nobody knows how old the data are: then nothing looks fresh. The series that
// rules record bear the prefix of their agent, so that another's is as good as none.
func withoutRules(t *testing.T, p *prometheus, made *dashboards.Rendered) {
	tiles := 0
	for _, b := range boards(t, made) {
		for _, panel := range b.all(false) {
			if !strings.Contains(b.UID, "-wall-") || !panel.isTile() {
				continue
			}
			bare := strings.ReplaceAll(panel.Targets[0].Expr, `agent="kpiagent"`, `agent="nobody"`)
			if bare == panel.Targets[0].Expr {
				t.Errorf("%q does not ask how old the data are", panel.Title)
			}
			result, err := p.ask(bare, false)
			if err != nil || len(result) == 0 {
				t.Errorf("%q: %v, %v", panel.Title, result, err)
			}
			for _, s := range result {
				if state := s.labels["state"]; len(state) < 3 {
					tiles++
					if len(state) != 2 || state[0] != '1' {
						t.Errorf("%q is in state %s", panel.Title, state)
					}
				}
			}
		}
	}
	if tiles == 0 {
		t.Error("no tile was seen")
	}
}

// isTile says whether a panel shows one KPI with its state.
func (p *panel) isTile() bool {
	return p.Type == "stat" && strings.Contains(p.Targets[0].Expr, "count_values by (kpi, unit, period)")
}

// A metric that the agent does not have would make a panel that is always empty, or an alert that never fires.
func TestBoardsAndRulesOnlyNameMetricsThatExist(t *testing.T) {
	known := map[string]bool{"egov_handling_time_workdays_bucket": true, "egov_build_info": true}
	for _, f := range append(exposition.FigureFamilies(), exposition.AgentFamilies()...) {
		known[f.Name] = true
	}
	for name, made := range samples(t) {
		rules, err := dashboards.RuleFile(slices.Concat(made.Rules, made.Alerts))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range recordedMetric.FindAllStringSubmatch(string(rules), -1) {
			known[m[1]] = true
		}
		text := string(rules)
		for _, b := range boards(t, made) {
			for _, p := range b.all(true) {
				text += p.texts()
			}
		}
		found := metricName.FindAllStringSubmatch(text, -1)
		if len(found) < 100 {
			t.Errorf("%s: only %d metrics are named", name, len(found))
		}
		for _, m := range found {
			if !known[m[1]] {
				t.Errorf("%s: there is no metric %s", name, m[1])
			}
		}
	}
}

var (
	recordedMetric = regexp.MustCompile(`record: (\S+)`)
	metricName     = regexp.MustCompile(`\b((?:\w+:)?egov_[a-z_]+(?::\w+)?)\{`)
)

var legendLabel = regexp.MustCompile(`{{(\w+)}}`)

// check holds a result against what the panel makes of it: labels of legends, of rows and columns, fields that overrides name.
func (p *panel) check(q target, result []series) (problems []string) {
	var labels []string
	for _, m := range legendLabel.FindAllStringSubmatch(q.LegendFormat, -1) {
		labels = append(labels, m[1])
	}
	for _, step := range p.Transformations {
		switch step.ID {
		case "groupingToMatrix":
			labels = append(labels, fmt.Sprint(step.Options["rowField"]), fmt.Sprint(step.Options["columnField"]))
			if q.Format != "table" || len(p.Targets) != 1 {
				problems = append(problems, "a matrix needs one query in table format")
			}
			seen := map[string]bool{}
			for _, s := range result {
				cell := s.labels[labels[len(labels)-2]] + "/" + s.labels[labels[len(labels)-1]]
				if seen[cell] {
					problems = append(problems, "two values for the cell "+cell)
				}
				seen[cell] = true
			}
		case "labelsToFields":
			labels = append(labels, fmt.Sprint(step.Options["valueLabel"]))
		}
	}
	for _, s := range result {
		for _, label := range labels {
			// The column of times belongs to no KPI and no procedure.
			if s.labels[label] == "" {
				problems = append(problems, fmt.Sprintf("a series has no label %s: %v", label, s.labels))
			}
		}
	}
	// What one label tells apart has a name for people each time.
	if m := legendLabel.FindStringSubmatch(q.LegendFormat); m != nil && m[0] == q.LegendFormat && len(p.FieldConfig.Overrides) > 0 {
		for _, s := range result {
			if !p.names(s.labels[m[1]]) {
				problems = append(problems, "there are no words for "+s.labels[m[1]])
			}
		}
	}
	return problems
}

func (p *panel) names(field string) bool {
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if o.Matcher.Options == field && property.ID == "displayName" {
				return true
			}
		}
	}
	return false
}

// checkVariable runs the query of a variable as Grafana does, and its regular expression over the result.
func checkVariable(t *testing.T, p *prometheus, replace *strings.Replacer, uid string, query any, regex string) {
	t.Helper()
	text := fmt.Sprint(query.(map[string]any)["query"])
	inner, isResult := strings.CutPrefix(text, "query_result(")
	if !isResult {
		return
	}
	found, err := p.ask(replace.Replace(strings.TrimSuffix(inner, ")")), false)
	if err != nil || len(found) == 0 {
		t.Errorf("%s: %s: %v, %v", uid, text, found, err)
		return
	}
	// JavaScript's named groups, in Go's spelling.
	expression := regexp.MustCompile(strings.ReplaceAll(strings.Trim(regex, "/"), "(?<", "(?P<"))
	line := fmt.Sprintf(`{name=%q, procedure=%q} 1 1`, `Cấp "giấy phép"`, "1.000123")
	m := expression.FindStringSubmatch(line)
	if m == nil || m[expression.SubexpIndex("value")] != "1.000123" || m[expression.SubexpIndex("text")] != `Cấp \"giấy phép\"` {
		t.Errorf("%s: %s finds %q in %s", uid, regex, m, line)
	}
}

// checkTiles holds what tiles show against the figures themselves: the value, and the state by which it is coloured.
func checkTiles(t *testing.T, asked map[query]answer, list []board, fill *strings.Replacer, figures map[string]float64) {
	t.Helper()
	tiles := 0
	for _, b := range list {
		for _, panel := range b.all(true) {
			if !panel.isTile() {
				continue
			}
			for _, s := range asked[query{fill.Replace(panel.Targets[0].Expr), false}].series {
				key := func(metric string) string {
					return fmt.Sprintf("%s %s %s %s", metric, s.labels["kpi"], s.labels["unit"], s.labels["period"])
				}
				want, known := figures[key("egov_kpi_value")]
				status, judged := figures[key("egov_kpi_status")]
				switch state := s.labels["state"]; state {
				case "target":
					want = figures[key("egov_kpi_target")]
				case "distance":
					want = s.value // checked by its sign elsewhere
				default:
					tiles++
					if !known {
						want = 0
					}
					// A count on its way has a state of its own.
					if judged && status != 1 && !slices.Contains([]string{fmt.Sprint(status), fmt.Sprint(status + 10), fmt.Sprint(status + 20)}, state) {
						t.Errorf("%s is in state %s, but its status is %v", key("tile"), state, status)
					}
				}
				if s.value != want {
					t.Errorf("%s shows %v, want %v", key(s.labels["state"]), s.value, want)
				}
			}
		}
	}
	if tiles < 20 {
		t.Errorf("only %d tiles were seen", tiles)
	}
}

// figuresOf reads the KPI series of the page.
func figuresOf(t *testing.T, page http.Handler) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]float64{}
	label := func(m *dto.Metric, name string) string {
		for _, l := range m.Label {
			if l.GetName() == name {
				return l.GetValue()
			}
		}
		return ""
	}
	for name, family := range families {
		if strings.HasPrefix(name, "egov_kpi_") {
			for _, m := range family.Metric {
				figures[fmt.Sprintf("%s %s %s %s", name, label(m, "kpi"), label(m, "unit"), label(m, "period"))] = m.GetGauge().GetValue()
			}
		}
	}
	return figures
}
