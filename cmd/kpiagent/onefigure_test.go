package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kpiagent/internal/demo"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// asOfDay names a figure: a KPI of a unit for a period, as of the end of a day.
type asOfDay struct{ kpi, unit, period, to string }

// seen is a figure as one way out shows it.
type seen struct {
	none   bool
	value  float64
	within float64 // how far the figure itself may lie from the value that is shown: pages round
	status string  // missed, at_risk, met, no_data; pending and plain on pages; "" where the way out does not say

	pending bool // of the command: missed as long as the period runs
}

// walk asks each way out of a running agent for the same figures.
type walk struct {
	*runningAgent
	ahead    atomic.Int64 // by how many nanoseconds the agent's clock is ahead of the true one
	today    kpi.Day
	lastNews kpi.Day // on which something happened in the ministry last
	truth    map[asOfDay]seen
	compared map[string]int // by way out
	told     map[string]int // by kind of difference
	asked    string         // the number of the books that truth is of
	serial   string         // of the books that all ways out had when a step began
	changed  bool           // an answer was made of other books: the step does not count
	found    []string       // the differences of a step
}

// walkVariable asks for the walk, which takes minutes with the race detector: KPIAGENT_TEST_WALK=1.
const walkVariable = "KPIAGENT_TEST_WALK"

// The figures of the sample ministry are the same in commands, metrics, queries, pages and files: now, in closed months,
// quarters and years, and at their turns.
func TestOneFigureEverywhere(t *testing.T) {
	if os.Getenv(walkVariable) == "" {
		t.Skipf("it takes minutes; set %s=1 to compare 150,000 figures over all ways out", walkVariable)
	}
	begin := time.Date(2026, 9, 30, 16, 50, 0, 0, time.UTC) // 23:50 in Hà Nội, the last minutes of a quarter
	w := newWalk(t, begin)
	for _, moment := range []struct {
		name  string
		now   time.Time
		pages bool // all pages of all KPIs and units, not only those of the ministry
	}{
		{"the last minutes of a quarter", begin, true},
		{"the first minutes of a quarter", begin.Add(20 * time.Minute), false},
		{"the first minutes of a year", time.Date(2026, 12, 31, 17, 10, 0, 0, time.UTC), true},
	} {
		t.Run(moment.name, func(t *testing.T) {
			w.t, w.runningAgent.t = t, t
			w.goTo(moment.now)
			w.everything(moment.pages)
		})
	}
}

// newWalk starts an agent on a small ministry, which takes a moment for now.
func newWalk(t *testing.T, now time.Time) *walk {
	t.Helper()
	out := new(screen)
	w := &walk{compared: map[string]int{}, lastNews: kpi.DayOf(now)}
	w.ahead.Store(int64(time.Until(now)))
	p := &process{out: out, err: out, now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }, environ: os.Environ()}
	ministry, err := demo.Build(t.Context(), t.TempDir(), demoSeed, now, demo.Size{Days: 150, Share: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ministry.Close() })
	w.runningAgent = &runningAgent{t: t, process: p, out: out, config: ministry.Config}
	w.start()
	t.Cleanup(w.stop)
	waitFor(t, "a read of every source", func() bool {
		metrics := get(t, w.base+"/metrics")
		return len(isUp.FindAllString(metrics, -1)) == strings.Count(metrics, "\negov_source_up{")
	})
	return w
}

// goTo lets the agent's clock jump, and waits until all that follows the calendar has followed.
func (w *walk) goTo(now time.Time) {
	w.t.Helper()
	w.ahead.Store(int64(time.Until(now)))
	m := w.session.model
	w.today = m.Today(now)
	w.truth, w.told = map[asOfDay]seen{}, map[string]int{}
	closed := fmt.Sprintf("\negov_history_past_through_timestamp_seconds %v\n",
		formatFloat(float64((w.today-1).Time().AddDate(0, 0, 1).Unix())-7*3600-1))
	waitFor(w.t, "the day "+w.today.String(), func() bool {
		return strings.Contains(get(w.t, w.base+"/metrics"), `month="`+kpi.ClosedMonths(w.today, m.CutOff, 1)[0].Label+`"`)
	})
	waitFor(w.t, "the closed days in history up to "+(w.today-1).String(), func() bool {
		metrics := get(w.t, w.base+"/metrics")
		return strings.Contains(metrics, closed) && strings.Contains(metrics, "\negov_history_past_behind_months 0\n")
	})
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// everything compares all ways out.
func (w *walk) everything(pages bool) {
	w.t.Helper()
	clear(w.compared)
	for _, step := range slices.Concat([]func(){w.metrics, w.queryNow, w.queryPast}, w.files(), w.pages(pages)) {
		w.step(step)
	}
	for _, way := range []string{"metrics", "query now", "query of the past", "file", "KPI page", "unit page", "board", "first page", "league", "table"} {
		if w.compared[way] < 50 {
			w.t.Errorf("only %d figures were compared in: %s", w.compared[way], way)
		}
	}
	w.t.Logf("compared: %v", w.compared)
}

// step does what compares some figures, again where the books have changed meanwhile.
func (w *walk) step(compare func()) {
	w.t.Helper()
	for range 20 {
		w.agree()
		w.changed, w.found = false, nil
		before := maps.Clone(w.compared)
		compare()
		if !w.changed {
			for _, difference := range w.found {
				w.t.Error(difference)
			}
			return
		}
		w.compared = before
		clear(w.truth)
	}
	w.t.Fatal("the books change too often for two answers to be made of the same")
}

// agree waits until the ways out have the same books.
func (w *walk) agree() {
	w.t.Helper()
	serial := func(path string) string {
		answer, err := http.Get(w.base + path)
		if err != nil {
			w.t.Fatal(err)
		}
		answer.Body.Close()
		return answer.Header.Get(exposition.SerialHeader)
	}
	waitFor(w.t, "an agreement on the books", func() bool {
		now := w.query("egov_ledger_serial", w.process.now())
		w.serial = serial("/sources")
		return len(now) == 1 && formatFloat(now[0].value) == w.serial && serial("/metrics") == w.serial
	})
	if w.asked != w.serial {
		w.asked = w.serial
		clear(w.truth)
	}
}

// get asks for a page or file, and notes where it was made of other books.
func (w *walk) get(path string) string {
	w.t.Helper()
	answer, err := http.Get(w.base + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s, %v", path, answer.Status, err)
	}
	w.made(answer.Header.Get(exposition.SerialHeader))
	return string(text)
}

// made notes of which books an answer was made.
func (w *walk) made(serial string) { w.changed = w.changed || serial != w.serial }

// command runs a command as of the agent's moment and reads what it prints.
func (w *walk) command(into any, arguments ...string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	p := *w.process
	p.out, p.err = &out, &errs
	if code := p.execute(w.t.Context(), append(arguments, "--config", w.config, "--format", "json")); code != 0 {
		w.t.Fatalf("%v: exit code %d: %s%s", arguments, code, &out, &errs)
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		w.t.Fatal(err)
	}
}

// ask asks the command kpi for all figures of a period, as of the end of a day. It is what the others are held against.
func (w *walk) ask(period string, at kpi.Day) {
	w.t.Helper()
	var list []judged
	w.command(&list, "kpi", "--period", period, "--at", at.String())
	for _, j := range list {
		w.made(strconv.FormatInt(j.Books, 10))
		f := seen{none: j.Value == nil, status: j.Status, pending: j.Pending}
		if !f.none {
			f.value = *j.Value
		}
		w.truth[asOfDay{j.KPI, j.Unit, j.Period, j.To}] = f
	}
}

// periodOf returns a period as pages, metrics and commands know it: cut at a day, under its label.
func (w *walk) periodOf(kind kpi.PeriodKind, day kpi.Day) kpi.Period {
	return kpi.PeriodOf(kind, day, w.session.model.CutOff).ToDate(day)
}

// compare holds what a way out shows against what the command says.
func (w *walk) compare(way, unit, id string, p kpi.Period, got seen) {
	w.t.Helper()
	key := asOfDay{id, unit, p.Label, p.To.String()}
	want, known := w.truth[key]
	if !known {
		w.ask(p.Label, p.To)
		if want, known = w.truth[key]; !known {
			w.t.Fatalf("%s: %v: the command kpi does not have it", way, key)
		}
	}
	w.compared[way]++
	same := want.none == got.none && (want.none || math.Abs(want.value-got.value) <= got.within+1e-9)
	switch status := cmp.Or(want.status, "plain"); got.status {
	case "":
	case "pending": // on its way: missed as long as its period runs
		same = same && want.pending
	case "risk": // hardly reached, or not expected to be
		same = same && (status == "at_risk" || status == "met" || want.pending)
	case "out": // missed, and nothing helps
		same = same && status == "missed"
	default:
		same = same && got.status == status
	}
	if same {
		return
	}
	kind := fmt.Sprint(way, id, got.status, want.status, got.none, want.none)
	if w.told[kind]++; w.told[kind] <= 2 { // one example of a kind, and another
		w.found = append(w.found, fmt.Sprintf("%s: %s of %s for %s to %s is %s, and the command says %s", way, id, unit, p.Label, p.To, got, want))
	}
}

func (s seen) String() string {
	if s.none {
		return "no data, " + s.status
	}
	return fmt.Sprintf("%v (±%v), %s", s.value, s.within, s.status)
}

// sample is a series with its value, of the metrics page or of a query.
type sample struct {
	labels map[string]string
	value  float64
}

var (
	metricLine  = regexp.MustCompile(`(?m)^(egov_kpi_(?:value|status|month_value))\{(.*)\} (\S+)$`)
	metricLabel = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// metrics compares the page for Prometheus.
func (w *walk) metrics() {
	var list []sample
	for _, line := range metricLine.FindAllStringSubmatch(w.get("/metrics"), -1) {
		s := sample{labels: map[string]string{"__name__": line[1]}}
		for _, l := range metricLabel.FindAllStringSubmatch(line[2], -1) {
			s.labels[l[1]] = l[2]
		}
		v, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			w.t.Fatal(err)
		}
		s.value = v
		list = append(list, s)
	}
	w.series("metrics", list, w.today)
	months := map[asOfDay]seen{}
	for _, s := range list {
		if month := s.labels["month"]; month != "" {
			months[asOfDay{s.labels["kpi"], s.labels["unit"], month, ""}] = seen{value: s.value}
		}
	}
	for _, p := range kpi.ClosedMonths(w.today, w.session.model.CutOff, 13) {
		w.eachFigure(func(unit string, def kpi.Definition) {
			f, there := months[asOfDay{def.ID, unit, p.Label, ""}]
			f.none = !there
			w.compare("metrics", unit, def.ID, p, f)
		})
	}
}

// eachFigure calls do for each unit and KPI.
func (w *walk) eachFigure(do func(unit string, def kpi.Definition)) {
	for _, u := range w.session.model.Tree.Units() {
		for _, def := range w.session.model.Catalogue {
			do(u.ID, def)
		}
	}
}

// series compares the series of values and statuses as of the end of a day: of each KPI, unit and kind of period.
func (w *walk) series(way string, list []sample, day kpi.Day) {
	w.t.Helper()
	found := map[asOfDay]float64{}
	for _, s := range list {
		found[asOfDay{s.labels["kpi"], s.labels["unit"], s.labels["period"], s.labels["__name__"]}] = s.value
	}
	for _, kind := range kpi.PeriodKinds() {
		p := w.periodOf(kind, day)
		w.eachFigure(func(unit string, def kpi.Definition) {
			value, there := found[asOfDay{def.ID, unit, kind.String(), "egov_kpi_value"}]
			status, judged := found[asOfDay{def.ID, unit, kind.String(), "egov_kpi_status"}]
			f := seen{none: !there, value: value}
			if judged {
				f.status = kpi.Status(status).String()
			}
			w.compare(way, unit, def.ID, p, f)
		})
	}
}

// query asks the agent's own history as of a moment.
func (w *walk) query(text string, at time.Time) (list []sample) {
	w.t.Helper()
	asked := url.Values{"query": {text}, "time": {strconv.FormatInt(at.Unix(), 10)}}
	var answer struct {
		Status string
		Data   struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	content := get(w.t, w.base+"/api/v1/query?"+asked.Encode())
	if err := json.Unmarshal([]byte(content), &answer); err != nil || answer.Status != "success" {
		w.t.Fatalf("%s: %v: %s", text, err, content)
	}
	for _, r := range answer.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, sample{r.Metric, v})
	}
	return list
}

const valuesAndStatuses = `{__name__=~"egov_kpi_value|egov_kpi_status|egov_ledger_serial"}`

func (w *walk) queryNow() {
	w.t.Helper()
	list := w.query(valuesAndStatuses, w.process.now())
	for _, s := range list {
		if s.labels["__name__"] == "egov_ledger_serial" {
			w.made(formatFloat(s.value))
		}
	}
	w.series("query now", list, w.today)
}

// queryPast asks history as of the end of yesterday, and of the months before.
func (w *walk) queryPast() {
	w.t.Helper()
	days := []kpi.Day{w.today - 1}
	for _, kind := range []kpi.PeriodKind{kpi.PeriodMonth, kpi.PeriodQuarter, kpi.PeriodYear} {
		days = append(days, kpi.PeriodOf(kind, w.today, w.session.model.CutOff).From-1)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	for _, day := range days {
		end := day.Time().Add(24*time.Hour - 7*time.Hour - time.Second) // in Hà Nội
		w.series("query of the past", w.query(valuesAndStatuses, end), day)
	}
}
