package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"kpiagent/internal/testserver"
)

// A real Prometheus watches while one source breaks and is mended; its series have to tell exactly that story.
func TestPrometheusSeesTheStory(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	m := s.model(twoReports)
	around, began := s.surroundings(), time.Now()
	around.Now = func() time.Time { return s.now.Add(time.Since(began)) }
	a, err := New(t.Context(), m, around)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(a.Page)
	defer endpoint.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	p := server{t, testserver.Prometheus(t, fmt.Sprintf(`
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs: [{job_name: kpiagent, static_configs: [{targets: [%q]}]}]
`, endpoint.Listener.Addr()))}

	const up = `egov_source_up{unit="hoachat"}`
	const ours, others = `egov_dossiers_received{unit="hoachat",channel="online",period="month"}`, `egov_dossiers_received{unit="dienluc",channel="online",period="month"}`
	p.await(up, 1)
	p.await(ours, 1)
	report := filepath.Join(s.folder, "hoachat.csv")
	if err := os.Rename(report, report+".away"); err != nil {
		t.Fatal(err)
	}
	p.await(up, 0)
	s.write("dienluc.csv", dienluc+"D2,1.001,tt,2026-03-19,2026-03-26,\n")
	p.await(others, 2) // the other unit goes on
	s.write("hoachat.csv", hoachat+"H5,1.001,tt,2026-03-19,2026-03-26,\n")
	p.await(up, 1)
	p.await(ours, 2)

	p.wantStory(up, 0, 1, 0, 1)
	p.wantStory(ours, 1, 2) // never less while the source was away
	p.wantStory(others, 1, 2)
	p.wantStory(`egov_kpi_numerator{kpi="online_filing_share",unit="bo",period="month"}`, 0, 2, 3, 4)
	p.wantStory(`egov_ledger_imbalance{unit="bo"}`, 0)
	p.wantStory(`up{job="kpiagent"}`, 1)
}

// server asks a Prometheus server.
type server struct {
	t   *testing.T
	url string
}

// values gives all values that a series ever had, in order.
func (p server) values(series string) (values []float64) {
	p.t.Helper()
	response, err := http.Get(p.url + "/api/v1/query?query=" + url.QueryEscape(series+"[10m]"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Values [][2]any `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	if len(answer.Data.Result) == 0 {
		return nil
	}
	for _, sample := range answer.Data.Result[0].Values {
		v, err := strconv.ParseFloat(sample[1].(string), 64)
		if err != nil {
			p.t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

func (p server) await(series string, want float64) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if v := p.values(series); len(v) > 0 && v[len(v)-1] == want {
			return
		}
	}
	p.t.Fatalf("%s never was %v: %v", series, want, p.values(series))
}

// wantStory compares the values without repetitions. The first one may be missing where the scrape came too late for it.
func (p server) wantStory(series string, want ...float64) {
	p.t.Helper()
	var story []float64
	for _, v := range p.values(series) {
		if len(story) == 0 || story[len(story)-1] != v {
			story = append(story, v)
		}
	}
	if fmt.Sprint(story) != fmt.Sprint(want) && fmt.Sprint(story) != fmt.Sprint(want[min(1, len(want)-1):]) {
		p.t.Errorf("%s went %v, want %v", series, story, want)
	}
}
