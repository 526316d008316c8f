package agent

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const webSources = `
units: [{id: bo}]
measures:
  - {id: co_sent, kind: flow, name: {vi: C/O mẫu D đã gửi}}
  - {id: groups, kind: level, name: {vi: Nhóm dịch vụ đã kết nối}}
network: {allow: ["127.0.0.1"]}
sources:
  - unit: bo
    id: cong_co
    kind: openmetrics
    openmetrics:
      url: URL/metrics
      metrics: [{metric: co_total, measure: co_sent, sum: true}]
  - unit: bo
    id: trang
    kind: html
    record: observation
    html: {url: "URL/trang", day_column: Ngày đọc}
    mapping: {measure: {constant: groups}, day: {column: Ngày đọc}, value: {column: Số nhóm, number: vi}}
`

// What systems show only of the present adds up over the days: through full reads, a restart and a changed configuration.
func TestSystemsThatShowThePresentOnly(t *testing.T) {
	counter, groups := 100, 14
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			fmt.Fprintf(w, "# TYPE co_total counter\nco_total{form=\"D\"} %d\n", counter)
			return
		}
		fmt.Fprintf(w, "<table><tr><th>Số nhóm<tr><td>%d</table>", groups)
	}))
	defer server.Close()
	configuration := strings.ReplaceAll(webSources, "URL", server.URL)
	s := newSite(t)
	a, err := New(t.Context(), s.model(configuration), s.surroundings())
	if err != nil {
		t.Fatal(err)
	}
	step := func(after time.Duration, grown int, full bool) {
		t.Helper()
		s.now = s.now.Add(after)
		counter += grown
		for _, r := range collect(t, a, CollectOptions{Full: full}) {
			if r.Removed+r.Held > 0 {
				t.Errorf("%s: %+v", r.Source, r.Summary)
			}
		}
	}
	step(0, 0, false)
	step(time.Hour, 7, false)
	step(24*time.Hour, 5, false) // from 17:00 to 17:00: booked on the day in whose morning the middle lies
	groups = 16
	step(time.Hour, 4, true)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = s.agent(strings.Replace(configuration, "{vi: C/O mẫu D đã gửi}", "{vi: C/O đã gửi, en: C/O sent}", 1) + "procedures: [{unit: bo, code: a}]\n")
	step(time.Hour, 3, false)
	wantSeries(t, a, map[string]float64{
		`egov_observation{unit="bo",measure="co_sent",period="day"}`: 12, `egov_observation{unit="bo",measure="co_sent",period="month"}`: 19,
		`egov_observation{unit="bo",measure="groups",period="day"}`: 16,
	})
}
